from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import VolunteerCommon


@tagged("-at_install", "post_install")
class TestWizard(VolunteerCommon):
    """The window that asks why."""

    def _open(self, window, user):
        wizards = self.env[window["res_model"]].with_user(user).with_context(**window["context"])
        return Form(wizards)

    def test_each_window_makes_its_step(self):
        """Each button opens a window which, filled in, makes the step."""
        other = self.make_mission("Sort clothes")
        cases = [
            ("applied", "application", "action_refuse", self.user_officer, "refused"),
            ("applied", "application", "action_cancel", self.user_employee, "cancelled"),
            ("applied", "application", "action_redirect", self.user_officer, "applied"),
            ("to_approve", "approval", "action_request_changes", self.user_manager, "contact"),
            ("to_approve", "approval", "action_refuse", self.user_manager, "refused"),
        ]
        for source, model, method, user, target in cases:
            with self.subTest(model=model, method=method), self.undone():
                application = self.make_application(source)
                records = application if model == "application" else self.last_approval(application)
                window = getattr(records.with_user(user).sudo(False), method)()
                self.assertEqual(window["target"], "new")
                form = self._open(window, user)
                if method == "action_redirect":
                    form.mission_id = other
                else:
                    form.reason = "Because."
                wizard = form.save()
                self.assertEqual(wizard.action_confirm(), {"type": "ir.actions.act_window_close"})
                self.assertEqual(application.state, target)

    def test_registration_window(self):
        """A registration is refused through the window."""
        registration = self.env["hr.volunteer.registration"].with_user(self.user_newcomer).create({})
        form = self._open(registration.with_user(self.user_officer).action_refuse(), self.user_officer)
        form.reason = "Not yet."
        form.save().action_confirm()
        self.assertEqual(registration.refusal_reason, "Not yet.")

    def test_form_needs_what_it_asks(self):
        """Nobody goes on without a reason or a mission."""
        application = self.make_application("applied").with_user(self.user_officer)
        for method in ("action_refuse", "action_redirect"):
            with self.subTest(method=method), self.assertRaises(AssertionError):
                self._open(getattr(application, method)(), self.user_officer).save()
        for step, words in (("refuse", "Say why"), ("redirect", "Choose the mission")):
            wizard = (
                self.env["hr.volunteer.reason.wizard"]
                .with_user(self.user_officer)
                .create({"res_model": application._name, "res_ids": application.ids, "step": step})
            )
            with self.subTest(step=step), self.assertRaisesRegex(UserError, words):
                wizard.action_confirm()

    def test_window_opens_for_those_who_may(self):
        """The button is refused before anything is typed."""
        application = self.make_application("applied")
        for method, user in (("action_refuse", self.user_employee), ("action_redirect", self.user_employee)):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(application.with_user(user), method)()
        with self.assertRaises(AccessError):
            application.with_user(self.user_colleague).action_cancel()

    def test_many_records(self):
        """One reason for many applications."""
        applications = self.make_application("applied") + self.make_application("applied", user=self.user_colleague)
        form = self._open(applications.with_user(self.user_officer).action_refuse(), self.user_officer)
        form.reason = "The kitchen is closed."
        form.save().action_confirm()
        self.assertEqual(applications.sudo().mapped("state"), ["refused", "refused"])

    def test_window_calls_nothing_else(self):
        """A forged window reaches no other model, step or record."""
        application = self.make_application("to_approve")
        approval = self.last_approval(application)
        wizards = self.env["hr.volunteer.reason.wizard"]
        partner = self.user_colleague.partner_id
        cases = [
            (self.user_employee, "res.users", self.user_officer.ids, "refuse"),
            (self.user_employee, "res.partner", partner.ids, "cancel"),
            (self.user_employee, "no.such.model", [1], "refuse"),
            (self.user_officer, "hr.volunteer.approval", approval.ids, "cancel"),
            (self.user_officer, "hr.volunteer.registration", self.registration.ids, "redirect"),
            (self.user_officer, "hr.volunteer.mission", self.mission.ids, "cancel"),
            (self.user_colleague, "hr.volunteer.application", application.ids, "cancel"),
            (self.user_manager, "hr.volunteer.application", application.ids, "refuse"),
            (self.user_employee, "hr.volunteer.approval", approval.ids, "refuse"),
            (self.user_other_officer, "hr.volunteer.approval", approval.ids, "refuse"),
        ]
        for user, res_model, res_ids, step in cases:
            with self.subTest(user=user.name, res_model=res_model, step=step), self.assertRaises(UserError):
                wizard = wizards.with_user(user).create(
                    {"res_model": res_model, "res_ids": res_ids, "step": step, "reason": "Because."}
                )
                wizard.action_confirm()
        self.assertEqual((application.state, approval.state), ("to_approve", "pending"))

    def test_window_of_somebody_else(self):
        """Nobody confirms what another person typed."""
        application = self.make_application("applied")
        wizard = (
            self.env["hr.volunteer.reason.wizard"]
            .with_user(self.user_officer)
            .create(
                {"res_model": application._name, "res_ids": application.ids, "step": "refuse", "reason": "Because."}
            )
        )
        with self.assertRaises(AccessError):
            wizard.with_user(self.user_colleague).read(["reason"])
        with self.assertRaises(AccessError):
            wizard.with_user(self.user_employee).action_confirm()
        self.assertEqual(application.state, "applied")

    def test_missions_to_propose(self):
        """The window proposes published missions of the association."""
        application = self.make_application("applied").with_user(self.user_officer)
        wizard = (
            self.env["hr.volunteer.reason.wizard"]
            .with_user(self.user_officer)
            .with_context(**application.action_redirect()["context"])
            .create({})
        )
        self.assertEqual(wizard.association_id, self.association)
