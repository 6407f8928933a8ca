"""Companies with people and missions for the races, and what of a race is left in the database."""

from collections import Counter, defaultdict
from datetime import datetime, time, timedelta
from itertools import pairwise

from odoo import fields
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tools import SQL
from odoo.tools.mail import email_normalize

APPLICATION = "hr.volunteer.application"
OFFICER = "volunteer_engagement.group_volunteer_officer"
ADMINISTRATOR = "volunteer_engagement.group_volunteer_administrator"
EMPLOYEES = 32
HOLDING = ("to_approve", "confirmed", "done")

# what mails are, by words of their subjects; one race is about one mission at a time
MAILS = {
    "confirmed": "Confirmed: Race",
    "confirmed (association)": "comes to Race",
    "cancelled": "Cancelled: Race",
    "cancelled (association)": "cannot come: Race",
    "refused": "was not accepted: Race",
    "change asked": "Please change your dates",
    "asked": "Please approve:",
    "told": "volunteers for",
    "consent (manager)": "Counted as approved:",
    "postponed": "may change: Race",
    "offered": "A place for you until",
    "withdrawn": "does not need the work time any more",
    "welcome": "Welcome to volunteering",
    "registration refused": "Your registration for volunteering was refused",
    "applied": "would like to help: Race",
    "thanks": "Thank you for helping",
}


def call(env, model, method, *args, context=None):
    """Call a public method as a browser does."""
    return call_kw(env[model], method, list(args), {"context": {**env.context, **(context or {})}})


def press(record, method):
    """Return a step that presses a button."""
    model, ids = record._name, record.ids
    return lambda env: call(env, model, method, ids)


def press_and_say_why(record, method, reason="So it is."):
    """Return a step that presses a button and fills in the window that asks why."""
    model, ids = record._name, record.ids

    def step(env):
        window = call(env, model, method, ids)
        wizard = window["res_model"]
        wizard_id = call(env, wizard, "create", {"reason": reason}, context=window["context"])
        call(env, wizard, "action_confirm", [wizard_id])

    return step


def write(record, values):
    """Return a step that writes."""
    model, ids = record._name, record.ids
    return lambda env: call(env, model, "write", ids, values)


def move(holder, env):
    """Bring all records that an object holds to another environment."""
    for key, value in vars(holder).items():
        if hasattr(value, "with_env"):
            setattr(holder, key, value.with_env(env))


class World:
    """One company with its people, for all races. The records are those of the environment of the moment."""

    def __init__(self, env):
        self.env = env
        self.company = env["res.company"].create({"name": "Race"})
        self.calendar = env["resource.calendar"].create({"name": "Race", "tz": "UTC", "company_id": self.company.id})
        self.officer, self.second_officer = self._make_users("officer", 2, OFFICER)
        self.administrator = self._make_users("administrator", 1, ADMINISTRATOR)
        self.manager = self._make_users("manager", 1)
        manager = self._make_employees(self.manager)
        self.employees = self._make_employees(self._make_users("employee", EMPLOYEES), parent_id=manager.id)
        self.association = env["res.partner"].create(
            {
                "name": "Race association",
                "is_company": True,
                "is_volunteer_association": True,
                "email": "race@association.example.org",
                "lang": "en_US",
            }
        )
        self.program = self.make_program("Race")
        # validated at once, since an officer invites
        env["hr.volunteer.registration"].with_user(self.officer).create(
            [{"employee_id": employee.id, "program_id": self.program.id} for employee in self.employees]
        )
        self.last_mail_id = self.last_message_id = 0

    def move(self, env):
        """Bring all records to another environment."""
        self.env = env
        move(self, env)

    def _make_users(self, role, count, group="base.group_user"):
        return (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                [
                    {
                        "name": f"{role} {number}",
                        "login": f"race_{role}_{number}",
                        "email": f"{role}.{number}@company.example.com",
                        "company_id": self.company.id,
                        "company_ids": [Command.set(self.company.ids)],
                        "lang": "en_US",  # reasons are told by their English words
                        "tz": "UTC",
                        "group_ids": [Command.set([self.env.ref(group).id])],
                    }
                    for number in range(count)
                ]
            )
        )

    def _make_employees(self, users, **values):
        return self.env["hr.employee"].create(
            [
                {
                    "name": user.name,
                    "user_id": user.id,
                    "work_email": user.email,
                    "company_id": self.company.id,
                    "resource_calendar_id": self.calendar.id,
                    "tz": "UTC",
                    "date_version": "2020-01-01",
                    **values,
                }
                for user in users
            ]
        )

    # ---- What a round begins with ----

    def make_program(self, name, **values):
        return self.env["hr.volunteer.program"].with_user(self.administrator).create({"name": name, **values})

    def make_mission(self, name, program=None, **values):
        mission = (
            self.env["hr.volunteer.mission"]
            .with_user(self.officer)
            .create(
                {
                    "name": f"Race {name}",
                    "program_id": (program or self.program).id,
                    "association_id": self.association.id,
                    "referent_id": self.association.id,
                    "tz": "UTC",
                    **values,
                }
            )
        )
        mission.action_publish()
        return mission

    def get_start(self, number, time_type="personal", hour=9):
        """Return when the date of a round starts."""
        today = fields.Date.today()
        weekday = 6 if time_type == "personal" else 1
        return datetime.combine(today + timedelta(weeks=number, days=weekday - today.weekday()), time(hour))

    def make_applications(self, mission, employees, number, *, state="contact", time_type="personal", hour=9, **slot):
        """Make an application of each employee, with one date in the week of the round; the officer takes them on.

        Personal time is on a Sunday, work time on a Tuesday.
        """
        start = self.get_start(number, time_type, hour)
        slot = slot or {"date_start": start, "date_end": start + timedelta(hours=2)}
        applications = (
            self.env[APPLICATION]
            .with_user(self.officer)
            .create(
                [
                    {
                        "employee_id": employee.id,
                        "mission_id": mission.id,
                        "slot_ids": [Command.create({"time_type": time_type, **slot})],
                    }
                    for employee in employees
                ]
            )
        )
        if state != "draft":
            applications.action_apply()
        if state not in ("draft", "applied"):
            applications.action_contact()
        if state == "waiting":
            for application in applications:
                application.action_wait()
        if state in HOLDING:
            applications.action_confirm()
        return applications

    def set_past(self, record, field, **ago):
        """Set a date that nobody may write to a time before this one."""
        record.flush_recordset()
        self.env.execute_query(
            SQL(
                "UPDATE %s SET %s = %s WHERE id = %s RETURNING id",
                SQL.identifier(record._table),
                SQL.identifier(field),
                fields.Datetime.now() - timedelta(**ago),
                record.id,
            )
        )
        record.invalidate_recordset()

    def mark(self):
        """Remember where the round begins: mails and log lines from here on are counted."""
        self.env.flush_all()
        self.last_mail_id = self.env["mail.mail"].search([], order="id desc", limit=1).id or 0
        self.last_message_id = self.env["mail.message"].search([], order="id desc", limit=1).id or 0

    # ---- What a round leaves ----

    def count_mails(self):
        """Return how many mails of each kind were queued in this round."""
        counts = Counter()
        for mail in self.env["mail.mail"].search([("id", ">", self.last_mail_id)]):
            kind = next((kind for kind, words in MAILS.items() if words in mail.subject), mail.subject)
            counts[kind] += 1
        return counts

    def count_steps(self, record):
        """Return how many log lines of steps a record got in this round."""
        subtype = self.env.ref("volunteer_engagement.mt_step")
        return self.env["mail.message"].search_count(
            [
                ("model", "=", record._name),
                ("res_id", "in", record.ids),
                ("subtype_id", "=", subtype.id),
                ("id", ">", self.last_message_id),
            ]
        )

    def find_faults(self, applications):
        """Return in words what is wrong after any race, whoever won."""
        applications = applications.exists()
        return [
            *self._find_double_mails(),
            *self._find_broken_applications(applications),
            *self._find_oversold(applications.mission_id),
            *self._find_overlaps(applications.employee_id),
        ]

    def _find_double_mails(self):
        mails = self.env["mail.mail"].search([("id", ">", self.last_mail_id)])
        counts = Counter((mail.email_to, mail.subject, mail.model, mail.res_id) for mail in mails)
        faults = [f"mailed {count} times: {key}" for key, count in counts.items() if count > 1]
        faults += [f"a mail to {mail.email_to}" for mail in mails if not email_normalize(mail.email_to)]
        return faults

    def _find_broken_applications(self, applications):
        faults = []
        slot_states = {
            "to_approve": {"confirmed"},
            "confirmed": {"confirmed"},
            "refused": {"cancelled"},
            "cancelled": {"cancelled"},
            "done": {"attended", "absent", "cancelled"},
        }
        for application in applications:
            state = application.state
            who = f"{application.display_name} ({state})"
            if not set(application.slot_ids.mapped("state")) <= slot_states.get(state, {"proposed"}):
                faults.append(f"{who} has dates that are {application.slot_ids.mapped('state')}")
            if state in HOLDING and not application.seat_number:
                faults.append(f"{who} holds no place")
            is_offered = state == "waiting" and application.offer_deadline
            if state not in HOLDING and application.seat_number and not is_offered:
                faults.append(f"{who} holds place {application.seat_number}")
            if is_offered and not application.seat_number:
                faults.append(f"{who} was offered a place that is not kept")
            pending = application.approval_ids.filtered(lambda approval: approval.state == "pending")
            if len(pending) != (state == "to_approve"):
                faults.append(f"{who} has {len(pending)} open questions")
            activities = self.env["mail.activity"].search_count(
                [("res_model", "=", "hr.volunteer.approval"), ("res_id", "in", application.approval_ids.ids)]
            )
            if activities != len(pending):
                faults.append(f"{who} has {activities} activities for {len(pending)} open questions")
        return faults

    def _find_oversold(self, missions):
        faults = []
        for parent, holders in [
            *((mission, mission.application_ids) for mission in missions.sudo()),
            *((shift, shift.slot_ids) for shift in missions.sudo().shift_ids),
        ]:
            seats = holders.filtered("seat_number").mapped("seat_number")
            if len(set(seats)) != len(seats):
                faults.append(f"{parent.display_name} gave a place twice: {sorted(seats)}")
            # who lowers the places at that moment may find them taken: then the officer has to hear of it
            is_reported = self.env["mail.activity"].search_count(
                [
                    ("activity_type_id", "=", self.env.ref("volunteer_engagement.mail_activity_type_overbooked").id),
                    ("res_id", "in", missions.ids),
                ]
            )
            if 0 < parent.capacity < len(seats) and not is_reported:
                faults.append(f"{parent.display_name} has {len(seats)} people in {parent.capacity} places")
            if not 0 < parent.capacity < len(seats) and is_reported and parent in missions and not missions.shift_ids:
                faults.append(f"{parent.display_name} is said to be overbooked and is not")
        return faults

    def clear(self):
        """Cancel what is open of the employees, so that the next round begins with nothing."""
        self.env[APPLICATION].with_user(self.officer).search(
            [
                ("employee_id", "in", self.employees.ids),
                ("state", "not in", ("done", "refused", "cancelled")),
            ]
        )._cancel("The round is over.")

    def _find_overlaps(self, employees):
        slots = self.env["hr.volunteer.slot"].search(
            [("employee_id", "in", employees.ids), ("state", "=", "confirmed")], order="employee_id, date_start"
        )
        by_employee = defaultdict(list)
        for slot in slots:
            by_employee[slot.employee_id].append(slot)
        return [
            f"{employee.name} is at two places on {second.date_start}"
            for employee, own in by_employee.items()
            for first, second in pairwise(own)
            if second.date_start < first.date_end
        ]
