from datetime import timedelta

from psycopg2.errors import ForeignKeyViolation, UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from ..models.lifecycle_mixin import Actor
from .common import VolunteerCommon

STAFF = {"officer", "administrator"}
OWNER = {"employee"}
MANAGER = {"manager"}
PERSONAL = [{"start": 19, "end": 21, "time_type": "personal"}]

# row of the documented table, from, model, step, to, who may; None for the dates means work time
STEPS = [
    ("1", "draft", "application", "action_apply", "applied", OWNER | STAFF, None),
    ("2", "applied", "application", "action_contact", "contact", OWNER | STAFF, None),
    ("3", "applied", "application", "refuse", "refused", STAFF, None),
    ("3", "contact", "application", "refuse", "refused", STAFF, None),
    ("4", "applied", "application", "redirect", "applied", STAFF, None),
    ("4", "contact", "application", "redirect", "applied", STAFF, None),
    ("5", "contact", "application", "action_confirm", "to_approve", OWNER | STAFF, None),
    ("6", "contact", "application", "action_confirm", "confirmed", OWNER | STAFF, PERSONAL),
    ("7", "to_approve", "approval", "action_approve", "confirmed", MANAGER | STAFF, None),
    ("8", "to_approve", "approval", "request_changes", "contact", MANAGER | STAFF, None),
    ("8", "to_approve", "application", "action_take_back", "contact", OWNER, None),
    ("10", "to_approve", "application", "request_changes", "contact", OWNER | STAFF, None),
    ("10", "confirmed", "application", "action_take_back", "contact", OWNER, None),
    ("10", "confirmed", "application", "request_changes", "contact", OWNER | STAFF, PERSONAL),
    ("9", "to_approve", "approval", "refuse", "refused", MANAGER | STAFF, None),
    ("11", "confirmed", "application", "action_done", "done", STAFF, None),
    ("12", "draft", "application", "cancel", "cancelled", OWNER | STAFF, None),
    ("12", "applied", "application", "cancel", "cancelled", OWNER | STAFF, None),
    ("12", "contact", "application", "cancel", "cancelled", OWNER | STAFF, None),
    ("12", "to_approve", "application", "cancel", "cancelled", OWNER | STAFF, None),
    ("12", "confirmed", "application", "cancel", "cancelled", OWNER | STAFF, None),
]

# the whole table, by roles: whatever is not here is refused to everybody
TABLE = {
    ("draft", "applied"): {"employee", "officer"},
    ("applied", "contact"): {"employee", "officer", "association"},
    **{(state, "waiting"): {"employee", "officer"} for state in ("draft", "applied", "contact")},
    ("waiting", "waiting"): {"system"},
    ("waiting", "refused"): {"officer", "association"},
    ("waiting", "to_approve"): {"employee", "officer"},
    ("waiting", "confirmed"): {"employee", "officer"},
    ("waiting", "cancelled"): {"employee", "officer", "system"},
    ("applied", "to_approve"): {"employee", "officer"},
    ("applied", "confirmed"): {"employee", "officer"},
    ("applied", "refused"): {"officer", "association"},
    ("contact", "refused"): {"officer", "association"},
    ("applied", "applied"): {"officer", "association"},
    ("contact", "applied"): {"officer", "association"},
    ("contact", "to_approve"): {"employee", "officer"},
    ("contact", "confirmed"): {"employee", "officer"},
    ("to_approve", "confirmed"): {"manager", "officer", "system"},
    ("to_approve", "contact"): {"manager", "officer", "employee", "system"},
    ("confirmed", "contact"): {"employee", "officer"},
    ("to_approve", "refused"): {"manager", "officer"},
    ("confirmed", "done"): {"officer", "association", "system"},
    **{(state, "done"): {"system"} for state in ("contact", "waiting", "to_approve")},
    ("draft", "cancelled"): {"employee", "officer", "system"},
    ("applied", "cancelled"): {"employee", "officer", "system"},
    ("contact", "cancelled"): {"employee", "officer", "system"},
    ("to_approve", "cancelled"): {"employee", "officer", "system"},
    ("confirmed", "cancelled"): {"employee", "officer", "association", "system"},
}
# in the table, and not offered by a button while nothing speaks for it
POINTLESS = {
    "draft": {"waiting"},
    "applied": {"waiting", "to_approve", "confirmed"},
    "contact": {"waiting"},
    "waiting": {"to_approve", "confirmed"},
}
STATES = ("draft", "applied", "contact", "waiting", "to_approve", "confirmed", "done", "refused", "cancelled")
ROLES = ("employee", "officer", "manager", "association", "system")


@tagged("-at_install", "post_install")
class TestApplicationSteps(VolunteerCommon):
    """Each row of the table, for each person, by each way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_mission = cls.make_mission("Sort clothes")

    def _walk(self, by):
        for row, source, model, method, target, allowed, slots in STEPS:
            with self.undone():
                slots_vals = [self.slot_vals(**vals) for vals in slots or [{}]]
                application = self.make_application(source, slots=slots_vals)
                if target == "done":
                    with self.after(application):
                        application.sudo().slot_ids._transition("attended", actor=Actor("association", self.referent))
                records = application if model == "application" else self.last_approval(application)
                for name, user in self.actors.items():
                    with self.subTest(row=row, source=source, step=method, actor=name, by=by), self.undone():
                        values = {"reason": "Because.", "mission": self.other_mission, "by": by}
                        if name not in allowed:
                            # officers ask for a change, with a reason, instead of taking back
                            takes_back = method == "action_take_back" and name in STAFF
                            with self.assertRaises(UserError if takes_back else AccessError):
                                self.make_step(records, user, method, **values)
                            self.assertEqual(application.sudo().state, source)
                            continue
                        self.make_step(records, user, method, **values)
                        self.assertEqual(application.sudo().state, target)
                        author = self.get_log_lines(application)[-1].author_id
                        self.assertEqual(author, user.partner_id, "the log names who did it")

    def test_each_row_by_button(self):
        """Each step works for those whom the table names, and is refused to all others."""
        self._walk("button")

    def test_each_row_by_call_from_outside(self):
        """Each step called from outside obeys the same table."""
        self._walk("rpc")

    def test_each_row_by_method(self):
        """Each step called by another module as a person obeys the same table."""
        self._walk("method")

    def test_whole_table_by_role(self):
        """A step that is not in the table is open to no role, from no state."""
        for state in STATES:
            with self.undone():
                application = self.make_application(state).sudo()
                for target in STATES:
                    for role in ROLES:
                        with self.subTest(source=state, target=target, role=role):
                            allowed = bool(application._filter_allowed(target, Actor(role, self.referent)))
                            self.assertEqual(allowed, role in TABLE.get((state, target), ()))

    def test_next_states_say_what_buttons_show(self):
        """The possible steps of a record are those of the reader's roles."""
        roles = {"employee": "employee", "officer": "officer", "administrator": "officer"}
        for state in STATES:
            with self.undone():
                application = self.make_application(state)
                for name, role in roles.items():
                    with self.subTest(state=state, actor=name):
                        seen = application.with_user(self.actors[name])
                        expected = {
                            target for (source, target), who in TABLE.items() if source == state and role in who
                        }
                        expected -= POINTLESS.get(state, set())
                        self.assertEqual(set(seen._next_states()), expected)
                        self.assertEqual(set(filter(None, seen.next_states.split(","))), expected)

    def test_association_acts_by_a_checked_link(self):
        """The association makes its own steps as the referent, who is the author of the log line."""
        actor = Actor("association", self.referent)
        steps = [
            ("applied", "contact", {}),
            ("applied", "refused", {"reason": "Full team."}),
            ("contact", "refused", {"reason": "Full team."}),
            ("confirmed", "cancelled", {"reason": "The kitchen burnt down."}),
        ]
        for source, target, values in steps:
            with self.subTest(source=source, target=target), self.undone():
                application = self.make_application(source).sudo()
                application._transition(target, actor=actor, **values)
                self.assertEqual(application.state, target)
                self.assertEqual(self.get_log_lines(application)[-1].author_id, self.referent)
        for source, target in (("draft", "applied"), ("contact", "confirmed"), ("to_approve", "confirmed")):
            with self.subTest(source=source, target=target, refused=True), self.undone():
                application = self.make_application(source).sudo()
                with self.assertRaises(AccessError):
                    application._transition(target, actor=actor, reason="Please.")

    def test_superuser_without_an_actor_is_refused(self):
        """Code that runs as superuser must say who acts."""
        application = self.make_application("draft")
        with self.assertRaises(AccessError):
            application.sudo()._transition("applied")
        with self.assertRaises(AccessError):
            application.sudo().action_apply()
        self.assertEqual(application.state, "draft")

    def test_private_methods_are_not_called_from_outside(self):
        """What stands behind the buttons can't be called over the network."""
        application = self.make_application("applied")
        for method, args in (
            ("_transition", ["confirmed"]),
            ("_write_step", [{"state": "confirmed"}]),
            ("_refuse", ["Because."]),
            ("_cancel", ["Because."]),
            ("_take_seats", []),
            ("_after_step", [{}, None, ""]),
        ):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self.rpc(application, self.user_officer, method, *args)
        self.assertEqual(application.state, "applied")

    def test_nobody_is_officer_of_their_own_application(self):
        """Officers and administrators are plain employees on what is their own."""
        cases = [
            ("applied", "refuse"),
            ("contact", "refuse"),
            ("applied", "redirect"),
            ("to_approve", "action_approve"),
            ("to_approve", "request_changes"),
            ("confirmed", "action_done"),
        ]
        for user in (self.user_officer, self.user_administrator):
            for source, method in cases:
                for by in ("button", "rpc", "method"):
                    with self.subTest(user=user.name, source=source, method=method, by=by), self.undone():
                        application = self.make_application(source, user=user)
                        records = application
                        if method in ("action_approve", "request_changes"):
                            records = self.last_approval(application).with_env(self.env)
                        with self.assertRaises(AccessError):
                            self.make_step(records, user, method, reason="Because.", mission=self.other_mission, by=by)
                        self.assertEqual(application.sudo().state, source)

    def test_reason_is_needed(self):
        """Refusing, cancelling and asking for a change need a sentence, blanks are none."""
        for reason in (False, "", "   \n"):
            for source, method in (("applied", "refuse"), ("applied", "cancel"), ("to_approve", "request_changes")):
                with self.subTest(method=method, reason=reason), self.undone():
                    application = self.make_application(source)
                    records, user = application, self.user_officer
                    if method == "request_changes":
                        records, user = self.last_approval(application).with_env(self.env), self.user_manager
                    with self.assertRaisesRegex(UserError, "Say why"):
                        self.make_step(records, user, method, reason=reason)
                    self.assertEqual(application.sudo().state, source)

    def test_reasons_are_kept(self):
        """The reason is on the record and in the log line, as text."""
        application = self.make_application("applied")
        application.with_user(self.user_officer)._refuse("  No <b>place</b>.  ")
        self.assertEqual(application.refusal_reason, "No <b>place</b>.")
        self.assertIn("No &lt;b&gt;place&lt;/b&gt;.", self.get_log_lines(application)[-1].body)
        application = self.make_application("applied")
        application._cancel("I am moving.")
        self.assertEqual(application.cancel_reason, "I am moving.")

    def test_ends_are_ends(self):
        """Nothing leads out of refused, cancelled and done."""
        for state in ("refused", "cancelled", "done"):
            with self.subTest(state=state), self.undone():
                application = self.make_application(state)
                for method in ("action_apply", "action_contact", "action_confirm", "action_take_back", "action_done"):
                    for user in (self.user_employee, self.user_officer):
                        with self.assertRaises(UserError):
                            getattr(application.with_user(user), method)()
                with self.assertRaises(UserError):
                    application._cancel("Again.")
                self.assertEqual(application.state, state)

    def test_batch_is_all_or_nothing(self):
        """One record that can't make the step stops all of them."""
        applications = self.make_application("applied") + self.make_application("draft", user=self.user_colleague)
        with self.assertRaises(UserError):
            applications.with_user(self.user_officer).action_contact()
        self.assertEqual(applications.sudo().mapped("state"), ["applied", "draft"])


@tagged("-at_install", "post_install")
class TestApplication(VolunteerCommon):
    """What the steps need, and what they leave behind."""

    def test_employee_applies_and_the_application_knows_its_context(self):
        """A new application copies company, program, association and department of today."""
        application = self.make_application("applied")
        self.assertRecordValues(
            application.sudo(),
            [
                {
                    "employee_id": self.employee.id,
                    "employee_user_id": self.user_employee.id,
                    "company_id": self.company.id,
                    "program_id": self.program.id,
                    "association_id": self.association.id,
                    "department_id": self.department.id,
                    "state": "applied",
                    "time_type": "work",
                    "refusal_reason": False,
                }
            ],
        )
        self.assertTrue(application.applied_date)
        self.assertFalse(application.confirmed_date)
        self.assertTrue(application.is_mine)
        self.assertFalse(application.with_user(self.user_officer).is_mine)

    def test_apply_needs_a_validated_registration(self):
        """Whoever is not registered, or not any more, keeps a draft."""
        application = self.make_application(user=self.user_newcomer)
        with self.assertRaisesRegex(UserError, "not registered"):
            application.action_apply()
        registration = self.env["hr.volunteer.registration"].with_user(self.user_newcomer).create({})
        with self.assertRaisesRegex(UserError, "not registered"):
            application.action_apply()
        registration.with_user(self.user_officer).action_validate()
        application.action_apply()
        self.assertEqual(application.state, "applied")
        self.registration.with_user(self.user_employee).action_withdraw()
        late = self.make_application()
        with self.assertRaisesRegex(UserError, "not registered"):
            late.action_apply()

    def test_apply_needs_a_published_mission(self):
        """A closed or cancelled mission takes no applications, a draft is not even seen."""
        for state in ("closed", "cancelled"):
            with self.subTest(state=state):
                application = self.make_application(mission=self.make_mission(f"Mission {state}", state))
                with self.assertRaisesRegex(UserError, "does not take applications"):
                    application.action_apply()
        with self.assertRaises(AccessError):
            self.make_application(mission=self.make_mission("Secret", "draft"))

    def test_apply_needs_a_date_in_the_future(self):
        """No date, or only past ones, is no application."""
        applications = self.env["hr.volunteer.application"].with_user(self.user_employee)
        empty = applications.create({"mission_id": self.mission.id})
        with self.assertRaisesRegex(UserError, "at least one date"):
            empty.action_apply()
        empty.slot_ids = [Command.create(self.slot_vals(day=-28))]
        with self.assertRaisesRegex(UserError, "at least one date"):
            empty.action_apply()
        empty.slot_ids = [Command.create(self.slot_vals())]
        empty.action_apply()
        self.assertEqual(empty.state, "applied")

    def test_apply_needs_an_eligible_employee(self):
        """Each condition of the program stops whoever does not meet it, and names it."""
        tag = self.env["hr.employee.category"].create({"name": "Cook"})
        location = self.env["hr.work.location"].create(
            {"name": "Lyon", "company_id": self.company.id, "address_id": self.company.partner_id.id}
        )
        elsewhere = self.env["hr.department"].create({"name": "Elsewhere", "company_id": self.company.id})
        conditions = [
            ({"department_ids": [Command.set(elsewhere.ids)]}, "departments"),
            ({"employee_tag_ids": [Command.set(tag.ids)]}, "tags"),
            ({"work_location_ids": [Command.set(location.ids)]}, "work locations"),
            ({"min_seniority_months": 1200}, "seniority"),
        ]
        application = self.make_application()
        for values, words in conditions:
            with self.subTest(condition=words), self.undone():
                self.program.with_user(self.user_officer).write(values)
                with self.assertRaisesRegex(UserError, words):
                    application.action_apply()
        above = self.env["hr.department"].create({"name": "All sales", "company_id": self.company.id})
        self.department.parent_id = above
        self.program.with_user(self.user_officer).write(
            {"department_ids": [Command.set(above.ids)], "min_seniority_months": 12}
        )
        application.action_apply()
        self.assertEqual(application.state, "applied", "a department counts with those below it")

    def test_one_open_application_per_employee_and_mission(self):
        """The second open application is refused by the database; after the end of the first one it is not."""
        first = self.make_application("applied")
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.make_application()
        first._cancel("Later.")
        self.make_application("applied")

    def test_confirm_needs_each_date_to_be_possible(self):
        """No date, past dates, no time type and a wrong time type are refused in words."""
        application = self.make_application("contact", slots=[self.slot_vals(time_type=False)])
        with self.assertRaisesRegex(UserError, "Choose work time or personal time"):
            application.action_confirm()
        application.slot_ids.time_type = "work"
        with self.undone():
            self.program.with_user(self.user_officer).allowed_time_types = "personal"
            with self.assertRaisesRegex(UserError, "personal time only"):
                application.action_confirm()
        with self.after(application), self.assertRaisesRegex(UserError, "is past"):
            application.action_confirm()
        application.slot_ids.unlink()
        with self.assertRaisesRegex(UserError, "at least one date"):
            application.action_confirm()
        self.assertEqual(application.state, "contact")

    def test_confirm_cannot_choose_its_end(self):
        """Whether the manager is asked is decided by dates and mode, not by whoever calls."""
        application = self.make_application("contact")
        with self.assertRaises(UserError):
            application._transition("confirmed")
        personal = self.make_application(
            "contact", user=self.user_colleague, slots=[self.slot_vals(start=20, end=22, time_type="personal")]
        )
        with self.assertRaises(UserError):
            personal._transition("to_approve")

    def test_confirming_twice_does_not_answer_for_the_manager(self):
        """An officer who clicks again on a confirmed application changes nothing."""
        application = self.make_application("to_approve")
        with self.assertRaises(UserError):
            application.with_user(self.user_officer).action_confirm()
        self.assertEqual(application.state, "to_approve")
        self.assertEqual(self.last_approval(application).state, "pending")

    def test_confirmed_dates_are_settled(self):
        """Motivation and dates can't be changed while the manager is asked and afterwards, whoever tries."""
        for state in ("to_approve", "confirmed", "done", "refused", "cancelled"):
            with self.undone():
                application = self.make_application(state)
                slot = application.slot_ids
                for user in (self.user_employee, self.user_officer, self.env.user):
                    attempts = [
                        lambda env, a=application: a.with_env(env).write({"motivation": "New"}),
                        lambda env, a=application: a.with_env(env).write(
                            {"slot_ids": [Command.create(self.slot_vals(day=1))]}
                        ),
                        lambda env, s=slot: s.with_env(env).write({"date_end": s.date_end + timedelta(hours=1)}),
                        lambda env, s=slot: s.with_env(env).write({"time_type": "personal"}),
                        lambda env, s=slot: s.with_env(env).unlink(),
                        lambda env, a=application: env["hr.volunteer.slot"].create(
                            dict(self.slot_vals(day=1), application_id=a.id)
                        ),
                    ]
                    for number, attempt in enumerate(attempts):
                        env = self.env(user=user, su=user == self.env.user)
                        with self.subTest(state=state, user=user.name, attempt=number), self.assertRaises(UserError):
                            attempt(env)
                self.assertEqual(len(application.sudo().slot_ids), 1)

    def test_dates_are_free_until_confirmed(self):
        """The employee and the officer change dates in draft, applied and contact."""
        for state in ("draft", "applied", "contact"):
            for user in (self.user_employee, self.user_officer):
                with self.subTest(state=state, user=user.name), self.undone():
                    application = self.make_application(state).with_user(user)
                    application.write({"slot_ids": [Command.create(self.slot_vals(day=1))], "motivation": "More"})
                    application.slot_ids[:1].write({"time_type": "personal"})
                    application.slot_ids[-1:].unlink()
                    self.assertEqual(len(application.slot_ids), 1)

    def test_take_back_frees_the_dates(self):
        """Dates that are taken back are proposed again and the question is withdrawn."""
        application = self.make_application("to_approve")
        application.action_take_back()
        self.assertEqual(application.state, "contact")
        self.assertEqual(application.slot_ids.state, "proposed")
        self.assertEqual(application.seat_number, 0)
        self.assertEqual(self.last_approval(application).state, "withdrawn")
        application.action_confirm()
        self.assertEqual(application.approval_ids.sorted("id").mapped("state"), ["withdrawn", "pending"])

    def test_redirect_moves_to_another_mission_of_the_association(self):
        """The application moves with its dates and is applied again."""
        other = self.make_mission("Sort clothes")
        application = self.make_application("contact")
        application.with_user(self.user_officer)._redirect(other)
        self.assertEqual(application.state, "applied")
        self.assertEqual(application.mission_id, other)
        self.assertEqual(application.slot_ids.sudo().mission_id, other)

    def test_redirect_refuses_what_does_not_fit(self):
        """Another association, an unpublished mission, the same one and one with an open application are refused."""
        elsewhere = self.env["res.partner"].create(
            {"name": "Clean Sea", "is_volunteer_association": True, "email": "sea@sea.example"}
        )
        application = self.make_application("applied").with_user(self.user_officer)
        busy = self.make_mission("Sort clothes")
        self.make_application("applied", mission=busy)
        missions = {
            "is not a mission of": self.make_mission(
                "Beach", association_id=elsewhere.id, referent_id=elsewhere.id, address_id=elsewhere.id
            ),
            "does not take applications": self.make_mission("Closed one", "closed"),
            "is the mission applied to": self.mission,
            "has an open application": busy,
        }
        for words, mission in missions.items():
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words):
                application._redirect(mission.with_user(self.user_officer))
        self.assertEqual(application.mission_id, self.mission)

    def test_done_needs_attendance_of_each_date(self):
        """An application ends when attendance of each date is said, and counts the hours of those attended."""
        application = self.make_application("confirmed", slots=[self.slot_vals(), self.slot_vals(day=1)])
        officer_application = application.with_user(self.user_officer)
        with self.after(application):
            with self.assertRaisesRegex(UserError, "Say first"):
                officer_application.action_done()
            officer_application.slot_ids[0].action_attended()
            officer_application.slot_ids[1].action_absent()
            officer_application.action_done()
        self.assertEqual(application.state, "done")
        self.assertEqual(application.done_hours, 3)
        self.assertEqual(application.work_hours, 3)

    def test_all_absent_ends_in_cancelled(self):
        """Somebody who never came has not done the mission."""
        application = self.make_application("confirmed")
        with self.after(application):
            application.slot_ids.with_user(self.user_officer).action_absent()
            application.with_user(self.user_officer).action_done()
        self.assertEqual(application.state, "cancelled")
        self.assertEqual(application.done_hours, 0)
        self.assertIn("Absent", application.cancel_reason)

    def test_cancel_after_an_attended_date_ends_in_done(self):
        """Hours that were done are kept, the dates to come are cancelled."""
        application = self.make_application("confirmed", slots=[self.slot_vals(), self.slot_vals(day=14)])
        first, second = application.slot_ids
        with freeze_time(first.date_end + timedelta(hours=1)):
            first.with_user(self.user_officer).action_attended()
            application._cancel("I broke my leg.")
        self.assertEqual(application.state, "done")
        self.assertEqual(application.cancel_reason, "I broke my leg.")
        self.assertEqual((first.state, second.state), ("attended", "cancelled"))
        self.assertEqual(application.done_hours, 3)

    def test_only_drafts_are_deleted(self):
        """An application that somebody heard of stays."""
        for state in ("applied", "contact", "to_approve", "confirmed", "done", "refused", "cancelled"):
            with self.undone():
                application = self.make_application(state)
                for user in (self.user_employee, self.user_officer, self.user_administrator):
                    with self.subTest(state=state, user=user.name), self.assertRaises(UserError):
                        application.with_user(user).unlink()
        draft = self.make_application()
        with self.assertRaises(AccessError):
            draft.with_user(self.user_colleague).unlink()
        draft.unlink()
        self.assertFalse(draft.exists())

    def test_mission_and_employee_are_kept(self):
        """What an application points to can't be deleted under it, not even below the ORM."""
        application = self.make_application("applied")
        application.flush_recordset()
        for table, record in (("hr_volunteer_mission", self.mission), ("hr_employee", self.employee)):
            with (
                self.subTest(table=table),
                self.assertRaises(ForeignKeyViolation),
                mute_logger("odoo.sql_db"),
            ):
                self.env.cr.execute(SQL("DELETE FROM %s WHERE id = %s", SQL.identifier(table), record.id))

    def test_copy_starts_anew(self):
        """A duplicate has no state, decision or seat of the original."""
        application = self.make_application("confirmed", mission=self.make_mission("Limited", capacity=3))
        application.with_user(self.user_officer)._cancel("Kitchen closed.")
        copy = application.copy()
        self.assertEqual(copy.state, "draft")
        self.assertFalse(copy.confirmed_date or copy.applied_date or copy.cancel_reason or copy.seat_number)
        self.assertEqual(copy.employee_id, self.employee)

    def test_history_keeps_its_department(self):
        """A move of the employee after confirmation changes no figure."""
        application = self.make_application("contact")
        moved = self.env["hr.department"].create({"name": "Logistics", "company_id": self.company.id})
        self.employee.department_id = moved
        application.action_confirm()
        self.assertEqual(application.sudo().department_id, moved, "a move before confirmation counts")
        self.last_approval(application).with_user(self.user_manager).action_approve()
        self.employee.department_id = self.department
        self.employee.parent_id = self.employee_silent
        self.assertEqual(application.sudo().department_id, moved)
        self.assertEqual(application.slot_ids.sudo().department_id, moved)
        self.assertEqual(self.last_approval(application).manager_id, self.employee_manager)

    def test_cron_ends_what_is_said(self):
        """The scheduled action ends applications whose dates are over and said, and no other."""
        said = self.make_application("confirmed")
        unsaid = self.make_application("confirmed", user=self.user_colleague)
        with self.after(said):
            said.slot_ids.with_user(self.user_officer).action_attended()
            with self.enter_registry_test_mode():
                self.env.ref("volunteer_engagement.ir_cron_volunteer_done").method_direct_trigger()
        self.assertEqual(said.state, "done")
        self.assertEqual(unsaid.state, "confirmed")
        self.assertEqual(self.get_log_lines(said)[-1].author_id, self.env.ref("base.partner_root"))

    def test_administrator_imports_history(self):
        """An administrator creates applications of others in any state: hours count and nobody is told."""
        with self.assertMails():
            history = (
                self.env["hr.volunteer.application"]
                .with_user(self.user_administrator)
                .create(
                    {
                        "employee_id": self.employee.id,
                        "mission_id": self.mission.id,
                        "state": "done",
                        "slot_ids": [Command.create(dict(self.slot_vals(day=-70), state="attended"))],
                    }
                )
            )
        self.assertEqual(history.state, "done")
        self.assertEqual(history.slot_ids.state, "attended")
        self.assertEqual(history.done_hours, 3)
        self.assertFalse(self.get_activities(history))

    def test_administrator_does_not_write_own_history(self):
        """Nobody gives hours to themselves, and officers import nothing."""
        values = {"mission_id": self.mission.id, "state": "done"}
        applications = self.env["hr.volunteer.application"]
        with self.assertRaises(AccessError):
            applications.with_user(self.user_administrator).create(
                dict(values, employee_id=self.employee_administrator.id)
            )
        with self.assertRaises(AccessError):
            applications.with_user(self.user_officer).create(dict(values, employee_id=self.employee.id))

    def test_officer_applies_for_an_employee(self):
        """An officer enters an application that came by phone."""
        application = (
            self.env["hr.volunteer.application"]
            .with_user(self.user_officer)
            .create(
                {
                    "employee_id": self.employee.id,
                    "mission_id": self.mission.id,
                    "slot_ids": [Command.create(self.slot_vals())],
                }
            )
        )
        application.action_apply()
        self.assertEqual(application.employee_user_id, self.user_employee)

    def test_user_without_employee_is_told_what_to_do(self):
        """A user who is no employee gets words, not an error of the database."""
        self.employee_newcomer.user_id = False
        with self.assertRaisesRegex(UserError, "You are no employee"):
            self.make_application(user=self.user_newcomer)

    def test_open_from_the_mission(self):
        """The mission's button opens the window to apply with a date in it, then the application that was sent."""
        window = self.mission.with_user(self.user_employee).action_apply()
        self.assertFalse(window["res_id"])
        self.assertEqual(window["target"], "new")
        self.assertEqual(window["context"]["default_mission_id"], self.mission.id)
        application = self.make_application()
        self.assertEqual(self.mission.with_user(self.user_employee).action_apply()["res_id"], application.id)
        application.action_apply()
        window = self.mission.with_user(self.user_employee).action_apply()
        self.assertEqual((window["res_id"], window["target"]), (application.id, "current"))
        self.assertFalse(self.mission.with_user(self.user_colleague).action_apply()["res_id"])
        self.assertEqual(
            self.mission.with_user(self.user_newcomer).action_apply()["res_model"], "hr.volunteer.program"
        )
