from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import VolunteerCommon

STEP = "volunteer_engagement.mt_step"


@tagged("-at_install", "post_install")
class TestLeak(VolunteerCommon):
    """Side doors that were open once."""

    def test_form_of_a_date_tells_nothing_of_a_foreign_application(self):
        """Whoever computes the form of a date for somebody else's application is refused."""
        application = self.make_application("contact")
        spec = {"application_id": {}, "employee_id": {"fields": {"display_name": {}}}, "mission_id": {}}
        for user in (self.user_colleague, self.user_manager):
            slots = self.env["hr.volunteer.slot"].with_user(user)
            for value in (application.id, {"id": application.id}):
                with self.subTest(user=user.name, value=value), self.assertRaises(AccessError):
                    slots.onchange({"application_id": value}, ["application_id"], spec)
            with self.subTest(user=user.name, by="context"), self.assertRaises(AccessError):
                slots.with_context(default_application_id=application.id).onchange({}, [], spec)

    def test_a_refusal_does_not_tell_who_takes_part_where(self):
        """Applying or registering for a colleague is refused alike, whether the colleague takes part or not."""
        self.make_application("applied")
        for employee in (self.employee, self.employee_field):
            for model, values in (
                ("hr.volunteer.application", {"mission_id": self.mission.id}),
                ("hr.volunteer.registration", {}),
            ):
                with self.subTest(model=model, employee=employee.name), self.assertRaises(AccessError):
                    self.env[model].with_user(self.user_manager).create(dict(values, employee_id=employee.id))

    def test_log_lines_of_steps_stay_as_they_are(self):
        """Nobody forges, rewrites or deletes the line that says who made a step."""
        application = self.make_application("contact").with_user(self.user_employee)
        line = self.get_log_lines(application)[:1].with_user(self.user_employee)
        self.assertEqual(line.sudo().subtype_id, self.env.ref(STEP))
        with self.assertRaises(AccessError):
            application.message_post(body="Refused", subtype_xmlid=STEP)
        with self.assertRaises(AccessError):
            application.message_post(body="Refused", subtype_id=self.env.ref(STEP).id)
        with self.assertRaises(AccessError):
            application.message_notify(
                body="Refused", subtype_xmlid=STEP, partner_ids=self.user_employee.partner_id.ids
            )
        with self.assertRaises(AccessError):
            line.write({"body": "Something else"})
        with self.assertRaises(AccessError):
            line.unlink()

    def test_refusal_to_change_a_date_does_not_tell_where_it_stands(self):
        """Whoever may not write a date is told so, not that it is settled."""
        slot = self.make_application("confirmed").slot_ids[:1]
        for user in (self.user_colleague, self.user_manager):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                slot.with_user(user).write(self.slot_vals(day=2))

    def test_second_click_on_apply_tells_nobody_of_another_mission(self):
        """Applying again to the same mission, as an officer may by a stale page, is refused and mails nobody."""
        application = self.make_application("applied").with_user(self.user_officer)
        with self.assertMails(), self.assertRaises(UserError):
            application.action_apply()
        self.assertEqual(application.mission_id, self.mission)

    def test_validation_waits_on_somebody_who_can_answer(self):
        """A responsible who is no officer gets no activity: an officer does."""
        self.program.with_user(self.user_administrator).user_id = self.user_colleague
        registration = self.env["hr.volunteer.registration"].with_user(self.user_newcomer)._join(self.program)
        activity = self.get_activities(registration.sudo())
        self.assertEqual(registration.state, "pending")
        self.assertTrue(activity.user_id.has_group("volunteer_engagement.group_volunteer_officer"))

    def test_notes_on_a_mission_are_for_officers(self):
        """Employees read a mission, not what officers note on it."""
        note = self.mission.with_user(self.user_officer).message_post(body="Elodie is often late")
        messages = self.env["mail.message"]
        self.assertFalse(messages.with_user(self.user_colleague).search([("id", "=", note.id)]))
        self.assertTrue(messages.with_user(self.user_officer).search([("id", "=", note.id)]))

    def test_calendar_file_cannot_be_swapped_before_it_is_sent(self):
        """The employee reads the file of the confirmed dates and does not change it."""
        application = self.make_application("confirmed")
        attachment = self.env["mail.mail"].sudo().search([("attachment_ids", "!=", False)], limit=1).attachment_ids
        self.assertEqual(attachment.name, "volunteering.ics")
        own = attachment.with_user(application.employee_user_id)
        self.assertIn(b"BEGIN:VEVENT", own.raw)
        with self.assertRaises(AccessError):
            own.write({"name": "other.txt"})

    def test_ended_program_takes_nobody(self):
        """Nobody joins a program that was archived."""
        self.program.with_user(self.user_officer).action_archive()
        with self.assertRaisesRegex(UserError, "it has ended"):
            self.program.with_user(self.user_newcomer).action_join()

    def test_manager_keeps_what_was_asked(self):
        """A manager reads own approvals for good, also after a move in the org chart."""
        application = self.make_application("confirmed")
        self.employee.parent_id = self.employee_silent
        approval = self.last_approval(application).with_user(self.user_manager).sudo(False)
        self.assertEqual(approval.read(["state"])[0]["state"], "approved")

    def test_officers_see_their_own_as_employees(self):
        """What is their own officers read, with the steps of an employee."""
        application = self.make_application("applied", user=self.user_officer)
        self.assertNotIn("refused", application.next_states)
        self.assertIn("cancelled", application._next_states())
