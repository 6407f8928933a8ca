from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import VolunteerCommon

STAFF = {"officer", "administrator"}

# from, step, who may
STEPS = [
    ("pending", "action_validate", STAFF),
    ("pending", "refuse", STAFF),
    ("validated", "action_withdraw", {"newcomer"} | STAFF),
    ("refused", "action_ask_again", {"newcomer"} | STAFF),
    ("withdrawn", "action_ask_again", {"newcomer"} | STAFF),
]
TARGETS = {"action_validate": "validated", "refuse": "refused", "action_withdraw": "withdrawn"}


@tagged("-at_install", "post_install")
class TestRegistration(VolunteerCommon):
    """Joining, validating, refusing, leaving and coming back, in both modes of validation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = dict(cls.actors, newcomer=cls.user_newcomer, employee=cls.user_employee)

    def _make(self, state="pending"):
        registration = (
            self.env["hr.volunteer.registration"].with_user(self.user_newcomer).create({"program_id": self.program.id})
        )
        officer = registration.with_user(self.user_officer)
        if state in ("validated", "withdrawn") and registration.state == "pending":
            officer.action_validate()
        if state == "withdrawn":
            registration.action_withdraw()
        if state == "refused":
            officer._refuse("Wait for your first month.")
        return registration

    def _walk(self, by):
        for source, method, allowed in STEPS:
            for name, user in self.people.items():
                with self.subTest(source=source, step=method, actor=name, by=by), self.undone():
                    registration = self._make(source)
                    self.assertEqual(registration.state, source)
                    if name not in allowed:
                        with self.assertRaises(AccessError):
                            self.make_step(registration, user, method, reason="Because.", by=by)
                        self.assertEqual(registration.sudo().state, source)
                        continue
                    self.make_step(registration, user, method, reason="Because.", by=by)
                    # an officer who asks again for somebody invites them
                    asked_again = "pending" if name == "newcomer" else "validated"
                    self.assertEqual(registration.sudo().state, TARGETS.get(method, asked_again))

    def test_each_step_by_button(self):
        """Each step works for those whom the table names, and is refused to all others."""
        self._walk("button")

    def test_each_step_by_call_from_outside(self):
        """Each step called from outside obeys the same table."""
        self._walk("rpc")

    def test_each_step_by_method(self):
        """Each step called as a person obeys the same table."""
        self._walk("method")

    def test_manual_mode_waits_for_an_officer(self):
        """A new registration is pending, and the officer who decides is on it."""
        registration = self._make()
        self.assertEqual(registration.state, "pending")
        self.assertEqual(registration.company_id, self.company)
        self.assertEqual(registration.employee_id.id, self.employee_newcomer.id)
        registration.with_user(self.user_officer).action_validate()
        self.assertEqual(registration.state, "validated")
        self.assertEqual(registration.sudo().decided_by_id, self.user_officer.partner_id)
        self.assertTrue(registration.decision_date)

    def test_automatic_mode_validates_at_once(self):
        """With single sign-on nobody is asked."""
        self.company.volunteer_validation_mode = "automatic"
        registration = self._make()
        self.assertEqual(registration.state, "validated")
        self.assertEqual(registration.sudo().decided_by_id, self.env.ref("base.partner_root"))
        registration.action_withdraw()
        registration.action_ask_again()
        self.assertEqual(registration.state, "validated")

    def test_mode_of_another_company_does_not_count(self):
        """The mode is the one of the employee's company."""
        self.other_company.volunteer_validation_mode = "automatic"
        self.assertEqual(self._make().state, "pending")

    def test_officer_invites(self):
        """An officer's registration of somebody is validated and decided by the officer."""
        registration = (
            self.env["hr.volunteer.registration"]
            .with_user(self.user_officer)
            .create({"employee_id": self.employee_newcomer.id})
        )
        self.assertEqual(registration.state, "validated")
        self.assertEqual(registration.sudo().decided_by_id, self.user_officer.partner_id)

    def test_nobody_validates_their_own(self):
        """Officers and administrators register like everybody, and somebody else validates."""
        for user, other in (
            (self.user_officer, self.user_administrator),
            (self.user_administrator, self.user_officer),
        ):
            with self.subTest(user=user.name), self.undone():
                self.env["hr.volunteer.registration"].sudo().search([("employee_user_id", "=", user.id)]).unlink()
                registration = self.env["hr.volunteer.registration"].with_user(user).create({})
                self.assertEqual(registration.state, "pending")
                for step in ("action_validate", "refuse"):
                    for by in ("button", "rpc", "method"):
                        with self.assertRaises(AccessError):
                            self.make_step(registration, user, step, reason="Because.", by=by)
                registration.with_user(other).action_validate()
                self.assertEqual(registration.state, "validated")

    def test_nobody_registers_somebody_else(self):
        """Only officers register others."""
        for name in ("employee", "colleague", "manager", "other company", "other officer", "portal"):
            with self.subTest(actor=name), self.assertRaises(AccessError):
                self.env["hr.volunteer.registration"].with_user(self.actors[name]).create(
                    {"employee_id": self.employee_newcomer.id}
                )

    def test_one_registration_per_employee(self):
        """The database keeps one registration per employee, for good."""
        self._make()
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self._make()

    def test_refusal_needs_a_reason(self):
        """The reason is kept until the employee asks again."""
        registration = self._make()
        with self.assertRaisesRegex(UserError, "Say why"):
            registration.with_user(self.user_officer)._refuse(" ")
        registration.with_user(self.user_officer)._refuse("Wait for your first month.")
        self.assertEqual(registration.refusal_reason, "Wait for your first month.")
        registration.action_ask_again()
        self.assertEqual(registration.state, "pending")
        self.assertFalse(registration.refusal_reason or registration.decision_date or registration.decided_by_id)

    def test_withdrawal_cancels_open_applications(self):
        """Whoever leaves leaves all missions, and those that ended stay as they are."""
        open_application = self.make_application("to_approve")
        done = self.make_application("done", mission=self.make_mission("Past one"), slots=[self.slot_vals(day=1)])
        self.registration.with_user(self.user_employee).action_withdraw()
        self.assertEqual(self.registration.state, "withdrawn")
        self.assertEqual(open_application.state, "cancelled")
        self.assertEqual(self.last_approval(open_application).state, "withdrawn")
        self.assertEqual(done.state, "done")

    def test_join_through_a_program(self):
        """The program's button registers the user, and brings a former member back on the same record."""
        program = self.program.with_user(self.user_newcomer)
        self.assertFalse(program.my_registration_state)
        window = program.action_join()
        registration = self.env["hr.volunteer.registration"].with_user(self.user_newcomer).browse(window["res_id"])
        self.assertEqual((registration.state, registration.program_id), ("pending", program))
        program.invalidate_recordset()
        self.assertEqual(program.my_registration_state, "pending")
        self.assertEqual(program.action_join()["res_id"], registration.id, "joining twice is joining once")
        registration.with_user(self.user_officer)._refuse("Not yet.")
        self.assertEqual(program.action_join()["res_id"], registration.id)
        self.assertEqual(registration.state, "pending")

    def test_join_needs_eligibility(self):
        """A program that is for others refuses in words."""
        elsewhere = self.env["hr.department"].create({"name": "Elsewhere", "company_id": self.company.id})
        self.program.with_user(self.user_officer).department_ids = [Command.set(elsewhere.ids)]
        with self.assertRaisesRegex(UserError, "certain departments"):
            self.program.with_user(self.user_newcomer).action_join()
        with self.assertRaisesRegex(UserError, "certain departments"):
            self._make()

    def test_user_without_employee_is_told_what_to_do(self):
        """A user who is no employee gets words."""
        self.employee_newcomer.user_id = False
        with self.assertRaisesRegex(UserError, "no employee"):
            self.program.with_user(self.user_newcomer).action_join()
        with self.assertRaisesRegex(UserError, "no such employee"):
            self._make()

    def test_administrator_imports_registrations(self):
        """History is created in its state and tells nobody, but never one's own."""
        with self.assertMails():
            registration = (
                self.env["hr.volunteer.registration"]
                .with_user(self.user_administrator)
                .create({"employee_id": self.employee_newcomer.id, "state": "validated"})
            )
        self.assertEqual(registration.state, "validated")
        self.env["hr.volunteer.registration"].sudo().search(
            [("employee_id", "=", self.employee_administrator.id)]
        ).unlink()
        with self.assertRaises(AccessError):
            self.env["hr.volunteer.registration"].with_user(self.user_administrator).create(
                {"employee_id": self.employee_administrator.id, "state": "validated"}
            )

    def test_validate_and_refuse_many(self):
        """The steps take many records at once."""
        registrations = self._make() + self.env["hr.volunteer.registration"].with_user(self.user_manager).create({})
        registrations.with_user(self.user_officer).action_validate()
        self.assertEqual(registrations.sudo().mapped("state"), ["validated", "validated"])

    def test_deleting_keeps_applications(self):
        """A registration with applications is withdrawn, not deleted, and only administrators delete."""
        self.make_application()
        with self.assertRaises(AccessError):
            self._make().unlink()
        with self.assertRaisesRegex(UserError, "Withdraw"):
            self.registration.with_user(self.user_administrator).unlink()
