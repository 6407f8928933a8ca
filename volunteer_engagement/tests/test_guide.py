from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools.misc import format_datetime

from .common import VolunteerCommon

APPLY_FORM = "volunteer_engagement.hr_volunteer_application_view_form_apply"
# by state: whose turn it is, and a word of what is said to the employee and to the officer
STEPS = {
    "draft": ("employee", "check the dates", "has not sent"),
    "applied": ("association", "will get in touch", "will get in touch"),
    "contact": ("employee", "then confirm them", "The employee confirms"),
    "waiting": ("place", "a mail comes", "a mail comes"),
    "to_approve": ("manager", "has not answered", "has not answered"),
    "confirmed": ("date", "All is settled", "All is settled"),
    "done": ("over", "Thank you", "Thank you"),
    "refused": ("over", "The team is complete.", "The team is complete."),
    "cancelled": ("over", "I am moving.", "I am moving."),
}


@tagged("-at_install", "post_install")
class TestGuide(VolunteerCommon):
    """What comes next, whose turn it is, and the window to apply."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_employee.lang = "en_US"
        cls.market = cls.make_mission("Market", skip_contact=True)
        cls.shifts = cls.make_shift(cls.market, capacity=1) + cls.make_shift(cls.market, day=1, capacity=2)

    def _open_window(self, mission=None, user=None):
        window = (mission or self.market).with_user(user or self.user_employee).action_apply()
        records = self.env[window["res_model"]].with_user(user or self.user_employee)
        records = records.browse(window["res_id"]).with_context(**window["context"])
        return Form(records, view=APPLY_FORM)

    # ---------------------------------------------------------------------
    # The next step
    # ---------------------------------------------------------------------

    def test_next_step_by_state_and_reader(self):
        """Each state says whose turn it is and what comes next, to the employee and to officers."""
        for state, (turn, mine, theirs) in STEPS.items():
            with self.subTest(state=state), self.undone():
                application = self.make_application(state)
                self.assertEqual(application.turn, turn)
                self.assertIn(mine, application.next_step)
                self.assertIn(theirs, application.with_user(self.user_officer).next_step)

    def test_next_step_after_a_change_was_asked(self):
        """What the manager wants changed is part of the sentence."""
        application = self.make_application("to_approve")
        self.last_approval(application).with_user(self.user_manager)._request_changes("Not on a Monday.")
        self.assertEqual(application.turn, "employee")
        self.assertIn("Not on a Monday.", application.next_step)

    def test_next_step_where_silence_counts(self):
        """The day until which the manager answers is said, and that nobody is there to answer."""
        self.company.volunteer_manager_approval = "tacit"
        application = self.make_application("to_approve", slots=[self.slot_vals(day=21)])
        self.assertTrue(self.last_approval(application).deadline)
        self.assertIn("answers until", application.next_step)
        self.last_approval(application).approver_id = False
        application.invalidate_recordset(["next_step"])
        self.assertIn("Nobody is there", application.next_step)

    def test_last_moment_of_an_answer_as_mails_say_it(self):
        """The deadline is the last minute of a day, as in the mail, in the time zone of whoever reads it."""
        self.company.volunteer_manager_approval = "tacit"
        application = self.make_application("to_approve", slots=[self.slot_vals(day=21)])
        approval = self.last_approval(application)
        self.assertIn("11:59", approval._format_deadline())
        last = approval.deadline - timedelta(seconds=1)
        for user in (self.user_manager, self.user_employee, self.user_administrator):
            with self.subTest(user=user.name):
                self.assertIn(
                    format_datetime(self.env, last, tz=user.tz, dt_format="short"),
                    application.with_user(user).sudo().next_step,
                )

    def test_times_of_the_place(self):
        """Next date and kept place are in the mission's zone, as in mails; it is named to those elsewhere."""
        confirmed = self.make_application("confirmed")
        waiting = self.make_application("waiting", mission=self.make_mission("Paint"), slots=[self.slot_vals(day=1)])
        waiting.mission_id._offer_places()
        self.assertEqual(self.mission.tz, "Europe/Paris")
        self.user_portal.tz = False
        readers = (
            (self.user_employee, False),
            (self.user_officer, True),
            (self.user_manager, True),
            (self.user_portal, True),
        )
        for user, is_named in readers:
            with self.subTest(tz=user.tz):
                date, kept = [
                    record.with_user(user).sudo().with_context(tz=user.tz).next_step for record in (confirmed, waiting)
                ]
                self.assertIn("09:00", date)
                self.assertIn(waiting._format_deadline(), kept)
                for words in (date, kept):
                    self.assertEqual("(Europe/Paris)" in words, is_named)

    def test_last_moment_of_an_answer_for_readers_without_a_zone(self):
        """They read it in the zone of the mission, which is named."""
        self.company.volunteer_manager_approval = "tacit"
        application = self.make_application("to_approve", slots=[self.slot_vals(day=21)])
        self.user_portal.tz = False
        approval = self.last_approval(application)
        words = application.with_user(self.user_portal).sudo().with_context(tz=False).next_step
        last = format_datetime(self.env, approval._get_last_moment(), tz="Europe/Paris", dt_format="short")
        self.assertIn(f"{last} (Europe/Paris)", words)

    def test_who_says_who_was_there(self):
        """Once the date is over the association says it, or an officer."""
        application = self.make_application("confirmed")
        with self.after(application):
            application.invalidate_recordset(["next_step"])
            self.assertIn("the association or an officer says who was there", application.next_step)

    def test_next_step_of_a_place_that_is_kept(self):
        """A place that is kept is the employee's turn, and a date that is over the officer's."""
        application = self.make_application("waiting")
        application.mission_id._offer_places()
        self.assertEqual(application.turn, "employee")
        self.assertIn("kept for you until", application.next_step)
        self.assertIn("kept for the employee", application.with_user(self.user_officer).next_step)

    def test_next_step_without_a_talk(self):
        """Where no talk is needed the employee goes on at once."""
        application = self.make_application(mission=self.market, slots=[{"shift_id": self.shifts[1].id}])
        application.action_apply()
        self.assertEqual(application.turn, "employee")
        self.assertIn("confirm your dates", application.next_step)

    def test_what_waits_for_me_comes_first(self):
        """My applications begin with those that wait for me, and end with those that are over."""
        for number, state in enumerate(("cancelled", "applied", "confirmed", "draft", "to_approve")):
            slots = [self.slot_vals(day=number)]
            self.make_application(state, mission=self.make_mission(state), slots=slots)
        mine = self.env["hr.volunteer.application"].with_user(self.user_employee).search([], order="turn, id desc")
        self.assertEqual(mine.mapped("state"), ["draft", "to_approve", "applied", "confirmed", "cancelled"])

    def test_first_date(self):
        """The next date to come is shown, and the last one once all are over."""
        slots = [self.slot_vals(), self.slot_vals(day=1)]
        application = self.make_application("confirmed", slots=slots)
        self.assertEqual(application.first_date, slots[0]["date_start"])
        self.assertEqual(application.first_slot_date, slots[0]["date_start"])
        with self.after(application):
            application.invalidate_recordset(["first_date"])
            self.assertEqual(application.first_date, slots[1]["date_start"])

    def test_sentences_take_as_many_queries_for_many(self):
        """A page of applications takes as many queries as one."""
        applications = self.env["hr.volunteer.application"]
        for number in range(5):
            mission = self.make_mission(f"Mission {number}")
            applications += self.make_application("to_approve", mission=mission, slots=[self.slot_vals(day=number)])

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.with_user(self.user_employee).web_read({"next_step": {}, "first_date": {}, "next_states": {}})
            return self.env.cr.sql_log_count - before

        applications = applications.with_user(self.user_employee)
        count(applications[:1])
        self.assertEqual(count(applications), count(applications[:1]))

    # ---------------------------------------------------------------------
    # The window to apply
    # ---------------------------------------------------------------------

    def test_window_sends_with_what_it_proposes(self):
        """Whoever only presses the button has proposed a date on the right time."""
        with self._open_window(self.mission) as window:
            window.motivation = "I cook."
        application = window.record
        self.assertEqual(application.state, "draft")
        result = application.action_send()
        self.assertEqual(application.state, "applied")
        self.assertEqual(application.slot_ids.time_type, "work")
        self.assertIn("La Soupe", result["params"]["message"])

    def test_window_with_shifts(self):
        """A shift that is chosen brings its dates, and the time that it can be on."""
        with self._open_window() as window, window.slot_ids.new() as slot:
            slot.shift_id = self.shifts[1]
            self.assertEqual(slot.time_type, "work")
        application = window.record
        self.assertEqual(application.slot_ids.date_start, self.shifts[1].date_start)
        result = application.action_send()
        self.assertEqual(application.state, "applied")
        self.assertEqual(result["res_id"], application.id, "Without a talk the dates are confirmed next")

    def test_window_of_a_full_shift_joins_the_waiting_list(self):
        """Where a ticked shift is full the window says so, and its button joins the waiting list."""
        slots = [{"shift_id": self.shifts[0].id, "time_type": "work"}]
        self.make_application("confirmed", user=self.user_colleague, mission=self.market, slots=slots)
        with self._open_window() as window:
            self.assertFalse(window.is_full)
            with window.slot_ids.new() as slot:
                slot.shift_id = self.shifts[0]
            self.assertTrue(window.is_full)
        window.record.action_send()
        self.assertEqual(window.record.state, "waiting")

    def test_what_was_typed_is_kept_when_applying_fails(self):
        """Whoever is not registered is told what to do, and the draft is there afterwards."""
        applications = self.env["hr.volunteer.application"].with_user(self.user_newcomer)
        with Form(applications.with_context(default_mission_id=self.mission.id), view=APPLY_FORM) as window:
            window.motivation = "I would love to."
        with self.assertRaisesRegex(UserError, "stays here as a draft"):
            window.record.action_send()
        self.assertEqual((window.record.state, window.record.motivation), ("draft", "I would love to."))

    def test_date_proposes_its_time(self):
        """A date in the working hours is on work time, one outside them on personal time."""
        applications = self.env["hr.volunteer.application"].with_user(self.user_employee)
        with Form(applications.with_context(default_mission_id=self.mission.id)) as form:
            for day, time_type in ((0, "work"), (5, "personal")):
                with form.slot_ids.new() as slot:
                    slot.date_start = self.slot_vals(day)["date_start"]
                    self.assertEqual(slot.time_type, time_type)

    def test_schedule_of_a_colleague_is_not_told(self):
        """Nobody learns when a colleague works from the time that is proposed."""
        slots = self.env["hr.volunteer.slot"].with_user(self.user_employee)
        values = {
            "application_id": {"employee_id": self.employee_colleague.id, "mission_id": self.mission.id},
            "date_start": fields.Datetime.to_string(self.slot_vals()["date_start"]),
            "date_end": fields.Datetime.to_string(self.slot_vals()["date_end"]),
        }
        with self.assertRaises(AccessError):
            slots.onchange(values, ["date_start"], {"time_type": {}, "date_start": {}, "date_end": {}})
        values["application_id"]["employee_id"] = self.employee.id
        found = slots.onchange(values, ["date_start"], {"time_type": {}, "date_start": {}, "date_end": {}})
        self.assertEqual(found["value"]["time_type"], "work")

    def test_names_of_dates_in_a_calendar(self):
        """A calendar names dates by the mission, and to officers by the employee as well."""
        slot = self.make_application().slot_ids.with_context(show_mission=True)
        self.assertEqual(slot.display_name, "Serve meals")
        self.assertIn("Elodie Martin", slot.with_user(self.user_officer).display_name)
        self.assertNotEqual(slot.with_context(show_mission=False).display_name, "Serve meals")

    # ---------------------------------------------------------------------
    # My year
    # ---------------------------------------------------------------------

    def test_summary_of_the_year(self):
        """The head of the screen shows one's own hours, what is left, and the registration."""
        self.company.volunteer_work_hours_allowance = 14
        year = self.monday.year
        done = self.make_application("done")
        self.make_application("confirmed", mission=self.make_mission("Fair"), slots=[self.slot_vals(day=1, end=11)])
        summaries = {
            user: self.env["hr.volunteer.application"].with_user(user).get_volunteer_summary()
            for user in (self.user_employee, self.user_colleague, self.user_newcomer)
        }
        mine = summaries[self.user_employee]
        self.assertEqual(mine["registration"], "validated")
        if fields.Date.today().year == year and (self.monday + timedelta(days=1)).year == year:
            self.assertEqual(done.done_hours, 3)
            self.assertEqual([mine["done"], mine["planned"], mine["left"]], ["3 h", "2 h", "9 h"])
        self.assertEqual(mine["allowance"], "14 h")
        self.assertEqual(summaries[self.user_colleague]["done"], "0 h")
        self.assertFalse(summaries[self.user_newcomer]["registration"])
        with self.assertRaises(AccessError):
            self.env["hr.volunteer.application"].with_user(self.user_portal).get_volunteer_summary()
