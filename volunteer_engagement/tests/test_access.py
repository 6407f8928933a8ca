from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import VolunteerCommon


@tagged("-at_install", "post_install")
class TestAccess(VolunteerCommon):
    """Who reads what, by each way of reading."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        slots = [cls.slot_vals(), cls.slot_vals(day=5, time_type="personal")]
        cls.application = cls.make_application("to_approve", slots=slots)
        cls.approval = cls.last_approval(cls.application)

    def test_paths_are_no_oracle(self):
        """Nobody learns of a record by searching through another one."""
        slots, approvals, missions = (
            self.env[model] for model in ("hr.volunteer.slot", "hr.volunteer.approval", "hr.volunteer.mission")
        )
        questions = [
            (self.user_manager, slots, [("application_id.motivation", "ilike", "cook")]),
            (self.user_manager, slots, [("application_id.slot_ids.time_type", "=", "personal")]),
            (self.user_manager, approvals, [("application_id.motivation", "ilike", "cook")]),
            (self.user_manager, approvals, [("application_id.time_type", "=", "mixed")]),
        ]
        for user, model, domain in questions:
            with self.subTest(user=user.name, model=model._name, domain=domain):
                self.assertFalse(model.with_user(user).search(domain))
        closed = [
            (missions, [("application_ids", "!=", False)]),
            (missions, [("application_ids.employee_id", "=", self.employee.id)]),
            (self.env["hr.volunteer.program"], [("mission_ids.application_ids.motivation", "ilike", "cook")]),
        ]
        for model, domain in closed:
            for user in (self.user_colleague, self.user_manager):
                with self.subTest(user=user.name, model=model._name, domain=domain), self.assertRaises(AccessError):
                    model.with_user(user).search(domain)

    def test_manager_sees_only_work_through_the_approval(self):
        """The dates on the approval are those on work time; the application stays closed."""
        approval = self.approval.with_user(self.user_manager).sudo(False)
        self.assertEqual(len(approval.slot_ids), 1)
        self.assertEqual(approval.slot_ids.read(["time_type"])[0]["time_type"], "work")
        with self.assertRaises(AccessError):
            approval.application_id.read(["motivation"])
        with self.assertRaises(AccessError):
            approval.slot_ids.application_id.read(["state"])
        totals = self.env["hr.volunteer.slot"].with_user(self.user_manager).formatted_read_group([], [], ["hours:sum"])
        self.assertEqual(totals[0]["hours:sum"], 3)

    def test_manager_keeps_what_was_asked(self):
        """A manager reads own approvals for good, also after a move in the org chart."""
        self.last_approval(self.application).with_user(self.user_manager).action_approve()
        self.employee.parent_id = self.employee_silent
        approval = self.approval.with_user(self.user_manager).sudo(False)
        self.assertEqual(approval.read(["state"])[0]["state"], "approved")

    def test_messages_activities_and_files(self):
        """Chatter, activities and calendar files are as closed as their record."""
        self.approval.with_user(self.user_manager).action_approve()
        domain = [("model", "=", "hr.volunteer.application"), ("res_id", "=", self.application.id)]
        self.assertTrue(self.env["mail.message"].with_user(self.user_officer).search(domain))
        mails = self.env["mail.mail"].sudo().search(domain)
        attachments = mails.attachment_ids
        self.assertTrue(attachments)
        for name in ("colleague", "manager", "other company", "other officer", "portal"):
            user = self.actors[name]
            with self.subTest(actor=name):
                # everybody reads what they wrote, such as the line of their own decision
                others = [*domain, ("author_id", "!=", user.partner_id.id)]
                self.assertFalse(self.env["mail.message"].with_user(user).search(others))
                with self.assertRaises(AccessError):
                    attachments.with_user(user).read(["raw"])

    def test_officers_see_their_own_as_employees(self):
        """What is their own officers read, with the steps of an employee."""
        application = self.make_application("applied", user=self.user_officer)
        self.assertEqual(set(application._next_states()), {"contact", "cancelled"})
        self.assertNotIn("refused", application.next_states)

    def test_employee_card_tells_nothing(self):
        """No stored field of ours is on the employee, where every colleague could read it."""
        for model in ("hr.employee", "hr.employee.public"):
            for name, field in self.env[model]._fields.items():
                with self.subTest(model=model, field=name):
                    self.assertFalse(field._module == "volunteer_engagement" and field.store)
