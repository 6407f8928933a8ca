from datetime import datetime, timedelta

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger
from odoo.tools.mail import html2plaintext

from .common import VolunteerCommon


@tagged("-at_install", "post_install")
class TestAllowance(VolunteerCommon):
    """Work time per employee and calendar year."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # a Monday in the middle of a year
        cls.frozen = freeze_time(datetime(2027, 5, 31, 8))
        cls.frozen.start()
        cls.addClassCleanup(cls.frozen.stop)
        cls.monday = datetime(2027, 6, 7).date()
        cls.company.volunteer_work_hours_allowance = 7
        cls.second = cls.make_mission("Sort clothes")
        cls.third = cls.make_mission("Read aloud")

    def test_balance_is_shown_and_used_up(self):
        """Employee, manager and officer see what is left; confirmed and asked hours count at once."""
        application = self.make_application("contact")
        self.assertEqual((application.allowance, application.balance), (7, 7))
        with self.assertMails(
            (self.user_manager.partner_id, "Please approve", "Left of the allowance", "7 h"),
        ):
            application.action_confirm()
        application.invalidate_recordset()
        self.assertEqual(application.with_user(self.user_officer).balance, 4)
        approval = self.last_approval(application).with_user(self.user_manager).sudo(False)
        self.assertEqual(approval.read(["allowance", "balance", "work_hours"])[0]["balance"], 7)

    def test_beyond_is_refused_in_words(self):
        """Whoever has not enough left hears how much, and nothing is taken."""
        self.make_application("confirmed")
        late = self.make_application("contact", mission=self.second, slots=[self.slot_vals(day=1, start=13, end=18)])
        with self.assertRaisesRegex(UserError, r"has 4 h of work time left in 2027.*5 h"):
            late.action_confirm()
        self.assertEqual((late.state, late.seat_number, late.slot_ids.state), ("contact", 0, "proposed"))
        with self.assertRaises(UserError):
            self.rpc(late, self.user_officer, "action_confirm")

    def test_exactly_what_is_left_is_given(self):
        """The last hour is there to be used; personal time uses none."""
        self.make_application("confirmed")
        personal = self.slot_vals(day=2, start=19, end=23, time_type="personal")
        exact = self.make_application(
            "contact", mission=self.second, slots=[self.slot_vals(day=1, start=14, end=18), personal]
        )
        exact.action_confirm()
        self.assertEqual(exact.state, "to_approve")
        self.assertEqual(exact.balance, 0)

    def test_hours_come_back(self):
        """Hours that are taken back, refused, cancelled or missed are left again."""
        for step in ("take back", "cancel", "refuse"):
            with self.subTest(step=step), self.undone():
                application = self.make_application("to_approve")
                if step == "take back":
                    application.action_take_back()
                elif step == "cancel":
                    application._cancel("Ill.")
                else:
                    self.last_approval(application).with_user(self.user_manager)._refuse("Too busy.")
                application.invalidate_recordset()
                self.assertEqual(application.balance, 7)
        application = self.make_application("confirmed")
        with self.after(application):
            application.slot_ids.with_user(self.user_officer).action_absent()
            application.invalidate_recordset()
            self.assertEqual(application.balance, 7)

    def test_two_dates_of_one_application_count_together(self):
        """An application beyond the allowance is not split."""
        slots = [self.slot_vals(day=day, start=9, end=12) for day in range(3)]
        application = self.make_application("contact", slots=slots)
        with self.assertRaisesRegex(UserError, "has 7 h"):
            application.action_confirm()

    def test_each_year_has_its_own(self):
        """Hours of one calendar year leave the next untouched."""
        self.make_application(
            "confirmed",
            slots=[
                self.slot_vals(start=9, end=12),
                self.slot_vals(day=1, start=14) | {"date_end": self.slot_vals(day=1, end=18)["date_end"]},
            ],
        )
        days = (datetime(2028, 1, 3).date() - self.monday).days
        following = self.make_application(
            "contact", mission=self.second, slots=[self.slot_vals(day=days, start=9, end=12)]
        )
        self.assertEqual(following.balance, 7)
        following.action_confirm()
        self.assertEqual(following.state, "to_approve")

    def test_new_year_parts_a_night(self):
        """A date over New Year, in the employee's zone, counts in both years."""
        self.employee.resource_calendar_id = self._make_calendar(self.company, flexible_hours=True)
        start = datetime(2027, 12, 31, 21)  # 22:00 in Paris
        slots = [{"date_start": start, "date_end": start + timedelta(hours=6), "time_type": "work"}]
        application = self.make_application("contact", slots=slots)
        application.action_confirm()
        hours = application.slot_ids.sudo()._get_hours_by_year()
        self.assertEqual({year: round(value, 2) for year, value in hours.items()}, {2027: 2, 2028: 4})

    def test_question_over_new_year_shows_one_year(self):
        """The manager reads what is left in the year of the first date, with the hours of that year alone."""
        self.employee.resource_calendar_id = self._make_calendar(self.company, flexible_hours=True)
        slots = [
            {"date_start": datetime(2027, 12, day, 9), "date_end": datetime(2027, 12, day, 11), "time_type": "work"}
            for day in (29, 30)
        ]
        slots += [{"date_start": datetime(2028, 1, 5, 9), "date_end": datetime(2028, 1, 5, 14), "time_type": "work"}]
        application = self.make_application("contact", slots=slots)
        application.action_confirm()
        approval = self.last_approval(application)
        self.assertEqual((approval.work_hours, approval.balance, application.balance), (9, 7, 3))

    def test_form_that_says_a_date_before_anything_else(self):
        """A date that is entered before employee and mission has no zone yet, and breaks nothing."""
        vals = {"employee_id": False, "slot_ids": [Command.create(self.slot_vals())]}
        application = self.env["hr.volunteer.application"].with_user(self.user_officer).new(vals)
        self.assertEqual((application.allowance, application.balance), (0, 0))

    def test_program_may_have_its_own(self):
        """A program's allowance binds its missions, and leaves the company's untouched."""
        own = (
            self.env["hr.volunteer.program"]
            .with_user(self.user_administrator)
            .create({"name": "Mentoring", "company_id": self.company.id, "work_hours_allowance": 3})
        )
        mission = self.make_mission("Mentor", program_id=own.id)
        application = self.make_application("confirmed", mission=mission)
        application.invalidate_recordset()
        self.assertEqual((application.allowance, application.balance), (3, 0))
        other = self.make_application("contact", mission=self.second, slots=[self.slot_vals(day=1)])
        self.assertEqual(other.balance, 7)
        more = self.make_application(
            "contact", mission=self.make_mission("More", program_id=own.id), slots=[self.slot_vals(day=2)]
        )
        with self.assertRaisesRegex(UserError, "has 0 h"):
            more.action_confirm()

    def test_without_allowance_nothing_binds(self):
        """0 hours in the settings mean no limit, and no balance is shown."""
        self.company.volunteer_work_hours_allowance = 0
        slots = [self.slot_vals(day=day) for day in range(5)]
        application = self.make_application("contact", slots=slots)
        self.assertFalse(application.allowance)
        application.action_confirm()
        self.assertEqual(application.state, "to_approve")

    def test_officer_exceeds_with_a_reason(self):
        """An officer may go beyond; the reason is kept and logged. Employees and their own managers may not."""
        late = self.make_application("contact", slots=[self.slot_vals(day=day) for day in range(3)])
        with self.assertRaisesRegex(UserError, "Say why"):
            late.with_user(self.user_officer)._exceed("  ")
        with self.assertRaises(AccessError):
            late._exceed("I want to.")
        with self.assertRaises(AccessError):
            self.rpc(late, self.user_employee, "action_exceed")
        window = late.with_user(self.user_officer).action_exceed()
        wizard = self.env["hr.volunteer.reason.wizard"].with_user(self.user_officer)
        wizard.with_context(**window["context"]).create({"reason": "National day of solidarity"}).action_confirm()
        self.assertEqual((late.state, late.exceed_reason), ("to_approve", "National day of solidarity"))
        self.assertIn("National day of solidarity", html2plaintext(self.get_log_lines(late)[-1].body))
        late.invalidate_recordset()
        self.assertEqual(late.balance, -2)

    def test_officer_does_not_exceed_for_themselves(self):
        """On their own applications officers are employees."""
        own = self.make_application(
            "contact", user=self.user_officer, slots=[self.slot_vals(day=day) for day in range(3)]
        )
        with self.assertRaises(AccessError):
            own._exceed("I am an officer.")
        with self.assertRaises(AccessError):
            self.program.with_user(self.user_officer).work_hours_allowance = 500

    def test_negative_allowance_is_refused(self):
        """An allowance is none or more."""
        for record, field in (
            (self.company, "volunteer_work_hours_allowance"),
            (self.program.sudo(), "work_hours_allowance"),
        ):
            with self.subTest(record=record), mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
                record[field] = -1
                self.env.flush_all()

    def test_employee_page_tells_those_whom_it_concerns(self):
        """The employee and officers see hours and balance on the employee's page; managers and colleagues see 0."""
        personal = self.slot_vals(day=2, start=19, end=21, time_type="personal")
        self.make_application("confirmed", slots=[self.slot_vals(), personal])
        public = self.env["hr.employee.public"].browse(self.employee.id)
        fields_ = ["volunteer_hours", "volunteer_allowance", "volunteer_balance", "is_volunteer_visible"]
        for user in (self.user_employee, self.user_officer):
            with self.subTest(user=user.name):
                values = public.with_user(user).read(fields_)[0]
                self.assertEqual([values[name] for name in fields_], [5, 7, 4, True])
        for user in (self.user_manager, self.user_colleague):
            with self.subTest(user=user.name):
                values = public.with_user(user).read(fields_)[0]
                self.assertEqual([values[name] for name in fields_], [0, 0, 0, False])
        window = public.with_user(self.user_officer).action_open_volunteer_applications()
        found = self.env[window["res_model"]].with_user(self.user_officer).search(window["domain"])
        self.assertEqual(found.employee_id, self.employee)

    def test_exceeding_twice_does_not_answer_for_the_manager(self):
        """An officer who clicks twice leaves the question to the manager."""
        late = self.make_application("contact", slots=[self.slot_vals(day=day) for day in range(3)])
        late.with_user(self.user_officer)._exceed("Solidarity day.")
        with self.assertRaises(UserError):
            late.with_user(self.user_officer)._exceed("Solidarity day.")
        self.assertEqual(self.last_approval(late).state, "pending")

    def test_balance_of_a_colleague_is_not_computed(self):
        """A form that is filled with a colleague's name tells nothing of their hours."""
        applications = self.env["hr.volunteer.application"]
        values = {"employee_id": self.employee.id, "program_id": self.program.id}
        with self.assertRaises(AccessError):
            self.rpc(applications, self.user_colleague, "onchange", values, [], {"balance": {}, "allowance": {}})
        own = {**values, "employee_id": self.employee_colleague.id}
        self.rpc(applications, self.user_colleague, "onchange", own, [], {"balance": {}, "allowance": {}})
