from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import VolunteerCommon, utc


@tagged("-at_install", "post_install")
class TestTime(VolunteerCommon):
    """Hours of every kind of working schedule, beside those of test_slot.py."""

    def _hours(self, **values):
        """Return the hours of one date on work time, as they are proposed."""
        application = self.make_application("draft", slots=[self.slot_vals(**values)])
        hours = application.slot_ids.hours
        application.unlink()
        return hours

    def _confirm(self, **values):
        mission = self.make_mission("One of many")
        application = self.make_application("contact", mission=mission, slots=[self.slot_vals(**values)])
        application.action_confirm()
        return application

    def _attendance(self, day, start, end, **values):
        vals = {"name": "Work", "dayofweek": str(day), "hour_from": start, "hour_to": end, "day_period": "morning"}
        return Command.create({**vals, **values})

    def test_part_time(self):
        """On a day off of a part-time week there is no work time, and personal time is free."""
        self.employee.resource_calendar_id = self._make_calendar(
            self.company, attendance_ids=[self._attendance(day, 9, 12) for day in (0, 1)]
        )
        self.assertEqual(self._hours(day=0, start=8, end=18), 3)
        self.assertEqual(self._hours(day=2, start=8, end=18), 0)
        with self.assertRaisesRegex(UserError, "choose personal time"):
            self._confirm(day=2)
        self.assertEqual(self._confirm(day=2, time_type="personal").state, "confirmed")

    def test_two_week_schedule(self):
        """The hours are those of the week in which the date lies."""
        calendar = self._make_calendar(self.company, attendance_ids=[])
        calendar.two_weeks_calendar = True
        calendar.attendance_ids.unlink()
        calendar.attendance_ids = [
            self._attendance(0, 9, 12, week_type="0", sequence=1),
            self._attendance(0, 9, 11, week_type="1", sequence=2),
        ]
        self.employee.resource_calendar_id = calendar
        both = [self._hours(day=day, start=8, end=13) for day in (0, 7)]
        week_type = self.env["resource.calendar.attendance"].get_week_type(self.monday)
        self.assertEqual(both, [3, 2] if week_type == 0 else [2, 3])

    def test_no_schedule(self):
        """Without a schedule the duration counts on either time, and officers see that nobody could check."""
        self.employee.resource_calendar_id = False
        self.assertEqual(self._hours(start=7, end=12), 5)
        application = self._confirm(start=9, end=12, time_type="personal")
        slot = application.slot_ids
        self.assertEqual((application.state, slot.hours), ("confirmed", 3))
        self.assertTrue(slot.with_user(self.user_officer).is_flexible)

    def test_fixed_schedule_is_not_marked(self):
        """Personal time that was checked against fixed hours carries no mark."""
        slot = self._confirm(start=19, end=21, time_type="personal").slot_ids
        self.assertFalse(slot.with_user(self.user_officer).is_flexible)

    def test_schedule_of_a_later_version_without_contract(self):
        """A schedule that changes mid-year counts from its day on, also without contract dates."""
        part = self._make_calendar(self.company, attendance_ids=[self._attendance(day, 9, 10) for day in range(5)])
        changes_on = self.monday + timedelta(days=7)
        self.employee.create_version({"date_version": changes_on, "resource_calendar_id": part.id})
        self.assertEqual(self._hours(day=0, start=8, end=18), 8)
        self.assertEqual(self._hours(day=7, start=8, end=18), 1)
        with self.assertRaisesRegex(UserError, "does not work"):
            self._confirm(day=7, start=14, end=16)
        self.assertEqual(self._confirm(day=7, start=14, end=16, time_type="personal").state, "confirmed")

    def test_after_the_contract_there_is_no_work_time(self):
        """Whoever's contract has ended gives no work time."""
        self.employee.version_id.write(
            {"contract_date_start": "2020-01-01", "contract_date_end": self.monday + timedelta(days=1)}
        )
        self.assertEqual(self._hours(day=1, start=8, end=18), 8)
        self.assertEqual(self._hours(day=2, start=8, end=18), 0)

    def test_public_holiday(self):
        """On a public holiday nobody works: personal time is free."""
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "date_from": utc(self.monday, 0),
                "date_to": utc(self.monday + timedelta(days=1), 0),
            }
        )
        self.assertEqual(self._hours(start=9, end=12), 0)
        self.assertEqual(self._hours(day=1, start=9, end=12), 3)
        with self.assertRaisesRegex(UserError, "choose personal time"):
            self._confirm(start=9, end=12)
        self.assertEqual(self._confirm(start=9, end=12, time_type="personal").state, "confirmed")

    def test_lunch_break_is_personal(self):
        """The break between two parts of the day is free, and no part of the work time."""
        self.assertEqual(self._hours(start=11, end=14), 2)
        self.assertEqual(self._confirm(start=12, end=13, time_type="personal").state, "confirmed")
        with self.assertRaisesRegex(UserError, "lies in the working hours"):
            self._confirm(day=1, start=12, end=14, time_type="personal")

    def test_adjacent_dates_do_not_overlap(self):
        """One date may begin when another ends."""
        slots = [self.slot_vals(start=9, end=11), self.slot_vals(start=11, end=12)]
        application = self.make_application("contact", slots=slots)
        application.action_confirm()
        self.assertEqual((application.state, application.work_hours), ("to_approve", 3))

    def test_zones_of_mission_and_employee_are_apart(self):
        """An employee in New York helps in Paris: hours by New York, dates shown as in Paris."""
        self.employee.tz = "America/New_York"
        self.user_employee.tz = "America/New_York"
        # nine to eighteen in New York is fifteen to midnight in Paris
        self.assertEqual(self._hours(start=9, end=15), 0)
        application = self._confirm(start=14, end=17)
        self.assertEqual(application.work_hours, 2)
        self.assertEqual(application.slot_ids.sudo()._get_local_start().hour, 14)

    def test_hours_of_many_cost_as_much_as_of_one(self):
        """Schedules of all dates and people are read together."""
        applications = [
            self.make_application("draft", user=user, slots=[self.slot_vals(day=day) for day in range(5)])
            for user in (self.user_employee, self.user_colleague, self.user_field)
        ]
        slots = self.env["hr.volunteer.slot"].concat(*(application.slot_ids for application in applications)).sudo()
        slots._get_working_hours()
        counts = []
        for some in (slots[:1], slots):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            hours = some._get_working_hours()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(hours), set(some.ids))
            self.assertTrue(all(hours.values()))
        self.assertLessEqual(counts[1], counts[0] + 1, counts)
