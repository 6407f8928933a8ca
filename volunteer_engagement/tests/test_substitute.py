from datetime import datetime, time, timedelta

from psycopg2.errors import CheckViolation, ExclusionViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger
from odoo.tools.mail import html2plaintext

from .common import VolunteerCommon


@tagged("-at_install", "post_install")
class TestSubstitute(VolunteerCommon):
    """A manager who is away names a colleague, who answers meanwhile."""

    def _name(self, start=0, days=7, *, user=None, colleague=None, **values):
        """Name a substitute of the manager from today plus ``start`` days."""
        today = fields.Date.today()
        return (
            self.env["hr.volunteer.substitute"]
            .with_user(user or self.user_manager)
            .create(
                {
                    "employee_id": (colleague or self.employee_colleague).id,
                    "date_from": today + timedelta(days=start),
                    "date_to": today + timedelta(days=start + days),
                    **values,
                }
            )
        )

    def test_form_names_a_substitute(self):
        """The manager fills in a form; one without a substitute has no name yet, afterwards it names both."""
        substitutes = self.env["hr.volunteer.substitute"].with_user(self.user_manager)
        self.assertFalse(substitutes.new({"manager_id": self.employee_manager.id}).display_name)
        form = Form(substitutes)
        form.employee_id = self.employee_colleague.with_user(self.user_manager).sudo(False)
        form.date_to = fields.Date.today() + timedelta(days=7)
        substitute = form.save()
        self.assertEqual(substitute.manager_id, self.employee_manager)
        self.assertEqual(substitute.display_name, "Bruno Petit (Mona Manager)")

    def test_substitute_is_asked_and_decides_for_the_manager(self):
        """Mail and activity go to the colleague; the decision names both."""
        self._name(start=-1)
        application = self.make_application("contact")
        with self.assertMails((self.user_colleague.partner_id, "Please approve")):
            application.action_confirm()
        approval = self.last_approval(application)
        self.assertEqual((approval.manager_id, approval.approver_id), (self.employee_manager, self.user_colleague))
        self.assertEqual(self.get_activities(approval).user_id, self.user_colleague)
        for user in (self.user_manager, self.user_field):
            with self.assertRaises(AccessError):
                approval.with_user(user).sudo(False).action_approve()
        self.rpc(approval, self.user_colleague, "action_approve")
        self.assertEqual(application.state, "confirmed")
        self.assertEqual(approval.decided_by_id, self.user_colleague.partner_id)
        self.assertEqual(approval.on_behalf_of_id, self.employee_manager)
        line = self.get_log_lines(approval)[-1]
        self.assertEqual(line.author_id, self.user_colleague.partner_id)
        self.assertIn("for Mona Manager", html2plaintext(line.body))

    def test_what_waits_goes_to_the_substitute_and_back(self):
        """Naming, changing and removing a substitute moves open questions at once; decided ones stay."""
        decided = self.last_approval(self.make_application("confirmed", mission=self.make_mission("Done before")))
        application = self.make_application("to_approve", slots=[self.slot_vals(day=1)])
        approval = self.last_approval(application)
        with self.assertMails((self.user_colleague.partner_id, "Please approve")):
            substitute = self._name(start=-1)
        self.assertEqual(approval.approver_id, self.user_colleague)
        self.assertEqual(application.slot_ids.sudo().approver_id, self.user_colleague)
        self.assertEqual(self.get_activities(approval).user_id, self.user_colleague)
        self.assertEqual(decided.approver_id, self.user_manager)
        with self.assertMails((self.user_field.partner_id, "Please approve")):
            substitute.employee_id = self.employee_field
        with self.assertMails((self.user_manager.partner_id, "Please approve")):
            substitute.unlink()
        self.assertEqual(self.get_activities(approval).user_id, self.user_manager)

    def test_periods_begin_and_end_by_themselves(self):
        """The job follows the calendar of the manager."""
        self._name(start=3, days=2)
        application = self.make_application("to_approve", slots=[self.slot_vals(day=21)])
        approval = self.last_approval(application)
        now = fields.Datetime.now().replace(hour=16)
        for days, user in ((0, self.user_manager), (3, self.user_colleague), (5, self.user_colleague)):
            with freeze_time(now + timedelta(days=days)):
                self.run_job("ir_cron_volunteer_pending")
                self.assertEqual(approval.approver_id, user, f"after {days} days")
        with freeze_time(now + timedelta(days=6)):
            self.run_job("ir_cron_volunteer_pending")
        self.assertEqual(approval.approver_id, self.user_manager)

    def test_nobody_answers_about_themselves(self):
        """When the substitute is the applicant, the manager is asked."""
        self._name(start=-1, colleague=self.employee)
        approval = self.last_approval(self.make_application("to_approve"))
        self.assertEqual(approval.approver_id, self.user_manager)
        other = self.last_approval(self.make_application("to_approve", user=self.user_colleague))
        self.assertEqual(other.approver_id, self.user_employee)

    def test_nobody_chooses_who_decides_about_them(self):
        """An officer names a substitute for their own manager: about the officer the manager is asked still."""
        substitute = self._name(start=-1, user=self.user_officer, manager_id=self.employee_manager.id)
        own = self.last_approval(self.make_application("to_approve", user=self.user_officer))
        self.assertEqual(own.approver_id, self.user_manager)
        other = self.last_approval(self.make_application("to_approve"))
        self.assertEqual(other.approver_id, self.user_colleague)
        substitute.unlink()
        substitute = self._name(start=-1)
        self.assertEqual(own.approver_id, self.user_colleague)
        substitute.with_user(self.user_officer).employee_id = self.employee_field
        self.assertEqual((own.approver_id, other.approver_id), (self.user_manager, self.user_field))

    def test_mail_says_for_whom(self):
        """The substitute reads in whose place they are asked."""
        self._name(start=-1)
        application = self.make_application("contact")
        with self.assertMails((self.user_colleague.partner_id, "You are asked as the substitute of")):
            application.action_confirm()

    def test_manager_is_not_followed_twice(self):
        """The substitute of a substitute is not asked."""
        self._name(start=-1)
        self._name(
            start=-1,
            user=self.user_officer,
            colleague=self.employee_field,
            manager_id=self.employee_colleague.id,
        )
        approval = self.last_approval(self.make_application("to_approve"))
        self.assertEqual(approval.approver_id, self.user_colleague)

    def test_colleague_of_another_company(self):
        """People of another company read nothing of this one: they are no substitutes."""
        with self.assertRaisesRegex(UserError, "compan"):
            self._name(colleague=self.employee_other)

    def test_today_is_that_of_the_manager(self):
        """In New York it is yesterday still when it is tomorrow in Paris."""
        today = fields.Date.today()
        self._name(start=0, days=0)
        night = datetime.combine(today, time(3))
        substitutes = self.env["hr.volunteer.substitute"]
        for moment, is_away in (
            (night, False),
            (night + timedelta(hours=3), True),
            (night + timedelta(days=1), True),
            (night + timedelta(days=1, hours=3), False),
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                self.assertEqual(self.employee_manager in substitutes._get_current(self.employee_manager), is_away)

    def test_substitute_of_a_manager_without_user(self):
        """A manager who has no user can have somebody who answers."""
        self._name(start=-1, user=self.user_officer, manager_id=self.employee_silent.id)
        approval = self.last_approval(self.make_application("to_approve", user=self.user_field))
        self.assertEqual((approval.manager_id, approval.approver_id), (self.employee_silent, self.user_colleague))

    def test_archived_substitute_is_not_asked(self):
        """A substitute whose user is archived leaves the question to the manager."""
        self._name(start=-1)
        approval = self.last_approval(self.make_application("to_approve"))
        self.user_colleague.active = False
        self.assertEqual(approval.approver_id, self.user_manager)

    def test_who_may_name_whom(self):
        """Managers name their own, officers others' of their companies; nobody else, by no way."""
        with self.assertRaises(AccessError):
            self._name(user=self.user_employee, manager_id=self.employee_manager.id)
        with self.assertRaises(AccessError):
            self._name(user=self.user_other_officer, manager_id=self.employee_manager.id)
        substitute = self._name(user=self.user_officer, manager_id=self.employee_manager.id)
        for user in (self.user_employee, self.user_colleague, self.user_other_officer, self.user_portal):
            for method, args in (("write", [{"date_to": "2099-01-01"}]), ("unlink", [])):
                with self.subTest(user=user.name, method=method), self.assertRaises(AccessError):
                    self.rpc(substitute, user, method, *args)
        with self.assertRaises(AccessError):
            self.rpc(substitute, self.user_manager, "write", {"manager_id": self.employee.id})
        self.rpc(substitute, self.user_manager, "write", {"employee_id": self.employee_field.id})
        found = self.env["hr.volunteer.substitute"]
        self.assertTrue(found.with_user(self.user_field).search([]))
        self.assertFalse(found.with_user(self.user_colleague).search([]))

    def test_bad_substitutes(self):
        """Oneself, people who can't answer, and overlapping or reversed periods are refused in words."""
        with self.assertRaisesRegex(ValidationError, "their own substitute"):
            self._name(colleague=self.employee_manager)
        with self.assertRaisesRegex(ValidationError, "no user who could answer"):
            self._name(colleague=self.employee_silent)
        portal = self._make_employee(self.user_portal)
        with self.assertRaisesRegex(ValidationError, "no user who could answer"):
            self._name(colleague=portal)
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self._name(days=-2)
        with self.assertRaisesRegex(UserError, "no such employee"):
            self._name(user=self.user_officer, manager_id=999999999)
        self._name(start=0, days=7)
        # by the database: two people may name one at the same moment
        with self.assertRaises(ExclusionViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self._name(start=7, days=1)
        self._name(start=8, days=1)

    def test_officer_does_not_choose_who_answers_them(self):
        """A substitute named by the applicant, as an officer, does not answer about the applicant."""
        approval = self.last_approval(self.make_application("to_approve", user=self.user_officer))
        self._name(start=-1, user=self.user_officer, manager_id=self.employee_manager.id)
        self.assertEqual(approval.approver_id, self.user_manager)
        other = self.last_approval(self.make_application("to_approve"))
        self.assertEqual(other.approver_id, self.user_colleague)
