"""Who races against whom, and what must be true afterwards; after any race, what ``World.find_faults`` says."""

import random
from datetime import timedelta

from odoo import SUPERUSER_ID, api
from odoo.fields import Command

from .engine import Runner
from .world import APPLICATION, call, move, press, press_and_say_why, write

SCENARIOS = {}
TWO_HOURS = timedelta(hours=2)
TOLD = {"confirmed": 1, "confirmed (association)": 1}


def get_done(outcomes):
    """Return the names of those whose step was made."""
    return {outcome.name for outcome in outcomes if outcome.outcome == "done"}


def job(model, method):
    """Return a step that runs a scheduled action."""
    return lambda env: getattr(env[model], method)()


def run_job(registry, model, method):
    """Run a scheduled action, as Odoo does some time after the race."""
    with registry.cursor() as cr:
        getattr(api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})[model], method)()


def write_and_send(mission, start):
    """Return a step that makes an application and sends it."""
    slot = {"date_start": start, "date_end": start + TWO_HOURS, "time_type": "personal"}
    values = {"mission_id": mission.id, "slot_ids": [Command.create(slot)]}

    def step(env):
        application_id = call(env, APPLICATION, "create", values)
        call(env, APPLICATION, "action_apply", [application_id])

    return step


class Scenario:
    """One race, run again and again."""

    name = ""
    # how many of the employees run, and on what terms
    count = 1
    program_values = {}
    # why one may be refused, besides "try again"
    refusals = frozenset({"moved on"})

    def __init_subclass__(cls):
        if cls.name:
            SCENARIOS[cls.name] = cls

    def __init__(self, world):
        self.world = world
        self.employees = world.employees[: self.count]
        self.users = self.employees.user_id
        self.program = world.make_program(f"Race: {self.name}", **self.program_values)

    def make_mission(self, number, **values):
        return self.world.make_mission(f"{self.name} {number}", self.program, **values)

    def prepare(self, number):
        """Make what the round is about and return the runners."""
        raise NotImplementedError

    def judge(self, outcomes):
        """Return what is wrong, in words."""
        raise NotImplementedError

    def judge_outcomes(self, outcomes):
        """Return whom nobody can tell what became of their step, and who was refused without ground."""
        return [
            f"{one.name} {one.outcome}, {one.reason}: {one.message}"
            for one in outcomes
            if one.outcome != "done" and not (one.outcome == "refused" and one.reason in (*self.refusals, "try again"))
        ]

    def run_afterwards(self, registry):
        """Hook: jobs that are due after the race, in transactions of their own."""

    def move(self, env):
        """Bring all records to another environment."""
        self.world.move(env)
        move(self, env)

    # ---- Helpers ----

    def find_faults(self, outcomes, applications, wins, mails):
        """Return the faults of a round of which the winners are known.

        :param set wins: the possible sets of runners whose step was made
        :param dict mails: the mails that each runner's step sends
        """
        done = get_done(outcomes)
        faults = self.world.find_faults(applications)
        if done not in wins:
            faults.append(f"made their step: {sorted(done)}")
        return faults + self.compare_mails(mails, done)

    def find_misled(self, outcomes, applications, state="confirmed"):
        """Return whose application is not what its runner was told: in ``state`` when done, else as it was."""
        faults = []
        for outcome, application in zip(outcomes, applications):
            is_done = outcome.outcome == "done"
            if application.state != (state if is_done else "contact"):
                faults.append(f"{outcome.name} was told “{outcome.outcome}” and is “{application.state}”")
            faults += self.find_wrong_log(application, is_done)
        return faults

    def find_wrong_log(self, record, count):
        found = self.world.count_steps(record)
        return [] if found == count else [f"{record.display_name}: {found} log lines of {count:d} steps"]

    def compare_mails(self, mails, done):
        expected = {}
        for name in done:
            for kind, count in mails.get(name, {}).items():
                expected[kind] = expected.get(kind, 0) + count
        return self.find_mail_faults(expected)

    def find_mail_faults(self, expected):
        found = dict(self.world.count_mails())
        expected = {kind: count for kind, count in expected.items() if count}
        return [] if found == expected else [f"mails are {found}, not {expected}"]


class Seats(Scenario):
    """Thirty confirm, three can."""

    name = "seats"
    count = 30
    seats = 3
    refusals = frozenset({"full"})

    def prepare(self, number):
        world = self.world
        mission = self.make_mission(number, capacity=self.seats)
        self.applications = world.make_applications(mission, self.employees, number)
        return self.confirm_all()

    def confirm_all(self):
        return [
            Runner(f"employee {place}", press(application, "action_confirm"), application.employee_user_id.id)
            for place, application in enumerate(self.applications.sudo())
        ]

    def judge(self, outcomes):
        faults = self.world.find_faults(self.applications)
        winners = get_done(outcomes)
        if len(winners) != self.seats:
            faults.append(f"{len(winners)} got one of {self.seats} places")
        faults += self.find_misled(outcomes, self.applications)
        return faults + self.compare_mails(dict.fromkeys(winners, TOLD), winners)


class Shift(Seats):
    """Ten want a shift for two."""

    name = "shift"
    count = 10
    seats = 2

    def prepare(self, number):
        world = self.world
        mission = self.make_mission(number)
        start = world.get_start(number)
        self.shift = (
            world.env["hr.volunteer.shift"]
            .with_user(world.officer)
            .create(
                {
                    "mission_id": mission.id,
                    "date_start": start,
                    "date_end": start + TWO_HOURS,
                    "capacity": self.seats,
                }
            )
        )
        self.applications = world.make_applications(mission, self.employees, number, shift_id=self.shift.id)
        return self.confirm_all()

    def judge(self, outcomes):
        faults = super().judge(outcomes)
        taken = self.shift.sudo().seats_taken
        if taken != self.seats:
            faults.append(f"the shift has {taken} people in {self.seats} places")
        return faults


class Capacity(Scenario):
    """Six confirm for four places, of which the officer takes two away."""

    name = "places taken away while people confirm"
    count = 6
    refusals = frozenset({"full"})

    def prepare(self, number):
        world = self.world
        self.mission = self.make_mission(number, capacity=4)
        self.applications = world.make_applications(self.mission, self.employees, number).sudo()
        return [
            Runner("officer", write(self.mission, {"capacity": 2}), world.officer.id),
            *(
                Runner(f"employee {place}", press(application, "action_confirm"), application.employee_user_id.id)
                for place, application in enumerate(self.applications)
            ),
        ]

    def run_afterwards(self, registry):
        run_job(registry, "hr.volunteer.mission", "_cron_sweep")

    def judge(self, outcomes):
        officer, *people = outcomes
        faults = self.world.find_faults(self.applications)
        winners = get_done(people)
        capacity = 2 if officer.outcome == "done" else 4
        if self.mission.capacity != capacity:
            faults.append(
                f"the officer was told “{officer.outcome}” and the mission has {self.mission.capacity} places"
            )
        if not capacity <= len(winners) <= 4:
            faults.append(f"{len(winners)} got one of {capacity} places")
        faults += self.find_misled(people, self.applications)
        return faults + self.compare_mails(dict.fromkeys(winners, TOLD), winners)


class MissionCancelled(Scenario):
    """Some send their applications, some write one and send it, while the officer cancels the mission."""

    name = "mission cancelled while people apply"
    count = 8
    refusals = frozenset({"not open", "moved on"})

    def prepare(self, number):
        world = self.world
        self.mission = self.make_mission(number)
        # drafts that change under the officer's hands have the cancellation tried again; new applications do not, and
        # slip in
        drafters = self.employees[:4] if number % 4 < 2 else self.employees[:0]
        self.drafts = world.make_applications(self.mission, drafters, number, state="draft").sudo()
        step = write_and_send(self.mission, world.get_start(number))
        return [
            Runner("officer", press(self.mission, "action_cancel"), world.officer.id),
            *(
                Runner(f"send {place}", press(draft, "action_apply"), draft.employee_user_id.id)
                for place, draft in enumerate(self.drafts)
            ),
            *(
                Runner(f"write and send {place}", step, user.id)
                for place, user in enumerate((self.employees - drafters).user_id)
            ),
        ]

    def run_afterwards(self, registry):
        run_job(registry, "hr.volunteer.mission", "_cron_sweep")

    def judge(self, outcomes):
        applications = self.mission.sudo().application_ids
        faults = self.world.find_faults(applications)
        done = get_done(outcomes)
        sent = {name for name in done if "send" in name}
        written = {name for name in sent if name.startswith("write")}
        if len(applications) != len(self.drafts) + len(written):
            faults.append(f"{len(written)} were written and {len(applications) - len(self.drafts)} are there")
        if "officer" not in done:
            if self.mission.state != "published" or len(sent) != 8:
                faults.append(f"the officer was refused, the mission is {self.mission.state}, {len(sent)} were sent")
            return faults
        if self.mission.state != "cancelled":
            faults.append(f"the officer cancelled and the mission is {self.mission.state}")
        if set(applications.mapped("state")) - {"cancelled"}:
            faults.append(f"applications are {applications.mapped('state')}")
        # of drafts the association knows nothing
        told = {"cancelled": len(applications), "applied": len(sent), "cancelled (association)": len(sent)}
        return faults + self.find_mail_faults(told)


class FreedPlaces(Scenario):
    """Two give their places back while three wait, and a fourth joins the queue."""

    name = "two places given back at once"
    count = 6
    refusals = frozenset({"a place is free"})

    def prepare(self, number):
        world = self.world
        self.mission = self.make_mission(number, capacity=2)
        self.holders = world.make_applications(self.mission, self.employees[:2], number, state="confirmed").sudo()
        self.queue = world.make_applications(self.mission, self.employees[2:5], number, state="waiting").sudo()
        self.last = world.make_applications(self.mission, self.employees[5:], number).sudo()
        # the queue goes by the second
        for place, application in enumerate(self.queue):
            world.set_past(application, "waiting_date", hours=9 - place)
        return [
            *(
                Runner(f"give back {place}", press_and_say_why(holder, "action_cancel"), holder.employee_user_id.id)
                for place, holder in enumerate(self.holders)
            ),
            Runner("join", press(self.last, "action_wait"), self.last.employee_user_id.id),
        ]

    def run_afterwards(self, registry):
        run_job(registry, APPLICATION, "_cron_waiting")

    def judge(self, outcomes):
        applications = self.holders + self.queue + self.last
        faults = self.world.find_faults(applications)
        back = get_done(outcomes) - {"join"}
        offered = self.queue.filtered("offer_deadline")
        if offered != self.queue[: len(back)]:
            faults.append(f"{len(back)} places were given back and offered to {offered.mapped('employee_id.name')}")
        if self.last.offer_deadline:
            faults.append("the last was offered a place")
        if self.last.state != ("waiting" if outcomes[-1].outcome == "done" else "contact"):
            faults.append(f"the last is {self.last.state}")
        told = {"offered": len(back), "cancelled (association)": len(back)}
        return faults + self.find_mail_faults(told)


class LateFreedPlace(Scenario):
    """A place is given back, and two take the rest, after a third began to look: never is the mission full."""

    name = "a place given back unseen"
    count = 4
    refusals = frozenset()

    def prepare(self, number):
        world = self.world
        self.mission = self.make_mission(number, capacity=3)
        holder = world.make_applications(self.mission, self.employees[:1], number, state="confirmed").sudo()
        self.applications = world.make_applications(self.mission, self.employees[1:], number).sudo()
        return [
            Runner("give back", press_and_say_why(holder, "action_cancel"), holder.employee_user_id.id),
            *(
                Runner(
                    f"take {place}",
                    press(application, "action_confirm"),
                    application.employee_user_id.id,
                    is_last=True,
                )
                for place, application in enumerate(self.applications, 1)
            ),
        ]

    def judge(self, outcomes):
        faults = self.world.find_faults(self.applications)
        return faults + [f"{one.name} was not served: {one.message}" for one in outcomes if one.outcome != "done"]


class OfferLapses(Scenario):
    """A kept place is taken in the second in which it goes to the next."""

    name = "a kept place taken as it lapses"
    count = 3
    refusals = frozenset({"lapsed", "moved on"})

    def prepare(self, number):
        world = self.world
        self.mission = self.make_mission(number, capacity=1)
        holder = world.make_applications(self.mission, self.employees[:1], number, state="confirmed").sudo()
        self.first = world.make_applications(self.mission, self.employees[1:2], number, state="waiting").sudo()
        self.next = world.make_applications(self.mission, self.employees[2:], number, state="waiting").sudo()
        world.set_past(self.first, "waiting_date", hours=1)
        holder.with_user(holder.employee_user_id)._cancel("I am moving.")
        # times are read to the second: it lapses in one or two of them
        world.set_past(self.first, "offer_deadline", seconds=-1)
        take, lapse = random.uniform(0.8, 1.8), random.uniform(1, 2)  # noqa: S311
        return [
            Runner("take", press(self.first, "action_confirm"), self.first.employee_user_id.id, delay=take),
            Runner("job", job(APPLICATION, "_cron_waiting"), is_job=True, delay=lapse),
        ]

    def run_afterwards(self, registry):
        run_job(registry, APPLICATION, "_cron_waiting")

    def judge(self, outcomes):
        faults = self.world.find_faults(self.first + self.next)
        taken = outcomes[0].outcome == "done"
        found = (self.first.state, self.next.state, bool(self.next.offer_deadline))
        expected = ("confirmed", "waiting", False) if taken else ("cancelled", "waiting", True)
        if found != expected:
            faults.append(f"they are {found}, not {expected}")
        told = TOLD if taken else {"cancelled": 1, "cancelled (association)": 1, "offered": 1}
        return faults + self.find_mail_faults(told)


class Question(Scenario):
    """Somebody answers one question about work time while somebody else does something about it."""

    def ask(self, number):
        """Make the application whose work time is asked from the manager."""
        self.application = self.world.make_applications(
            self.make_mission(number), self.employees, number, state="to_approve", time_type="work"
        ).sudo()
        self.approval = self.application.approval_ids

    def find_wrong_end(self, state, answer, done):
        """Return the faults of an application that is not in ``state``, or whose question is not ``answer``ed."""
        found, expected = (self.application.state, self.approval.state), (state, answer)
        return [] if found == expected else [f"after {sorted(done)} it is {found}, not {expected}"]


class ApproveCancel(Question):
    """The manager approves while the employee cancels."""

    name = "approve against cancel"

    def prepare(self, number):
        self.ask(number)
        return [
            Runner("approve", press(self.approval, "action_approve"), self.world.manager.id),
            Runner("cancel", press_and_say_why(self.application, "action_cancel"), self.users.id),
        ]

    def judge(self, outcomes):
        # an approval that came first is worth a mail, and the cancellation takes it back
        faults = self.find_faults(
            outcomes,
            self.application,
            [{"approve", "cancel"}, {"cancel"}, {"approve"}],
            {
                "approve": TOLD,
                "cancel": {"cancelled (association)": 1, "withdrawn": 1},
            },
        )
        done = get_done(outcomes)
        state = "cancelled" if "cancel" in done else "confirmed"
        answer = "approved" if "approve" in done else "withdrawn"
        faults += self.find_wrong_end(state, answer, done)
        return faults + self.find_wrong_log(self.application, len(done))


class ApproveTakeBack(Question):
    """The manager approves while the employee takes the dates back to change them."""

    name = "approve against take back"

    def prepare(self, number):
        self.ask(number)
        return [
            Runner("approve", press(self.approval, "action_approve"), self.world.manager.id),
            Runner("take back", press(self.application, "action_take_back"), self.users.id),
        ]

    def judge(self, outcomes):
        done = get_done(outcomes)
        # the association hears of a change of dates that it had been told
        back = {"withdrawn": 1, "postponed": 1} if "approve" in done else {"withdrawn": 1}
        faults = self.find_faults(
            outcomes,
            self.application,
            [{"approve", "take back"}, {"take back"}, {"approve"}],
            {"approve": TOLD, "take back": back},
        )
        state = "contact" if "take back" in done else "confirmed"
        answer = "approved" if "approve" in done else "withdrawn"
        faults += self.find_wrong_end(state, answer, done)
        return faults + self.find_wrong_log(self.application, len(done))


class DoubleApprove(Question):
    """Manager and officer answer one question, twice yes or yes and no."""

    name = "two answers to one question"

    def prepare(self, number):
        self.ask(number)
        world, approval = self.world, self.approval
        if number % 4 < 2:
            second = Runner("second", press(approval, "action_approve"), world.officer.id)
        else:
            second = Runner("second", press_and_say_why(approval, "action_refuse"), world.officer.id)
        self.is_refusal = number % 4 >= 2
        return [Runner("first", press(approval, "action_approve"), world.manager.id), second]

    def judge(self, outcomes):
        yes = TOLD
        no = {"refused": 1, "cancelled (association)": 1}
        faults = self.find_faults(
            outcomes,
            self.application,
            [{"first"}, {"second"}],
            {"first": yes, "second": no if self.is_refusal else yes},
        )
        done = get_done(outcomes)
        second = "second" in done
        expected = ("refused", "refused") if self.is_refusal and second else ("confirmed", "approved")
        faults += self.find_wrong_end(*expected, done)
        decided_by = self.approval.decided_by_id
        if decided_by != (self.world.officer if second else self.world.manager).partner_id:
            faults.append(f"the decider is {decided_by.name}")
        return faults + self.find_wrong_log(self.application, 1)


class Officers(Scenario):
    """Two officers, one registration: both validate, or one refuses."""

    name = "two officers, one registration"

    def __init__(self, world):
        super().__init__(world)
        # an employee of their own, who ends as they say
        self.employees = world.employees[-1]
        self.users = self.employees.user_id
        registrations = world.env["hr.volunteer.registration"].search([("employee_id", "=", self.employees.id)])
        registrations.with_user(world.officer).action_withdraw()

    def prepare(self, number):
        world = self.world
        registration = world.env["hr.volunteer.registration"].search([("employee_id", "in", self.employees.ids)])
        if registration.state == "validated":
            registration.with_user(world.officer).action_withdraw()
        registration.with_user(self.users).action_ask_again()
        self.registration = registration
        self.is_refusal = number % 4 >= 2
        if self.is_refusal:
            second = Runner("second", press_and_say_why(registration, "action_refuse"), world.second_officer.id)
        else:
            second = Runner("second", press(registration, "action_validate"), world.second_officer.id)
        return [Runner("first", press(registration, "action_validate"), world.officer.id), second]

    def judge(self, outcomes):
        world = self.world
        faults = self.find_faults(
            outcomes,
            world.env[APPLICATION],
            [{"first"}, {"second"}],
            {"first": {"welcome": 1}, "second": {"registration refused" if self.is_refusal else "welcome": 1}},
        )
        second = "second" in get_done(outcomes)
        expected = "refused" if self.is_refusal and second else "validated"
        if self.registration.state != expected:
            faults.append(f"it is {self.registration.state}, not {expected}")
        if self.registration.decided_by_id != (world.second_officer if second else world.officer).partner_id:
            faults.append(f"the decider is {self.registration.decided_by_id.name}")
        faults += self.find_wrong_log(self.registration, 1)
        activities = world.env["mail.activity"].search_count(
            [("res_model", "=", self.registration._name), ("res_id", "=", self.registration.id)]
        )
        if activities:
            faults.append(f"{activities} activities for a question that was answered")
        return faults


class Pair(Scenario):
    """An employee confirms two applications of which only one can be."""

    hours = (9, 9)
    told = TOLD
    time_type = "personal"
    state = "confirmed"

    def prepare(self, number):
        world = self.world
        self.applications = world.env[APPLICATION]
        for part, hour in zip("ab", self.hours):
            mission = self.make_mission(f"{number}{part}")
            self.applications += world.make_applications(
                mission, self.employees, number, hour=hour, time_type=self.time_type
            ).sudo()
        return [
            Runner(part, press(application, "action_confirm"), self.users.id)
            for part, application in zip("ab", self.applications)
        ]

    def judge(self, outcomes):
        faults = self.find_faults(outcomes, self.applications, [{"a"}, {"b"}], {"a": self.told, "b": self.told})
        return faults + self.find_misled(outcomes, self.applications, self.state)


class Overlap(Pair):
    """Two dates of one employee overlap by an hour."""

    name = "overlapping dates of one employee"
    hours = (9, 10)
    refusals = frozenset({"overlap"})


class Allowance(Pair):
    """Two hours of work time each, and three are left."""

    name = "two confirmations, one allowance"
    program_values = {"work_hours_allowance": 3}
    refusals = frozenset({"allowance"})
    hours = (8, 13)
    time_type = "work"
    state = "to_approve"
    told = {"asked": 1}

    def judge(self, outcomes):
        faults = super().judge(outcomes)
        hours = sum(self.applications.mapped("work_hours"))
        if hours > self.program_values["work_hours_allowance"]:
            faults.append(f"{hours} hours of an allowance of 3")
        return faults


class DoubleClick(Scenario):
    """One employee confirms in two windows, once on personal and once on work time."""

    name = "confirmed in two windows"

    def prepare(self, number):
        world = self.world
        self.is_work = number % 4 >= 2
        mission = self.make_mission(number, capacity=2)
        self.application = world.make_applications(
            mission, self.employees, number, time_type="work" if self.is_work else "personal"
        ).sudo()
        return [Runner(name, press(self.application, "action_confirm"), self.users.id) for name in ("a", "b")]

    def judge(self, outcomes):
        told = {"asked": 1} if self.is_work else TOLD
        faults = self.find_faults(outcomes, self.application, [{"a"}, {"b"}], {"a": told, "b": told})
        if self.application.state != ("to_approve" if self.is_work else "confirmed"):
            faults.append(f"it is {self.application.state}")
        return faults + self.find_wrong_log(self.application, 1)


class Tacit(Question):
    """The manager answers while the job that takes silence for consent runs."""

    name = "silence against the manager"
    program_values = {"manager_approval": "tacit"}

    def prepare(self, number):
        self.ask(number)
        world = self.world
        world.set_past(self.approval, "deadline", hours=1)
        # who was not reached did not consent
        world.env["mail.mail"].search([("model", "=", self.approval._name), ("res_id", "=", self.approval.id)]).write(
            {"state": "sent"}
        )
        self.is_refusal = number % 4 >= 2
        answer = (
            press_and_say_why(self.approval, "action_refuse")
            if self.is_refusal
            else press(self.approval, "action_approve")
        )
        return [
            Runner("manager", answer, world.manager.id),
            # the manager has more to do: neither should win always
            Runner("job", job(self.approval._name, "_cron_tacit"), is_job=True, delay=random.uniform(0, 0.8)),  # noqa: S311
        ]

    def run_afterwards(self, registry):
        run_job(registry, self.approval._name, "_cron_tacit")

    def judge(self, outcomes):
        done = get_done(outcomes)
        no = {"refused": 1, "cancelled (association)": 1}
        is_manager = "manager" in done
        told = (no if self.is_refusal else TOLD) if is_manager else {"consent (manager)": 1, **TOLD}
        faults = self.world.find_faults(self.application)
        if not is_manager:
            expected = ("confirmed", "tacit")
        elif self.is_refusal:
            expected = ("refused", "refused")
        else:
            expected = ("confirmed", "approved")
        faults += self.find_wrong_end(*expected, done)
        faults += self.find_wrong_log(self.application, 1)
        return faults + self.find_mail_faults(told)
