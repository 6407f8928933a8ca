from datetime import datetime, timedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import VolunteerCommon, utc


@tagged("-at_install", "post_install")
class TestTacit(VolunteerCommon):
    """Where silence is a yes: the deadline, what it needs, and the job that counts it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # a Tuesday
        cls.today = datetime(2027, 3, 2, 15)
        frozen = freeze_time(cls.today)
        frozen.start()
        cls.addClassCleanup(frozen.stop)
        cls.monday = datetime(2027, 4, 5).date()
        cls.company.write({"volunteer_manager_approval": "tacit", "volunteer_tacit_days": 3})

    def _ask(self, **values):
        application = self.make_application("to_approve", **values)
        return application, self.last_approval(application)

    def _send(self, approval, state="sent"):
        self.env["mail.mail"].search([("model", "=", approval._name), ("res_id", "=", approval.id)]).state = state

    def test_deadline_is_the_end_of_a_working_day(self):
        """Three working days of the manager after the day of the mail, in the manager's zone."""
        _application, approval = self._ask()
        # asked on a Tuesday: Wednesday, Thursday, Friday in New York
        self.assertEqual(approval.deadline, utc(datetime(2027, 3, 6).date(), 0, tz="America/New_York"))

    def test_weekends_and_time_off_do_not_count(self):
        """Days off of the manager, public holidays and weekends are passed over."""
        zone = "America/New_York"
        self.env["resource.calendar.leaves"].create(
            [
                {
                    "name": "Off",
                    "calendar_id": self.calendar.id,
                    "resource_id": self.employee_manager.resource_id.id,
                    "date_from": utc(datetime(2027, 3, 3).date(), 0, tz=zone),
                    "date_to": utc(datetime(2027, 3, 4).date(), 0, tz=zone),
                },
                {
                    "name": "Holiday",
                    "calendar_id": self.calendar.id,
                    "date_from": utc(datetime(2027, 3, 8).date(), 0, tz=zone),
                    "date_to": utc(datetime(2027, 3, 9).date(), 0, tz=zone),
                },
            ]
        )
        _application, approval = self._ask()
        # Thursday, Friday, Tuesday
        self.assertEqual(approval.deadline, utc(datetime(2027, 3, 10).date(), 0, tz=zone))

    def test_manager_without_schedule_works_monday_to_friday(self):
        """Without a working schedule the week has five days."""
        self.employee_manager.resource_calendar_id = False
        self.company.volunteer_tacit_days = 4
        _application, approval = self._ask()
        self.assertEqual(approval.deadline, utc(datetime(2027, 3, 9).date(), 0, tz="America/New_York"))

    def test_silence_counts_after_the_deadline(self):
        """The job gives the work time once: employee, association and manager are told."""
        application, approval = self._ask()
        self._send(approval)
        with freeze_time(approval.deadline - timedelta(minutes=1)):
            self.run_job("ir_cron_volunteer_pending")
            self.assertEqual(application.state, "to_approve")
        with (
            freeze_time(approval.deadline + timedelta(minutes=1)),
            self.assertMails(
                (self.employee.work_contact_id, "Serve meals"),
                (self.referent, "Serve meals"),
                (self.user_manager.partner_id, "Counted as approved"),
            ),
        ):
            self.run_job("ir_cron_volunteer_pending")
            self.run_job("ir_cron_volunteer_pending")
        self.assertEqual((application.state, approval.state), ("confirmed", "tacit"))
        self.assertFalse(approval.decided_by_id)
        self.assertFalse(self.get_activities(approval))
        with self.assertRaises(UserError):
            approval.with_user(self.user_manager).sudo(False).action_approve()

    def test_manager_is_told_what_silence_means(self):
        """The mail names the deadline, in the manager's zone."""
        application = self.make_application("contact")
        with self.assertMails((self.user_manager.partner_id, "Without an answer the work time counts as given")):
            application.action_confirm()

    def test_answers_in_time_are_answers(self):
        """Each of the three answers works as where approval is required."""
        for answer, state in (("action_approve", "confirmed"), ("request_changes", "contact"), ("refuse", "refused")):
            with self.subTest(answer=answer), self.undone():
                application, approval = self._ask()
                self.make_step(approval.sudo(False), self.user_manager, answer, reason="Because.")
                self.assertEqual(application.state, state)

    def test_never_when_the_mail_failed(self):
        """A question that did not reach the manager is not answered by silence."""
        for state in ("exception", "outgoing", "cancel"):
            with self.subTest(state=state), self.undone():
                application, approval = self._ask()
                self._send(approval, state)
                with freeze_time(approval.deadline + timedelta(minutes=1)):
                    self.run_job("ir_cron_volunteer_pending")
                self.assertEqual(application.state, "to_approve")

    def test_a_failed_mail_ends_the_deadline(self):
        """As soon as it is known that the mail did not leave, form and log say that an answer is needed."""
        application, approval = self._ask()
        self._send(approval, "exception")
        self.run_job("ir_cron_volunteer_pending")
        self.assertFalse(approval.deadline)
        self.assertIn("silence does not count", approval.message_ids[0].body)
        self.assertEqual(application.state, "to_approve")

    def test_never_without_an_address(self):
        """A manager who has no address is not asked by mail, and not taken at their silence."""
        self.user_manager.partner_id.email = False
        _application, approval = self._ask()
        self.assertEqual(approval.approver_id, self.user_manager)
        self.assertFalse(approval.deadline)

    def test_only_the_mail_that_asks_counts(self):
        """A word in the conversation that did not arrive does not keep silence from counting."""
        application, approval = self._ask()
        self._send(approval)
        approval.with_user(self.user_employee).sudo(False).message_post(
            body="Please?", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.env["mail.mail"].create(
            {"model": approval._name, "res_id": approval.id, "message_type": "comment", "state": "exception"}
        )
        with freeze_time(approval.deadline + timedelta(minutes=1)):
            self.run_job("ir_cron_volunteer_pending")
        self.assertEqual((application.state, approval.state), ("confirmed", "tacit"))

    def test_flexible_schedule_has_no_weekend(self):
        """A schedule that names no days is taken from Monday to Friday."""
        flexible = self._make_calendar(self.company, schedule_type="flexible", hours_per_day=8, hours_per_week=40)
        self.employee_manager.resource_calendar_id = flexible
        self.company.volunteer_tacit_days = 4
        # a day off on Thursday
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Off",
                "calendar_id": flexible.id,
                "resource_id": self.employee_manager.resource_id.id,
                "date_from": utc(datetime(2027, 3, 4).date(), 0, tz="America/New_York"),
                "date_to": utc(datetime(2027, 3, 5).date(), 0, tz="America/New_York"),
            }
        )
        _application, approval = self._ask()
        self.assertEqual(approval.deadline, utc(datetime(2027, 3, 10).date(), 0, tz="America/New_York"))

    def test_days_of_whoever_answers(self):
        """While the manager is away the days of the substitute count, in the substitute's zone."""
        self.env["hr.volunteer.substitute"].with_user(self.user_manager).create(
            {
                "employee_id": self.employee_colleague.id,
                "date_from": self.today.date(),
                "date_to": self.today.date() + timedelta(days=30),
            }
        )
        _application, approval = self._ask()
        self.assertEqual(approval.approver_id, self.user_colleague)
        self.assertEqual(approval.deadline, utc(datetime(2027, 3, 6).date(), 0, tz="Europe/London"))

    def test_somebody_new_has_all_the_days(self):
        """Whoever is asked later answers later; who has no user is not taken at their silence."""
        _application, approval = self._ask()
        first = approval.deadline
        with freeze_time(self.today + timedelta(days=1)):
            self.employee.parent_id = self.employee_colleague
            self.assertEqual(approval.approver_id, self.user_colleague)
            self.assertGreater(approval.deadline, first)
            self.employee.parent_id = self.employee_silent
        self.assertFalse(approval.deadline)

    def test_many_deadlines_in_a_constant_number_of_queries(self):
        """Deadlines of many questions are read together."""
        counts = []
        approvals = self.env["hr.volunteer.approval"].sudo()
        for number in range(4):
            slots = [self.slot_vals(day=number)]
            approvals += self._ask(mission=self.make_mission(f"Mission {number}"), slots=slots)[1]
        found = approvals._find_approvers(approvals.application_id)
        for some in (approvals[:1], approvals[:1], approvals):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertTrue(all(some._get_tacit_deadlines(found).values()))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1] + 1, counts)

    def test_never_without_an_approver(self):
        """Where nobody is asked, nobody is silent."""
        _application, approval = self._ask(user=self.user_field)
        self.assertFalse(approval.approver_id)
        self.assertFalse(approval.deadline)

    def test_never_when_the_date_comes_first(self):
        """A date before the deadline needs an answer, and goes back to the employee without one."""
        thursday = (datetime(2027, 3, 4).date() - self.monday).days
        application, approval = self._ask(slots=[self.slot_vals(day=thursday)])
        self.assertFalse(approval.deadline)
        self._send(approval)
        with (
            freeze_time(approval.date_start + timedelta(minutes=1)),
            self.assertMails(
                (self.employee.work_contact_id, "Serve meals", "Nobody answered"),
                (self.referent, "Serve meals"),
                (self.user_manager.partner_id, "does not need the work time"),
            ),
        ):
            self.run_job("ir_cron_volunteer_pending")
        self.assertEqual((application.state, approval.state), ("contact", "withdrawn"))
        self.assertEqual(application.slot_ids.state, "proposed")
        self.assertEqual(self.get_activities(application).user_id, self.user_employee)

    def test_required_has_no_deadline(self):
        """Where an answer is required silence says nothing; programs may differ from the settings."""
        self.program.with_user(self.user_administrator).manager_approval = "required"
        _application, approval = self._ask()
        self.assertFalse(approval.deadline)
        self.company.volunteer_manager_approval = "required"
        self.program.with_user(self.user_administrator).manager_approval = "tacit"
        _application, approval = self._ask(user=self.user_colleague)
        self.assertTrue(approval.deadline)

    def test_one_that_fails_does_not_stop_the_others(self):
        """The job goes on after a question that can't be counted."""
        first, first_approval = self._ask()
        second, second_approval = self._ask(user=self.user_colleague)
        self._send(first_approval, "exception")
        self._send(second_approval)
        with freeze_time(second_approval.deadline + timedelta(minutes=1)):
            self.run_job("ir_cron_volunteer_pending")
        self.assertEqual((first.state, second.state), ("to_approve", "confirmed"))

    def test_days_are_one_to_sixty(self):
        """A company sets how long managers have, within reason."""
        for days in (0, -1, 61):
            with self.subTest(days=days), self.assertRaisesRegex(Exception, "tacit_days"):
                self.company.volunteer_tacit_days = days
                self.env.flush_all()

    def test_manager_without_user_gives_nothing_by_silence(self):
        """A substitute makes silence count again, from the day on which they are asked."""
        _application, approval = self._ask(user=self.user_field)
        self.env["hr.volunteer.substitute"].with_user(self.user_officer).create(
            {
                "manager_id": self.employee_silent.id,
                "employee_id": self.employee_colleague.id,
                "date_from": self.today.date(),
                "date_to": self.today.date() + timedelta(days=30),
            }
        )
        self.assertTrue(approval.deadline)
        self.assertEqual(approval.approver_id, self.user_colleague)

    def test_never_when_nothing_was_sent(self):
        """Without a mail silence says nothing; a failed one to somebody who was asked before does not matter."""
        application, approval = self._ask()
        self._send(approval)
        other, other_approval = self._ask(user=self.user_colleague)
        self.env["mail.mail"].search([("model", "=", approval._name), ("res_id", "=", other_approval.id)]).unlink()
        self._send(approval, "exception")
        self.employee.sudo().parent_id = self.employee_administrator
        self.env["mail.mail"].search(
            [("model", "=", approval._name), ("res_id", "=", approval.id)], order="id desc", limit=1
        ).state = "sent"
        self.assertEqual(approval.approver_id, self.user_administrator)
        with freeze_time(max(approval.deadline, other_approval.deadline) + timedelta(minutes=1)):
            self.run_job("ir_cron_volunteer_pending")
        self.assertEqual((application.state, other.state), ("confirmed", "to_approve"))

    def test_portal_manager_is_not_silent(self):
        """A manager who has pages only is not asked in Odoo: an officer answers."""
        portal = self._make_employee(self.user_portal)
        self.employee.sudo().parent_id = portal
        _application, approval = self._ask()
        self.assertEqual(approval.manager_id, portal)
        self.assertFalse(approval.approver_id or approval.deadline)
