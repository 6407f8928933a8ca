"""What random people do, and the rules that are looked at after each step: see test_state_machine.py."""

import logging
import os
import re
from collections import Counter
from datetime import datetime, time, timedelta
from itertools import pairwise

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.mail import email_split, html2plaintext

from odoo.addons.volunteer_engagement.models.lifecycle_mixin import Actor

from .common import utc

_logger = logging.getLogger(__name__)

# how many ways are tried; VE_EXAMPLES tries that many, and others at each run
EXAMPLES = int(os.environ.get("VE_EXAMPLES", "12"))
STEPS = 25
MAX_APPLICATIONS = 8
ALLOWANCE = 5

# evenings are personal time, at minutes by which a mail that tells of them is known
TIMES = {
    "morning": (9, 0, 12, 0, "work"),
    "afternoon": (14, 0, 17, 0, "work"),
    "day": (10, 0, 16, 0, "work"),
    "evening": (19, 15, 21, 15, "personal"),
    "open": (9, 0, 11, 0, False),
    "wrong": (9, 30, 11, 30, "personal"),
}
PERSONAL_TIMES = re.compile(r"\b(?:19|7):15\b")
ACTORS = ("employee", "officer", "association", "manager", "colleague", "administrator")
ACTIONS = (
    "apply",
    "contact",
    "confirm",
    "wait",
    "take_back",
    "refuse",
    "cancel",
    "redirect",
    "request_changes",
    "exceed",
    "done",
)
ENDED = ("done", "refused", "cancelled")
TABLES = (
    "hr_volunteer_application",
    "hr_volunteer_slot",
    "hr_volunteer_approval",
    "hr_volunteer_registration",
    "hr_volunteer_mission",
    "hr_volunteer_shift",
    "mail_activity",
)

numbers = st.integers(0, 5)
# the roomy one, the small one, the one with shifts
missions = st.sampled_from((0, 1, 2, 1, 2))
actors = st.sampled_from(ACTORS)
days = st.integers(1, 4)
times = st.sampled_from(("morning", "evening", "afternoon", "day", "morning", "evening", "open", "wrong"))
good_dates = st.lists(st.tuples(days, st.sampled_from(("morning", "evening", "afternoon"))), min_size=1, max_size=2)
dates = st.lists(st.tuples(days, times), min_size=1, max_size=2)

# what happens about an application, the usual more often
go_on = st.tuples(st.just("go_on"))
step = st.tuples(st.just("step"), st.sampled_from(("employee", "officer", "association")), st.integers(0, 11))
try_step = st.tuples(st.just("try_step"), actors, st.sampled_from(ACTIONS), missions)
decide = st.tuples(
    st.just("decide"),
    st.sampled_from(("approver", "approver", *ACTORS)),
    st.sampled_from(("approve", "request_changes", "refuse")),
)
edit = st.tuples(
    st.just("edit"),
    st.sampled_from(("employee", "employee", *ACTORS)),
    st.sampled_from(("add", "move", "type", "remove")),
    st.tuples(days, times),
)
say_attendance = st.tuples(st.just("say_attendance"), actors, st.booleans())
acts_on_application = st.one_of(step, go_on, step, edit, try_step, step, decide, go_on, step, decide, say_attendance)
propose = st.tuples(st.just("propose"), numbers, missions, st.one_of(good_dates, dates), st.integers(0, 4))
let_time_pass = st.tuples(st.just("let_time_pass"), st.sampled_from((1, 6, 24, 70)))
change_around = st.tuples(
    st.just("change_around"),
    st.sampled_from(("close", "cancel", "capacity", "shift", "withdraw", "manager", "publish", "ask_again")),
    missions,
    numbers,
)
about_application = st.tuples(st.just("act_on_application"), st.integers(0, 7), acts_on_application)
acts = st.one_of(*[about_application] * 5, propose, let_time_pass, change_around)


class VolunteerMachine(RuleBasedStateMachine):
    """People who do what they like, in any order, and what must be true whatever they do."""

    def __init__(self, case):
        super().__init__()
        self.case = case
        self.env = case.env
        self.savepoint = self.env.cr.savepoint()
        self.now = datetime.combine(case.monday - timedelta(days=3), time(8))
        self.case.clock.move_to(self.now)
        self.is_changed = True
        self.mine = self.env["hr.volunteer.application"]
        self.missions = [case.mission, case.small_mission, case.shift_mission]
        self.last_mail_id = self.env["mail.mail"].search([], order="id desc", limit=1).id

    def teardown(self):
        """Take back what was done in this example."""
        self.savepoint.rollback()
        self.savepoint.close(rollback=False)
        self.env.invalidate_all()

    # ---------------------------------------------------------------------
    # How something is tried
    # ---------------------------------------------------------------------

    def attempt(self, label, action):
        """Do as a request does: all of it, or a refusal in words and nothing at all."""
        before = self.digest()
        try:
            with self.env.cr.savepoint():
                result = action()
        except UserError as error:
            refusal = str(error)
        except IntegrityError as error:
            # a rule of the database: Odoo says it in the words of the model
            assert (error.diag.constraint_name or "").startswith("hr_volunteer_"), error
            refusal = error.diag.constraint_name
        else:
            self.env.invalidate_all()
            self.is_changed = True
            self.case.counts[label] += 1
            return result
        assert refusal.strip(), "refused without a word"
        self.env.invalidate_all()
        assert self.digest() == before, f"{label} was refused ({refusal}), and something changed"
        self.case.counts["refused"] += 1
        return None

    def digest(self):
        """Return a fingerprint of all that an action could change."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                "SELECT (SELECT count(*) FROM mail_mail), (SELECT count(*) FROM mail_message), %s",
                SQL(", ").join(
                    SQL("(SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM %s t)", SQL.identifier(table))
                    for table in TABLES
                ),
            )
        )

    def user_of(self, who, application):
        if who == "employee":
            return application.employee_user_id
        if who == "colleague":
            return self.case.people[application.employee_user_id == self.case.people[0]]
        return {
            "manager": self.case.user_manager,
            "officer": self.case.user_officer,
            "administrator": self.case.user_administrator,
        }[who]

    def make_date(self, day, name, mission, number):
        """Return the values of a date some days from now, or of a shift where the mission has some."""
        hour, minute, end_hour, end_minute, time_type = TIMES[name]
        vals = {"time_type": time_type}
        if mission.shift_ids:
            shift = mission.shift_ids[number % len(mission.shift_ids)]
            evening = shift.date_start.hour >= 16
            return dict(vals, shift_id=shift.id, date_start=shift.date_start, date_end=shift.date_end) | (
                {"time_type": "personal" if evening else "work"} if name != "open" else {}
            )
        date_ = self.now.date() + timedelta(days=day)
        return dict(vals, date_start=utc(date_, hour, minute), date_end=utc(date_, end_hour, end_minute))

    # ---------------------------------------------------------------------
    # What people do
    # ---------------------------------------------------------------------

    @initialize(
        mode=st.sampled_from(("required", "required", "none")),
        capacity=st.integers(1, 2),
        beginnings=st.lists(st.tuples(numbers, missions, good_dates, st.integers(0, 4)), min_size=1, max_size=3),
    )
    def begin(self, mode, capacity, beginnings):
        """The company asks managers or not, the small mission has one place or two, some have applied already."""
        self.case.company.volunteer_manager_approval = mode
        self.case.small_mission.capacity = capacity
        for person, mission, dates_, steps in beginnings:
            self.propose(person, mission, dates_, steps)

    # one rule for all: Hypothesis leaves out some rules of several in each example
    @rule(act=acts)
    def act(self, act):
        """Somebody does something."""
        name, *words = act
        getattr(self, name)(*words)

    def act_on_application(self, number, act):
        """Somebody does something about an application."""
        alive = self.mine.exists()
        under_way = alive.filtered(lambda application: application.state not in ENDED)
        # what has ended is tried as well, more rarely
        candidates = alive if number == 0 else under_way or alive
        if candidates:
            name, *words = act
            getattr(self, name)(candidates[number % len(candidates)], *words)

    def propose(self, person, mission, dates, steps):
        """Somebody proposes dates on a mission, and goes some steps with it."""
        if len(self.mine) < MAX_APPLICATIONS and (application := self.make_application(person, mission, dates)):
            for _step in range(steps):
                self.go_on(application)

    def make_application(self, person, mission, dates):
        user = self.case.people[person % len(self.case.people)]
        mission = self.missions[mission]
        slots = [
            Command.create(self.make_date(day, name, mission, number)) for number, (day, name) in enumerate(dates)
        ]
        application = self.attempt(
            "draft",
            lambda: (
                self.env["hr.volunteer.application"]
                .with_user(user)
                .create({"mission_id": mission.id, "slot_ids": slots, "motivation": "I can."})
            ),
        )
        if application:
            application = application.with_env(self.env)
            self.mine += application
        return application

    def go_on(self, application):
        """Whoever is next does what is next."""
        state = application.state
        if state == "contact" or (state == "applied" and application.mission_id.skip_contact):
            who, action = "employee", "confirm" if application._has_room() else "wait"
        else:
            who, action = {
                "draft": ("employee", "apply"),
                "applied": ("officer", "contact"),
                "waiting": ("employee", "confirm"),
                "to_approve": (None, "approve"),
                "confirmed": (None, "done"),
            }.get(state, (None, None))
        if action == "approve":
            approval = application.approval_ids.filtered(lambda approval: approval.state == "pending")
            user = approval.approver_id or self.officer_for(application)
            self.attempt("approve", approval.with_user(user).action_approve)
        elif action == "done":
            officer = self.officer_for(application)
            self.move_clock(max(application.slot_ids.mapped("date_end")))
            for slot in application.slot_ids.filtered(lambda slot: slot.state == "confirmed"):
                self.attempt("attended", slot.with_user(officer).action_attended)
            self.attempt("done", application.with_user(officer).action_done)
        elif action:
            if action == "apply":
                self.open_door(application)
            self.make_step(application, who, action, 0)

    def open_door(self, application):
        """Publish the mission again and let the employee return, so that applications get further than a draft."""
        officer = self.officer_for(application)
        if application.mission_id.state == "closed":
            self.attempt("publish", application.mission_id.with_user(officer).action_publish)
        registration = self.get_registration(application.employee_user_id)
        if registration.state != "validated":
            self.attempt("ask_again", registration.with_user(application.employee_user_id).action_ask_again)
            self.attempt("validate", registration.with_user(officer).action_validate)

    def get_registration(self, user):
        return self.env["hr.volunteer.registration"].search([("employee_user_id", "=", user.id)])

    def step(self, application, who, choice):
        """Somebody makes one of the steps that are theirs to make."""
        if who == "association":
            targets = [
                step.target for step in application._steps if step.source == application.state and who in step.roles
            ]
        else:
            targets = application.with_user(self.user_of(who, application))._next_states()
        actions = [action for target in targets for action in self.get_actions(application.state, target)]
        if actions:
            self.make_step(application, who, actions[choice % len(actions)], choice % len(self.missions))

    def get_actions(self, state, target):
        if target == "applied":
            return ("apply",) if state == "draft" else ("redirect",)
        if target == "contact":
            return ("contact",) if state == "applied" else ("take_back", "request_changes")
        return {
            "waiting": ("wait",),
            "to_approve": ("confirm",),
            "confirmed": ("exceed",),
            "refused": ("refuse",),
            "cancelled": ("cancel",),
            "done": ("done",),
        }[target]

    def try_step(self, application, who, action, mission):
        """Somebody tries any step on any application."""
        self.make_step(application, who, action, mission)

    def make_step(self, application, who, action, mission):
        other = self.missions[mission]
        if who == "association":
            new_state = {
                "apply": "applied",
                "confirm": "to_approve",
                "exceed": "confirmed",
                "refuse": "refused",
                "cancel": "cancelled",
                "redirect": "applied",
                "done": "done",
                "wait": "waiting",
            }.get(action, "contact")
            values = (
                {"mission_id": other.id, **application._prepare_mission_vals(other)} if action == "redirect" else None
            )
            actor = Actor("association", self.case.referent)
            self.attempt(
                action,
                lambda: application._transition(new_state, actor=actor, reason="The kitchen says so.", values=values),
            )
            return
        user = self.user_of(who, application)
        seen = application.with_user(user)
        if action == "redirect":
            self.attempt(action, lambda: seen._redirect(other.with_user(user)))
        elif action in ("refuse", "cancel", "request_changes", "exceed"):
            self.attempt(action, lambda: getattr(seen, f"_{action}")("It suits better."))
        else:
            self.attempt(action, getattr(seen, f"action_{action}"))

    def decide(self, application, who, decision):
        """Somebody answers the last question about an application."""
        approval = application.approval_ids.sorted("id")[-1:]
        if not approval or who == "association":
            return
        if who == "approver":
            user = approval.approver_id or self.officer_for(application)
        else:
            user = self.user_of(who, application)
        seen = approval.with_user(user)
        if decision == "approve":
            self.attempt("approve", seen.action_approve)
        else:
            self.attempt(decision, lambda: getattr(seen, f"_{decision}")("The team needs you."))

    def edit(self, application, who, what, date):
        """Somebody changes the dates."""
        if who == "association":
            return
        user = self.user_of(who, application)
        vals = self.make_date(*date, application.mission_id, date[0])
        slot = application.slot_ids[-1:].with_user(user)
        if what == "add":
            self.attempt("edit", lambda: application.with_user(user).write({"slot_ids": [Command.create(vals)]}))
        elif what == "remove":
            self.attempt("edit", slot.unlink)
        elif what == "type":
            self.attempt("edit", lambda: slot.write({"time_type": vals["time_type"]}))
        else:
            self.attempt("edit", lambda: slot.write(vals))

    def say_attendance(self, application, who, was_there):
        """Somebody says whether the employee was there."""
        slots = application.slot_ids.filtered(lambda slot: slot.state in ("confirmed", "attended", "absent"))
        if who == "association":
            actor = Actor("association", self.case.referent)
            self.attempt("attendance", lambda: slots._transition("attended" if was_there else "absent", actor=actor))
            return
        seen = slots.with_user(self.user_of(who, application))
        self.attempt("attendance", seen.action_attended if was_there else seen.action_absent)

    def let_time_pass(self, hours):
        """Time passes, and the scheduled jobs run."""
        self.move_clock(self.now + timedelta(hours=hours))
        self.run_jobs()

    def move_clock(self, moment):
        self.now = max(self.now, moment)
        self.case.clock.move_to(self.now)

    def run_jobs(self):
        with self.case.enter_registry_test_mode():
            for job in self.case.jobs:
                job.method_direct_trigger()
        self.is_changed = True
        self.case.counts["jobs"] += 1

    def change_around(self, what, mission, number):
        """What applications rest on changes: the mission, a membership, a manager."""
        if what in ("withdraw", "ask_again"):
            self.change_registration(number, what)
        elif what == "manager":
            self.change_manager(number)
        else:
            self.change_mission(mission, what, number)

    def change_mission(self, mission, what, number):
        """The officer changes a mission."""
        mission = self.missions[mission].with_user(self.case.user_officer)
        if what == "capacity":
            self.attempt("capacity", lambda: mission.write({"capacity": number % 3}))
        elif what == "shift":
            start = utc(self.now.date() + timedelta(days=number + 1), 14)
            shifts = self.env["hr.volunteer.shift"].with_user(self.case.user_officer)
            vals = {"date_start": start, "date_end": start + timedelta(hours=2), "capacity": number % 3}
            self.attempt("shift", lambda: shifts.create(dict(vals, mission_id=self.case.shift_mission.id)))
        elif what != "cancel" or number == 0:
            # a mission that is cancelled stays so, and there are three
            self.attempt(what, getattr(mission, f"action_{what}"))

    def change_registration(self, person, what):
        """Somebody leaves, or asks to return."""
        user = self.case.people[person % len(self.case.people)]
        self.attempt(what, getattr(self.get_registration(user).with_user(user), f"action_{what}"))

    def change_manager(self, manager):
        """The employee gets another manager, or none."""
        case = self.case
        managers = (case.employee_manager, case.employee_colleague, case.employee_silent, case.employee.browse())
        parent = managers[manager % len(managers)]
        self.attempt("manager", lambda: case.employee.write({"parent_id": parent.id}))

    def officer_for(self, application):
        case = self.case
        own = application.employee_user_id == case.user_officer
        return case.user_administrator if own else case.user_officer

    # ---------------------------------------------------------------------
    # What is always true
    # ---------------------------------------------------------------------

    @invariant()
    def check(self):
        """Look at what is in the database, where it may have changed."""
        if self.is_changed:
            self.is_changed = False
            self.env.flush_all()
            self.env.invalidate_all()
            self.check_places()
            self.check_dates()
            self.check_overlap_and_allowance()
            self.check_questions()
            self.check_ends()
            self.check_managers()
            self.check_mails()

    def check_places(self):
        """No more people than places, one number a person, and only where a place is held."""
        for parents, key in (
            (self.env["hr.volunteer.mission"].browse([mission.id for mission in self.missions]), "application_ids"),
            (self.case.shift_mission.shift_ids, "slot_ids"),
        ):
            for parent in parents:
                taken = [number for number in parent[key].mapped("seat_number") if number]
                assert len(taken) == len(set(taken)), f"a place of {parent} was given twice: {taken}"
                assert not parent.capacity or len(taken) <= parent.capacity, f"{parent} is oversold: {taken}"
        for application in self.mine.exists():
            self.case.counts[f"state {application.state}"] += 1
            offered = application.state == "waiting" and bool(application.offer_deadline)
            if application.state != "done":
                held = application.state in ("to_approve", "confirmed") or offered
                assert bool(application.seat_number) == held, (application.state, application.seat_number)
            for slot in application.slot_ids:
                held = slot.state in ("confirmed", "attended", "absent") or (offered and slot.state == "proposed")
                assert bool(slot.seat_number) == bool(held and slot.shift_id), (application.state, slot.state)

    def check_dates(self):
        """The state of an application agrees with those of its dates."""
        for application in self.mine.exists():
            states = Counter(application.slot_ids.mapped("state"))
            state = application.state
            if state in ENDED:
                unsaid = application.slot_ids.filtered(lambda slot: slot.state == "confirmed")
                assert not states["proposed"], (state, states)
                assert all(slot.date_start <= self.now for slot in unsaid), "a date to come outlived the end"
                assert not unsaid or state != "cancelled", "hours that may have been given were cancelled"
            elif state in ("to_approve", "confirmed"):
                assert not states["proposed"] + states["cancelled"], (state, states)
                assert states["confirmed"] or state == "confirmed", (state, states)
            elif state == "contact":
                settled = application.slot_ids.filtered(lambda slot: slot.state == "confirmed")
                assert all(slot.date_start <= self.now for slot in settled), "dates that were given back are settled"
            else:
                assert not states["confirmed"] + states["cancelled"], (state, states)
            if state == "done":
                assert states["attended"] or application.cancel_reason, states
            if state in ("refused", "cancelled"):
                assert not application.seat_number
                assert application.refusal_reason or application.cancel_reason, "an end without a reason"

    def check_overlap_and_allowance(self):
        """Nobody is at two places at once, or takes more work time than the allowance, unless an officer said why."""
        for applications in self.mine.exists().grouped("employee_id").values():
            slots = applications.slot_ids.filtered(lambda slot: slot.state == "confirmed").sorted("date_start")
            for slot, following in pairwise(slots):
                assert slot.date_end <= following.date_start, f"{slot} and {following} overlap"
            counting = applications.slot_ids.filtered(
                lambda slot: slot.state in ("confirmed", "attended") and slot.time_type == "work"
            )
            if any(applications.mapped("exceed_reason")):
                continue
            for year, same_year in counting.grouped(lambda slot: slot.date_start.year).items():
                hours = sum(same_year.mapped("hours"))
                assert hours <= ALLOWANCE + 0.01, f"{hours} h of work time in {year}"

    def check_questions(self):
        """A manager is asked once while the application waits, by one activity, and never decides on themselves."""
        applications = self.mine.exists()
        approvals = applications.approval_ids
        activities = self.env["mail.activity"].search(
            [("res_model", "=", approvals._name), ("res_id", "in", approvals.ids)]
        )
        users = {approval.id: [] for approval in approvals}
        for activity in activities:
            users[activity.res_id].append(activity.user_id)
        for application in applications:
            pending = application.approval_ids.filtered(lambda approval: approval.state == "pending")
            assert len(pending) == (application.state == "to_approve"), (application.state, pending)
        for approval in approvals:
            asked = [approval.approver_id] if approval.state == "pending" and approval.approver_id else []
            assert users[approval.id] == asked, (approval.state, approval.approver_id, users[approval.id])
            assert approval.approver_id != approval.employee_user_id or not approval.approver_id
            if approval.state in ("approved", "changes", "refused"):
                assert approval.decided_by_id != approval.employee_user_id.partner_id, "decided on themselves"

    def check_ends(self):
        """What has ended waits for nobody, and nothing goes on without a registration or on a cancelled mission."""
        applications = self.mine.exists()
        ended = applications.filtered(lambda application: application.state in ENDED)
        waiting = self.env["mail.activity"].search_count(
            [("res_model", "=", applications._name), ("res_id", "in", ended.ids)]
        )
        assert not waiting, "an activity on an ended application"
        under_way = applications.filtered(lambda application: application.state not in (*ENDED, "draft"))
        registrations = self.env["hr.volunteer.registration"].search(
            [("employee_id", "in", under_way.employee_id.ids), ("state", "=", "validated")]
        )
        assert under_way.employee_id == registrations.employee_id & under_way.employee_id, "not registered any more"
        assert "cancelled" not in under_way.mission_id.mapped("state"), "goes on with a cancelled mission"
        open_keys = [(application.employee_id, application.mission_id) for application in applications - ended]
        assert len(open_keys) == len(set(open_keys)), "two open applications to one mission"

    def check_managers(self):
        """Managers see work time that they are asked about, and nothing of any personal time."""
        for user in (self.case.user_manager, self.case.user_colleague):
            others = [("employee_user_id", "!=", user.id)]
            assert not self.env["hr.volunteer.application"].with_user(user).search_count(others)
            slots = self.env["hr.volunteer.slot"].with_user(user).search(others)
            assert set(slots.mapped("time_type")) <= {"work"}, "a manager sees personal time"
            approvals = self.env["hr.volunteer.approval"].with_user(user).search(others)
            assert approvals.approver_id <= user, "a manager sees the questions of another"
            assert set(approvals.slot_ids.mapped("time_type")) <= {"work"}, "a manager sees personal time"

    def check_mails(self):
        """Each mail has one recipient, and those to managers know of no personal time."""
        mails = self.env["mail.mail"].search([("id", ">", self.last_mail_id)])
        self.last_mail_id = max(mails.ids, default=self.last_mail_id)
        self.case.counts["mails"] += len(mails)
        managers = {self.case.user_manager.email, self.case.employee_silent.work_email}
        for mail in mails:
            recipients = email_split(mail.email_to or "")
            assert len(recipients) == 1 and not mail.email_cc and not mail.recipient_ids, (mail.subject, recipients)
            if recipients[0] in managers:
                assert mail.model == "hr.volunteer.approval", f"a manager got “{mail.subject}”"
                assert not PERSONAL_TIMES.search(html2plaintext(mail.body_html)), "a manager read of personal time"
