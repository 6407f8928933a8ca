from typing import NamedTuple

from pytz import NonExistentTimeError

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .application_checks_mixin import OPEN_STATES
from .local_time import BackwardsError, read_span, write_local

# of what is typed in a field: the templates have it as well
MAX_LETTERS = 5_000
# missions to suggest, and among how many
SUGGESTED = 3
SUGGESTED_AMONG = 30


class DateRow(NamedTuple):
    """One date of a form as it was typed, in the mission's time zone; ``slot`` is the id of the one it changes."""

    day: str = ""
    start: str = ""
    end: str = ""
    time_type: str = ""
    slot: str = ""


class HrVolunteerApplicationPageMixin(models.AbstractModel):
    """What the pages of an employee need of an application: what they show, and the steps that their forms ask for.

    The records are superuser's, found by ``_find_own``; what is typed is read here and refused in words. Each step is
    the one of Odoo's own screens, with the employee as its actor.
    """

    _name = "hr.volunteer.application.page.mixin"
    _description = "Applications on the pages of their employees"
    _inherit = ["hr.volunteer.page.mixin"]

    # ---------------------------------------------------------------------
    # What is shown
    # ---------------------------------------------------------------------

    def _get_page_path(self):
        self.ensure_one()
        return f"/my/volunteering/application/{self.id}"

    @api.model
    def _get_page_employees(self):
        """Return the user as an employee: of the company that the user is in first, then of others."""
        # sudo: these are their own
        employees = self.env["hr.employee"].sudo().search([("user_id", "=", self.env.uid)], order="id")
        return employees.sorted(lambda employee: employee.company_id != self.env.company)

    @api.model
    def _get_own_domain(self, is_open):
        return Domain("employee_user_id", "=", self.env.uid) & Domain(
            "state", "in" if is_open else "not in", OPEN_STATES
        )

    @api.model
    def _find_own_open(self):
        """Return the user's applications that are under way: what waits for them first, then by date."""
        # sudo: see _find_own
        return self.sudo().search(self._get_own_domain(is_open=True), order="turn, first_slot_date, id")

    @api.model
    def _count_own_turn(self):
        """Return how many applications wait for the user."""
        # sudo: see _find_own
        return self.sudo().search_count(self._get_own_domain(is_open=True) & Domain("turn", "=", "employee"))

    @api.model
    def _find_own_coming_slots(self, limit):
        """Return the user's next dates: confirmed ones, and those that wait for the manager."""
        # sudo: see _find_own
        return (
            self.env["hr.volunteer.slot"]
            .sudo()
            .search(
                [
                    ("employee_user_id", "=", self.env.uid),
                    ("state", "=", "confirmed"),
                    ("date_end", ">", fields.Datetime.now()),
                ],
                order="date_start, id",
                limit=limit,
            )
        )

    @api.model
    def _suggest_missions(self, employees):
        """Return some missions of the catalogue to which ``employees``, the user, can apply now, the first by date."""
        # sudo: portal users have no access to the model; these are what the catalogue shows
        missions = self.env["hr.volunteer.mission"].sudo()
        domain = missions._get_catalogue_base() & Domain("company_id", "in", employees.company_id.ids)
        missions = missions.search(domain, order="date_start, id desc", limit=SUGGESTED_AMONG)
        return missions.filtered(lambda mission: mission.my_step == "apply" and mission.has_places)[:SUGGESTED]

    def _get_progress(self):
        """Return the way of this application: label, and whether it is ``done``, ``current`` or ``open``."""
        self.ensure_one()
        steps = {"applied": self.env._("Applied")}
        if not self.mission_id.skip_contact or self.state == "contact":
            steps["contact"] = self.env._("In contact")
        steps |= {"confirmed": self.env._("Confirmed"), "done": self.env._("Done")}
        reached = {
            "applied": "applied",
            "contact": "contact",
            "waiting": list(steps)[-3] if self.applied_date else "",
            "to_approve": list(steps)[-3],
            "confirmed": "confirmed",
            "done": "done",
        }.get(self.state)
        current = list(steps).index(reached) if reached else -1
        return [
            (label, "done" if number < current else "current" if number == current else "open")
            for number, label in enumerate(steps.values())
        ]

    def _get_state_label(self):
        """Return the state in words."""
        self.ensure_one()
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _get_turn_label(self):
        """Return whose turn it is, in words."""
        self.ensure_one()
        return dict(self._fields["turn"]._description_selection(self.env))[self.turn]

    def _get_open_label(self):
        """Return what the button says that opens this application: what the employee does there."""
        self.ensure_one()
        if self.turn != "employee":
            return self.env._("Open")
        if self.state == "draft":
            return self.env._("Look and send")
        if self.state == "waiting":
            return self.env._("Take the place")
        if self.change_reason:
            return self.env._("Change my dates")
        return self.env._("Confirm my dates")

    def _get_page_slots(self):
        """Return the dates to show: those that are alive, else all."""
        self.ensure_one()
        return self.slot_ids.filtered(lambda slot: slot.state != "cancelled") or self.slot_ids

    def _get_page_approval(self):
        """Return the last question to the manager, on which employee and manager talk, or none."""
        self.ensure_one()
        return self.approval_ids.sorted("id")[-1:]

    def _describe_slot(self, slot):
        """Return on what time a date is and where it stands, in words."""
        time_type = dict(slot._fields["time_type"]._description_selection(self.env)).get(slot.time_type)
        return " – ".join(filter(None, (time_type, slot._describe_standing("employee"))))

    def _get_time_type(self, slot, typed=None):
        """Return on what time a date is: as it was typed or chosen, else as the working hours say."""
        suggest = self.env["hr.volunteer.slot"]._suggest_time_type
        return (typed or {}).get(str(slot.id)) or (
            slot.time_type or suggest(self.mission_id, slot.date_start, slot.date_end, self.employee_id)
        )

    @api.model
    def _describe_manager(self, mission):
        """Return what the manager hears of a date, in words."""
        allowed = mission.allowed_time_types
        if allowed == "personal":
            return self.env._("This program takes place on personal time: your manager hears nothing.")
        if mission.program_id._get_manager_approval() == "none":
            work = self.env._("Your manager is told of work time.")
        else:
            work = self.env._("Work time is asked from your manager once you confirm.")
        if allowed == "work":
            return work
        return " ".join((work, self.env._("Of personal time your manager hears nothing.")))

    @api.model
    def _get_unmet_condition(self, mission):
        """Return why the program of a mission is not open to the user, in words."""
        employee = self._get_own_employees(mission.company_id)[mission.company_id]
        return mission.program_id._get_unmet_condition(employee)

    def _has_confirmed_dates(self):
        """Return whether there are dates for a calendar: confirmed, and not only asked from the manager."""
        self.ensure_one()
        return self.state == "confirmed" and any(slot.state == "confirmed" for slot in self.slot_ids)

    def _has_told_association(self):
        """Return whether the association has heard of the employee, who then reads whom to talk to."""
        self.ensure_one()
        return self.state != "draft" and bool(self.applied_date or self.confirmed_date)

    def _get_date_rows(self):
        """Return the proposed dates as a form shows them."""
        self.ensure_one()
        return [self._get_date_row(slot) for slot in self._get_proposed_slots()]

    def _get_date_row(self, slot):
        return self._format_date_row(slot.mission_id, slot.date_start, slot.date_end, slot.time_type)._replace(
            slot=str(slot.id)
        )

    @api.model
    def _format_date_row(self, mission, start, end, time_type):
        start, end = write_local(start, mission.tz), write_local(end, mission.tz)
        return DateRow(start.date().isoformat(), f"{start:%H:%M}", f"{end:%H:%M}", time_type or "")

    @api.model
    def _propose_date_rows(self, mission):
        """Return what a form to apply begins with: a first date, where the mission has no shifts."""
        start, end = (None, None) if mission.shift_ids else mission._propose_dates()
        if not start:
            return [DateRow()]
        time_type = self.env["hr.volunteer.slot"]._suggest_time_type(mission, start, end)
        return [self._format_date_row(mission, start, end, time_type)]

    # ---------------------------------------------------------------------
    # What forms ask for
    # ---------------------------------------------------------------------

    @api.model
    def _apply_on_page(self, mission, motivation, rows, shift_ids):
        """Make an application of the user and send it, or join the waiting list: all, or nothing.

        :param mission: published, of a company where the user is an employee
        :param list rows: the dates that were typed, as :class:`DateRow`
        :param list shift_ids: the shifts that were ticked, as they were sent
        :return: the application
        :raise UserError: with what to do instead
        """
        # sudo: portal users have no access to the model; this is about themselves
        application = self.sudo()
        application._check_text({"motivation": motivation})
        employee = self._get_own_employees(mission.company_id)[mission.company_id]
        application = application.create(
            {
                "employee_id": employee.id,
                "mission_id": mission.id,
                "motivation": motivation,
                "slot_ids": application._prepare_date_commands(mission, employee, rows, shift_ids),
            }
        )
        application._send_on_page()
        return application

    def _send_on_page(self):
        """Send a draft, or put it on the waiting list where it is full and no talk is needed."""
        actor = self._get_own_actor()
        self._check_is_in("draft")
        self._transition("waiting" if "waiting" in self._next_states(actor) else "applied", actor=actor)

    def _speak_on_page(self):
        """Say that employee and association are in contact."""
        self._check_is_in("applied")
        self._transition("contact", actor=self._get_own_actor())

    def _take_back_on_page(self):
        """Take dates back to change them."""
        self._check_is_in("to_approve", "confirmed")
        self._transition("contact", actor=self._get_own_actor())

    def _wait_on_page(self):
        """Join the waiting list."""
        self._check_is_in("applied", "contact")
        self._transition("waiting", actor=self._get_own_actor())

    def _cancel_on_page(self, reason):
        """Cancel; ``reason`` is mailed to all who had been told."""
        self._check_text({"cancel_reason": reason})
        self._transition("cancelled", actor=self._get_own_actor(), reason=reason)

    def _save_on_page(self, motivation, rows, shift_ids):
        """Write motivation and proposed dates as they were typed.

        :raise UserError: with what to change, or because they are settled by now
        """
        if not self._slots_editable():
            raise UserError(
                self.env._(
                    "Nothing was saved: your dates are settled, the application is “%(state)s” by now. See below what "
                    "comes next.",
                    state=self._get_state_label(),
                )
            )
        self._check_text({"motivation": motivation})
        commands = self._prepare_date_commands(self.mission_id, self.employee_id, rows, shift_ids)
        self.write({"motivation": motivation, "slot_ids": commands})

    def _confirm_on_page(self, time_types):
        """Confirm the proposed dates with the time that was chosen for each.

        :param dict time_types: by id of the date, both as they were sent
        :raise UserError: names the date that can't be confirmed, or says that others stand there by now
        """
        actor = self._get_own_actor()
        self._check_open_to_confirm(actor)
        proposed = self._get_proposed_slots()
        if set(time_types) != {str(slot.id) for slot in proposed}:
            raise UserError(self.env._("Your dates were changed meanwhile: look at them, and confirm again."))
        for slot in proposed:
            time_type = self._read_time_type(time_types[str(slot.id)])
            if time_type and time_type != slot.time_type:
                slot.time_type = time_type
        self._confirm(actor=actor)

    # ---------------------------------------------------------------------
    # Reading what was typed
    # ---------------------------------------------------------------------

    def _check_is_in(self, *states):
        """Raise in words where the page that was clicked is older than the state.

        :raise UserError: says where it stands
        """
        if self.state not in states:
            raise UserError(
                self.env._(
                    "Nothing was done: the application is “%(state)s” by now. See below what comes next.",
                    state=self._get_state_label(),
                )
            )

    def _check_text(self, vals):
        # not as superuser, who is not held to it
        self.sudo(False)._check_readable(vals)
        if any(len(text or "") > MAX_LETTERS for text in vals.values()):
            raise UserError(self.env._("At most %(most)s characters are sent: shorten it.", most=MAX_LETTERS))

    @api.model
    def _read_time_type(self, value):
        if value not in ("", "work", "personal"):
            raise UserError(self.env._("Choose work time or personal time for each date."))
        return value

    def _prepare_date_commands(self, mission, employee, rows, shift_ids):
        """Return the commands that make the proposed dates those of a form, of a new application or this one.

        :raise UserError: with which date to change, and how
        """
        if mission.shift_ids:
            commands = self._prepare_shift_commands(mission, employee, shift_ids)
        else:
            commands = self._prepare_row_commands(mission, employee, rows)
        if all(command[0] == Command.DELETE for command in commands) and len(commands) == len(
            self._get_proposed_slots()
        ):
            raise UserError(self.env._("Propose at least one date for “%(mission)s”.", mission=mission.name))
        return commands

    def _prepare_shift_commands(self, mission, employee, shift_ids):
        shifts = mission._get_coming_shifts()
        shift_by_id = {str(shift.id): shift for shift in shifts}
        if unknown := set(shift_ids) - set(shift_by_id):
            past = {str(shift.id) for shift in mission.shift_ids}
            if unknown <= past:
                raise UserError(self.env._("A shift that you chose has begun: choose another one."))
            raise UserError(self.env._("This shift belongs to another mission: choose one of this mission."))
        chosen = shifts.filtered(lambda shift: str(shift.id) in shift_ids)
        proposed = self._get_proposed_slots()
        commands = [Command.delete(slot.id) for slot in proposed if slot.shift_id not in chosen]
        for shift in chosen - proposed.shift_id:
            time_type = self.env["hr.volunteer.slot"]._suggest_time_type(
                mission, shift.date_start, shift.date_end, employee
            )
            commands.append(Command.create({"shift_id": shift.id, "time_type": time_type}))
        return commands

    def _prepare_row_commands(self, mission, employee, rows):
        proposed = {str(slot.id): slot for slot in self._get_proposed_slots()}
        commands, kept = [], set()
        for number, row in enumerate(rows, start=1):
            if not row.day and not (row.slot or row.start or row.end):
                continue
            slot = proposed.get(row.slot)
            if row.slot and not slot:
                raise UserError(
                    self.env._("Date %(number)s was settled or removed meanwhile: look at your dates.", number=number)
                )
            if slot and not row.day:
                continue
            kept.add(row.slot)
            if slot and row == self._get_date_row(slot):
                continue
            vals = self._read_date(mission, employee, number, row)
            commands.append(Command.update(slot.id, vals) if slot else Command.create(vals))
        removed = [Command.delete(slot.id) for key, slot in proposed.items() if key not in kept]
        return removed + commands

    def _read_date(self, mission, employee, number, row):
        """Return the values of a date that was typed in the time zone of the mission.

        :raise UserError: names the date by its number in the form
        """
        words = {"number": number}
        try:
            start, end = read_span(row.day, row.start, row.end, mission.tz)
        except (ValueError, OverflowError):
            raise UserError(
                self.env._("Date %(number)s: choose a day, and when it starts and ends.", **words)
            ) from None
        except NonExistentTimeError:
            raise UserError(
                self.env._("Date %(number)s: the clocks change then, and this time is skipped.", **words)
            ) from None
        except BackwardsError:
            raise UserError(
                self.env._("Date %(number)s ends before it starts: change one of the times.", **words)
            ) from None
        if start <= fields.Datetime.now():
            raise UserError(self.env._("Date %(number)s is past: choose a later one.", **words))
        time_type = self._read_time_type(row.time_type)
        if not time_type or mission.allowed_time_types != "both":
            time_type = self.env["hr.volunteer.slot"]._suggest_time_type(mission, start, end, employee)
        return {"date_start": start, "date_end": end, "time_type": time_type}
