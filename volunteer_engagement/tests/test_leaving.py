from odoo import Command, fields
from odoo.tests import tagged

from .common import VolunteerCommon


@tagged("-at_install", "post_install")
class TestLeaving(VolunteerCommon):
    """Employees leave, programs end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_hr = cls._make_user("hr", "Hilde HR", groups="hr.group_hr_user")

    def _leave(self):
        """Archive the employee as somebody of HR who has no volunteering group."""
        self.employee.with_user(self.user_hr).with_context(no_wizard=True).action_archive()
        self.assertFalse(self.employee.active)

    def test_whoever_was_told_is_told(self):
        """Associations, and the manager who was asked or told, hear that an employee leaves."""
        told = {
            "draft": [],
            "applied": [self.referent],
            "contact": [self.referent],
            "to_approve": [self.referent, self.user_manager.partner_id],
            "confirmed": [self.referent, self.user_manager.partner_id],
        }
        for state, partners in told.items():
            with self.subTest(state=state), self.undone():
                application = self.make_application(state)
                employee_mail = (self.employee.work_contact_id, "Serve meals")
                with self.assertMails(employee_mail, *((partner, "") for partner in partners)):
                    self._leave()
                self.assertEqual(application.sudo().state, "cancelled")
                self.assertIn("No longer with the company", application.sudo().cancel_reason)
                self.assertEqual(self.registration.state, "withdrawn")
                self.assertFalse(self.get_activities(application))
                self.assertFalse(self.get_activities(self.last_approval(application)))
                self.assertEqual(self.mission.seats_taken, 0)

    def test_hours_that_were_done_stay(self):
        """An application with attended dates ends in done, with its hours."""
        application = self.make_application("confirmed", slots=[self.slot_vals(), self.slot_vals(day=2)])
        first = application.slot_ids.sorted("date_start")[0]
        with self.after(application):
            first.with_user(self.user_officer).action_attended()
            self._leave()
        self.assertEqual((application.sudo().state, application.sudo().done_hours), ("done", 3))

    def test_pending_registration_is_withdrawn(self):
        """A registration that waits for validation does not wait for somebody who is gone."""
        registration = (
            self.env["hr.volunteer.registration"]
            .with_user(self.user_newcomer)
            .create({"employee_id": self.employee_newcomer.id, "program_id": self.program.id})
        )
        self.assertEqual(registration.state, "pending")
        self.employee_newcomer.with_user(self.user_hr).with_context(no_wizard=True).action_archive()
        self.assertEqual(registration.sudo().state, "withdrawn")
        self.assertFalse(self.get_activities(registration))

    def test_returning_starts_again_on_the_same_record(self):
        """Whoever comes back asks again."""
        self._leave()
        self.employee.with_user(self.user_hr).action_unarchive()
        self.assertEqual(self.registration.state, "withdrawn")
        self.registration.with_user(self.user_employee).action_ask_again()
        self.assertEqual(self.registration.state, "pending")

    def test_what_slipped_by_is_ended(self):
        """An employee who left by another way, e.g. as a resource, is found by the job."""
        application = self.make_application("applied")
        self.employee.resource_id.active = False
        self.env.flush_all()
        self.assertFalse(self.employee.active)
        with self.assertMails((self.employee.work_contact_id, "Serve meals"), (self.referent, "Serve meals")):
            self.run_job("ir_cron_volunteer_left")
        self.assertEqual((application.sudo().state, self.registration.sudo().state), ("cancelled", "withdrawn"))

    def test_departure_wizard(self):
        """Leaving by the window of HR ends volunteering, and archives the user where that is wished."""
        application = self.make_application("to_approve")
        wizard = (
            self.env["hr.departure.wizard"]
            .with_context(employee_termination=True)
            .create(
                {
                    "employee_ids": [Command.set(self.employee.ids)],
                    "departure_date": fields.Date.today(),
                    "departure_reason_id": self.env["hr.departure.reason"].search([], limit=1).id,
                    "remove_related_user": True,
                }
            )
        )
        wizard.action_register_departure()
        self.assertFalse(self.employee.active or self.user_employee.active)
        self.assertEqual((application.sudo().state, self.registration.sudo().state), ("cancelled", "withdrawn"))
        self.assertEqual(self.last_approval(application).state, "withdrawn")

    def test_many_leave_in_a_constant_number_of_queries(self):
        """Ten who leave cost about as much as one."""
        employees = self.env["hr.employee"].create(
            [
                {"name": f"Leaver {number}", "work_email": f"l{number}@maree.example", "company_id": self.company.id}
                for number in range(12)
            ]
        )
        employees.resource_calendar_id = self.calendar
        self.env["hr.volunteer.registration"].with_user(self.user_officer).create(
            [{"employee_id": employee.id} for employee in employees]
        )
        applications = self.env["hr.volunteer.application"].with_user(self.user_officer)
        applications = applications.create(
            [
                {
                    "employee_id": employee.id,
                    "mission_id": self.mission.id,
                    "slot_ids": [Command.create(self.slot_vals())],
                }
                for employee in employees
            ]
        )
        applications.action_apply()
        counts = []
        for some in (employees[:1], employees[1:2], employees[2:]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._leave_volunteering()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1] + 9 * 0.6, counts)
        self.assertEqual(set(applications.sudo().mapped("state")), {"cancelled"})

    def test_archived_user_ends_nothing(self):
        """An employee without a user goes on volunteering."""
        application = self.make_application("confirmed")
        self.user_employee.active = False
        self.assertEqual((application.sudo().state, self.registration.state), ("confirmed", "validated"))

    def test_many_leave_at_once(self):
        """Archiving several employees ends each one's applications."""
        applications = [
            self.make_application("applied", user=user) for user in (self.user_employee, self.user_colleague)
        ]
        employees = self.employee | self.employee_colleague
        employees.with_user(self.user_hr).with_context(no_wizard=True).action_archive()
        self.assertEqual({application.sudo().state for application in applications}, {"cancelled"})

    def test_archived_program_closes_its_missions(self):
        """Nobody applies to a program that has ended; who is under way goes on."""
        draft = self.make_mission("Later", state="draft")
        application = self.make_application("applied")
        self.program.with_user(self.user_officer).action_archive()
        self.assertEqual((self.mission.state, draft.state), ("closed", "draft"))
        self.assertEqual(application.state, "applied")
        application.with_user(self.user_officer).action_contact()
        application.action_confirm()
        self.assertEqual(application.state, "to_approve")
        self.program.with_user(self.user_officer).action_unarchive()
        self.assertEqual(self.mission.state, "closed")
        line = self.get_log_lines(self.mission)[-1]
        self.assertIn("The program was archived.", line.body)
        self.assertEqual(line.author_id, self.user_officer.partner_id)
