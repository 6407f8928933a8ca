from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import VolunteerCommon


@tagged("-at_install", "post_install")
class TestApprovalFacts(VolunteerCommon):
    """What somebody needs to answer: when, how much is left, until when, and how many of the team are away."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.with_user(cls.user_administrator).work_hours_allowance = 14

    def ask(self, *, user=None, slots=None, mission=None, reader=None):
        """Return the question about an application, as whoever was asked."""
        application = self.make_application("to_approve", user=user, slots=slots, mission=mission)
        return self.last_approval(application).with_user(reader or self.user_manager).sudo(False)

    def be_away(self, employee, day=0, time_type="leave"):
        """Have somebody away on one of the known days."""
        vals = self.slot_vals(day)
        self.env["resource.calendar.leaves"].create(
            {
                "resource_id": employee.resource_id.id,
                "calendar_id": self.calendar.id,
                "date_from": vals["date_start"],
                "date_to": vals["date_end"],
                "time_type": time_type,
            }
        )

    # ---------------------------------------------------------------------
    # When, how much, until when
    # ---------------------------------------------------------------------

    def test_dates_in_words(self):
        """One date is said with its times, several as from and to, in the zone of the mission."""
        one = self.ask()
        self.assertRegex(one.dates_summary, r"^Mon, \w{3} \d+(, \d{4})?, 9:00\sAM – 12:00\sPM$")
        self.assertFalse(one.dates_text)
        many = self.ask(
            slots=[self.slot_vals(1), self.slot_vals(3), self.slot_vals(5, 19, 21, "personal")],
            mission=self.make_mission("Tokyo", tz="Asia/Tokyo"),
        )
        self.assertRegex(many.dates_summary, r"^2 dates, Tue, .* to Thu, ")
        # nine o'clock in Paris
        self.assertRegex(many.dates_text.splitlines()[0], r"^Tue, .*(4|5):00\sPM – (7|8):00\sPM \(3\sh\)$")
        self.assertNotIn("Sat", many.dates_text)
        french = many.with_context(lang="fr_FR")
        self.assertIn("mar. ", french.dates_summary)

    def test_dates_of_one_day(self):
        """Two times on one day are not from a day to itself."""
        approval = self.ask(slots=[self.slot_vals(0, 9, 10), self.slot_vals(0, 14, 15)])
        self.assertRegex(approval.dates_summary, r"^2 times on Mon, ")

    def test_date_that_turned_personal_is_not_told(self):
        """When the employee takes the dates back for personal time, the question keeps the first day and no more."""
        approval = self.ask()
        application = approval.sudo().application_id.with_user(self.user_employee).sudo(False)
        application.action_take_back()
        application.slot_ids.write({**self.slot_vals(5, 19, 21), "time_type": "personal"})
        application.action_confirm()
        self.env.invalidate_all()
        self.assertRegex(approval.dates_summary, r"^Mon, \w{3} \d+(, \d{4})?$")
        self.assertFalse(approval.dates_text)

    def test_balance_in_words(self):
        """What was left before this request, of how much; nothing where there is no limit."""
        approval = self.ask()
        self.assertEqual(approval.balance_summary, "14 h of 14 h")
        self.assertEqual(approval.hours_summary, "3 h, 14 h of 14 h left")
        self.program.with_user(self.user_administrator).work_hours_allowance = 0
        free = self.ask(slots=[self.slot_vals(1)], mission=self.make_mission("Paint"))
        self.assertFalse(free.balance_summary)
        self.assertEqual(free.hours_summary, "3 h")

    def test_last_day_to_answer(self):
        """Where silence counts the last day is said, in the zone of whoever is asked, until the answer."""
        self.assertFalse(self.ask().answer_date)
        self.program.with_user(self.user_administrator).manager_approval = "tacit"
        approval = self.ask(slots=[self.slot_vals(28)], mission=self.make_mission("Paint"))
        # in New York the deadline is a midnight of UTC-4 or UTC-5
        self.assertEqual(approval.answer_date, approval.deadline.date() - timedelta(days=1))
        self.assertRegex(approval.answer_summary, r"^Answer by \w{3}, ")
        approval.action_approve()
        self.assertFalse(approval.answer_date)
        self.assertEqual(approval.answer_summary, "Approved")

    def test_activity_waits_today(self):
        """The question waits from now on, by the calendar of whoever is asked, not some days later."""
        approval = self.ask()
        self.assertEqual(self.get_activities(approval).with_user(self.user_manager).state, "today")
        groups = self.env["res.users"].with_user(self.user_manager)._get_activity_groups()
        group = next(group for group in groups if group["model"] == approval._name)
        self.assertEqual((group["today_count"], group["total_count"]), (1, 1))

    # ---------------------------------------------------------------------
    # Who else is away
    # ---------------------------------------------------------------------

    def test_time_off_of_the_team(self):
        """Colleagues of the same manager count whose time off meets the date; others, and other days, do not."""
        # five employees have this manager, the applicant among them
        approval = self.ask()
        self.assertEqual(approval.team_summary, "0 of 4 away")
        self.be_away(self.employee_colleague)
        self.be_away(self.employee_newcomer, day=1)
        self.be_away(self.employee_officer, time_type="other")
        self.be_away(self.employee)
        self.be_away(self.employee_field)
        self.env.invalidate_all()
        self.assertEqual(approval.team_summary, "1 of 4 away")

    def test_several_dates(self):
        """Of several dates the worst counts."""
        approval = self.ask(slots=[self.slot_vals(0), self.slot_vals(1), self.slot_vals(2)])
        for employee, day in ((self.employee_colleague, 0), (self.employee_newcomer, 1), (self.employee_officer, 1)):
            self.be_away(employee, day)
        self.env.invalidate_all()
        self.assertEqual(approval.team_summary, "Up to 2 of 4 away")

    def test_work_time_of_colleagues_counts(self):
        """Work time that the same manager was asked about, answered or not, is absence too."""
        approval = self.ask()
        self.make_application("to_approve", user=self.user_colleague)
        self.assertEqual(approval.team_summary, "1 of 4 away")
        self.make_application("confirmed", user=self.user_administrator, mission=self.make_mission("Paint"))
        self.env.invalidate_all()
        self.assertEqual(approval.team_summary, "2 of 4 away")

    def test_personal_time_of_colleagues_never_counts(self):
        """A colleague who volunteers on personal time at that very moment changes nothing."""
        slots = [self.slot_vals(5, 19, 21, "personal")]
        self.make_application("confirmed", user=self.user_colleague, slots=slots)
        # no working hours, so that work time may lie on a Saturday evening
        self.employee.resource_calendar_id = False
        approval = self.ask(slots=[self.slot_vals(5, 19, 21)])
        self.assertEqual(approval.team_summary, "0 of 4 away")
        self.assertEqual(approval.with_user(self.user_officer).team_summary, "0 of 4 away")

    def test_work_time_asked_of_somebody_else(self):
        """What another person was asked about is not told by a number either."""
        approval = self.ask()
        self.make_application("confirmed", user=self.user_colleague).sudo().slot_ids.approver_id = self.user_field
        self.env.invalidate_all()
        self.assertEqual(approval.team_summary, "0 of 4 away")

    def test_who_reads_about_the_team(self):
        """Only who may answer reads it, and only while an answer is awaited."""
        approval = self.ask()
        self.assertFalse(approval.with_user(self.user_employee).team_summary)
        self.assertTrue(approval.with_user(self.user_officer).team_summary)
        approval.action_approve()
        self.assertFalse(approval.team_summary)

    def test_page_costs_the_same_for_one_and_for_many(self):
        """The facts of a page take a constant number of queries."""
        names = ["dates_summary", "dates_text", "balance_summary", "hours_summary", "answer_date", "team_summary"]
        approvals = self.env["hr.volunteer.approval"].with_user(self.user_manager)
        counts = []
        for user in (self.user_employee, self.user_colleague, self.user_officer):
            for number in range(2):
                mission = self.make_mission(f"{user.name} {number}")
                # an hour at which all of them work, wherever they are
                slots = [self.slot_vals(number, 10, 11), self.slot_vals(number + 7, 10, 11)]
                self.ask(user=user, slots=slots, mission=mission)
            self.env.flush_all()
            self.env.invalidate_all()
            page = approvals.search([("state", "=", "pending")])
            before = self.env.cr.sql_log_count
            page.web_read({name: {} for name in (*names, "next_states")})
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(page), 6)
        self.assertLessEqual(counts[-1], counts[0] + 1, counts)

    # ---------------------------------------------------------------------
    # What a substitute answered
    # ---------------------------------------------------------------------

    def test_manager_reads_what_the_substitute_answers(self):
        """Whose substitute is asked reads question and answer, does not answer, and reads no rows of dates."""
        self.env["hr.volunteer.substitute"].with_user(self.user_manager).create(
            {
                "employee_id": self.employee_colleague.id,
                "date_from": self.monday - timedelta(days=14),
                "date_to": self.monday + timedelta(days=14),
            }
        )
        approval = self.ask()
        self.assertEqual(approval.approver_id, self.user_colleague)
        self.assertRegex(approval.dates_summary, r"^Mon, .*9:00\sAM")
        self.assertFalse(approval.next_states)
        self.assertFalse(approval.team_summary)
        self.assertFalse(self.env["hr.volunteer.slot"].with_user(self.user_manager).search([]))
        approval.with_user(self.user_colleague).action_approve()
        self.env.invalidate_all()
        found = approval.search([])
        self.assertEqual(found, approval)
        self.assertEqual((found.state, found.on_behalf_of_id), ("approved", self.employee_manager))
        with self.assertRaises(AccessError):
            approval.write({"slot_ids": [Command.clear()]})
