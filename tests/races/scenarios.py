"""Who races against whom, and what must be true afterwards.

Each scenario has ``setup`` (once), ``prepare`` (returns the runners of a round) and ``judge`` (says in words what is
wrong). What must hold after any race is in ``World.find_faults``.
"""

from .engine import Runner
from .world import World, press, press_and_say_why

SCENARIOS = {}


class Scenario:
    """One race, run again and again."""

    name = ""
    employees = 1
    company_values = {}
    # why one may be refused, besides "try again"
    refusals = frozenset({"moved on"})

    def __init_subclass__(cls):
        if cls.name:
            SCENARIOS[cls.name] = cls

    def setup(self, env):
        self.world = World(env, self.name, self.employees, **self.company_values)
        self.world.register()

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
        for holder in (self.world, self):
            for key, value in vars(holder).items():
                if hasattr(value, "with_env"):
                    setattr(holder, key, value.with_env(env))
        self.world.env = env

    # ---- Helpers ----

    def find_faults(self, outcomes, applications, wins, mails):
        """Return the faults of a round of which the winners are known.

        :param set wins: the possible sets of runners whose step was made
        :param dict mails: the mails that each runner's step sends
        """
        done = {outcome.name for outcome in outcomes if outcome.outcome == "done"}
        faults = self.world.find_faults(applications)
        if done not in wins:
            faults.append(f"made their step: {sorted(done)}")
        faults += self.compare_mails(mails, done)
        return faults

    def compare_mails(self, mails, done):
        expected = {}
        for name in done:
            for kind, count in mails.get(name, {}).items():
                expected[kind] = expected.get(kind, 0) + count
        found = dict(self.world.count_mails())
        return [] if found == expected else [f"mails are {found}, not {expected}"]


class Seats(Scenario):
    """Thirty confirm, three can."""

    name = "seats"
    employees = 30
    seats = 3
    refusals = frozenset({"full"})

    def prepare(self, number):
        world = self.world
        mission = world.make_mission(number, capacity=self.seats)
        self.applications = world.make_applications(mission, world.employees, number)
        return [
            Runner(application.employee_id.name, press(application, "action_confirm"), application.employee_user_id.id)
            for application in self.applications.sudo()
        ]

    def judge(self, outcomes):
        faults = self.world.find_faults(self.applications)
        winners = [outcome for outcome in outcomes if outcome.outcome == "done"]
        if len(winners) != self.seats:
            faults.append(f"{len(winners)} got one of {self.seats} places")
        for outcome, application in zip(outcomes, self.applications):
            expected = "confirmed" if outcome.outcome == "done" else "contact"
            if application.state != expected:
                faults.append(f"{outcome.name} was told “{outcome.outcome}” and is “{application.state}”")
            if self.world.count_steps(application) != (outcome.outcome == "done"):
                faults.append(f"{outcome.name}: {self.world.count_steps(application)} log lines")
        mails = {outcome.name: {"confirmed": 1, "confirmed (association)": 1} for outcome in outcomes}
        return faults + self.compare_mails(mails, {outcome.name for outcome in winners})


class ApproveCancel(Scenario):
    """The manager approves while the employee cancels."""

    name = "approve against cancel"

    def prepare(self, number):
        world = self.world
        mission = world.make_mission(number)
        self.application = world.make_applications(
            mission, world.employees, number, state="to_approve", time_type="work"
        ).sudo()
        return [
            Runner("approve", press(self.application.approval_ids, "action_approve"), world.manager.id),
            Runner("cancel", press_and_say_why(self.application, "action_cancel"), world.users.id),
        ]

    def judge(self, outcomes):
        # an approval that came first is worth a mail, and the cancellation takes it back
        faults = self.find_faults(
            outcomes,
            self.application,
            [{"approve", "cancel"}, {"cancel"}, {"approve"}],
            {
                "approve": {"confirmed": 1, "confirmed (association)": 1},
                "cancel": {"cancelled (association)": 1, "withdrawn": 1},
            },
        )
        done = {outcome.name for outcome in outcomes if outcome.outcome == "done"}
        state = "cancelled" if "cancel" in done else "confirmed"
        answer = "approved" if "approve" in done else "withdrawn"
        found = (self.application.state, self.application.approval_ids.state)
        if found != (state, answer):
            faults.append(f"after {sorted(done)} it is {found}")
        if self.world.count_steps(self.application) != len(done):
            faults.append(f"{self.world.count_steps(self.application)} log lines for {len(done)} steps")
        return faults


class DoubleApprove(Scenario):
    """Manager and officer answer one question, twice yes or yes and no."""

    name = "two answers to one question"

    def prepare(self, number):
        world = self.world
        mission = world.make_mission(number)
        self.application = world.make_applications(
            mission, world.employees, number, state="to_approve", time_type="work"
        ).sudo()
        approval = self.application.approval_ids
        if number % 4 < 2:
            second = Runner("second", press(approval, "action_approve"), world.officer.id)
        else:
            second = Runner("second", press_and_say_why(approval, "action_refuse"), world.officer.id)
        self.is_refusal = number % 4 >= 2
        return [Runner("first", press(approval, "action_approve"), world.manager.id), second]

    def judge(self, outcomes):
        yes = {"confirmed": 1, "confirmed (association)": 1}
        no = {"refused": 1, "cancelled (association)": 1}
        faults = self.find_faults(
            outcomes,
            self.application,
            [{"first"}, {"second"}],
            {"first": yes, "second": no if self.is_refusal else yes},
        )
        second = any(outcome.name == "second" and outcome.outcome == "done" for outcome in outcomes)
        expected = ("refused", "refused") if self.is_refusal and second else ("confirmed", "approved")
        found = (self.application.state, self.application.approval_ids.state)
        if found != expected:
            faults.append(f"it is {found}, not {expected}")
        decided_by = self.application.approval_ids.decided_by_id
        if decided_by != (self.world.officer if second else self.world.manager).partner_id:
            faults.append(f"the decider is {decided_by.name}")
        if self.world.count_steps(self.application) != 1:
            faults.append(f"{self.world.count_steps(self.application)} log lines for one step")
        return faults


class Officers(Scenario):
    """Two officers, one registration: both validate, or one refuses."""

    name = "two officers, one registration"

    def setup(self, env):
        super().setup(env)
        self.world.env["hr.volunteer.registration"].search(
            [("employee_id", "in", self.world.employees.ids)]
        ).with_user(self.world.officer).action_withdraw()

    def prepare(self, number):
        world = self.world
        registration = world.env["hr.volunteer.registration"].search([("employee_id", "in", world.employees.ids)])
        if registration.state == "validated":
            registration.with_user(world.officer).action_withdraw()
        registration.with_user(world.users).action_ask_again()
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
            world.env["hr.volunteer.application"],
            [{"first"}, {"second"}],
            {"first": {"welcome": 1}, "second": {"registration refused" if self.is_refusal else "welcome": 1}},
        )
        second = any(outcome.name == "second" and outcome.outcome == "done" for outcome in outcomes)
        expected = "refused" if self.is_refusal and second else "validated"
        if self.registration.state != expected:
            faults.append(f"it is {self.registration.state}, not {expected}")
        if self.registration.decided_by_id != (world.second_officer if second else world.officer).partner_id:
            faults.append(f"the decider is {self.registration.decided_by_id.name}")
        if world.count_steps(self.registration) != 1:
            faults.append(f"{world.count_steps(self.registration)} log lines for one step")
        activities = world.env["mail.activity"].search_count(
            [("res_model", "=", self.registration._name), ("res_id", "=", self.registration.id)]
        )
        if activities:
            faults.append(f"{activities} activities for a question that was answered")
        return faults


class Pair(Scenario):
    """An employee confirms two applications of which only one can be."""

    hours = (9, 9)

    def prepare(self, number):
        world = self.world
        self.applications = world.env["hr.volunteer.application"]
        for part, hour in zip("ab", self.hours):
            mission = world.make_mission(number, part)
            self.applications += world.make_applications(mission, world.employees, number, hour=hour).sudo()
        return [
            Runner(part, press(application, "action_confirm"), world.users.id)
            for part, application in zip("ab", self.applications)
        ]

    def judge(self, outcomes):
        told = {"confirmed": 1, "confirmed (association)": 1}
        faults = self.find_faults(outcomes, self.applications, [{"a"}, {"b"}], {"a": told, "b": told})
        for outcome, application in zip(outcomes, self.applications):
            if application.state != ("confirmed" if outcome.outcome == "done" else "contact"):
                faults.append(f"{outcome.name} was told “{outcome.outcome}” and is “{application.state}”")
        return faults


class Overlap(Pair):
    """Two dates of one employee overlap by an hour."""

    name = "overlapping dates of one employee"
    hours = (9, 10)
    refusals = frozenset({"overlap"})


class DoubleClick(Scenario):
    """One employee confirms in two windows, once on personal and once on work time."""

    name = "confirmed in two windows"

    def prepare(self, number):
        world = self.world
        self.is_work = number % 4 >= 2
        mission = world.make_mission(number, capacity=2)
        self.application = world.make_applications(
            mission, world.employees, number, time_type="work" if self.is_work else "personal"
        ).sudo()
        return [Runner(name, press(self.application, "action_confirm"), world.users.id) for name in ("a", "b")]

    def judge(self, outcomes):
        told = {"asked": 1} if self.is_work else {"confirmed": 1, "confirmed (association)": 1}
        faults = self.find_faults(outcomes, self.application, [{"a"}, {"b"}], {"a": told, "b": told})
        if self.application.state != ("to_approve" if self.is_work else "confirmed"):
            faults.append(f"it is {self.application.state}")
        if self.world.count_steps(self.application) != 1:
            faults.append(f"{self.world.count_steps(self.application)} log lines for one step")
        return faults
