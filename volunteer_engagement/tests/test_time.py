from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from psycopg2.errors import ExclusionViolation

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import VolunteerCommon

NEW_YORK = "America/New_York"


def moment(words, tz="Europe/Paris"):
    """Return a local time as Odoo stores it: in UTC and without a zone."""
    return datetime.fromisoformat(words).replace(tzinfo=ZoneInfo(tz)).astimezone(UTC).replace(tzinfo=None)


def span(start, end, time_type="work", tz="Europe/Paris"):
    """Return a date; an end without a day is on the day of the start."""
    end = end if " " in end else f"{start.split()[0]} {end}"
    return {"date_start": moment(start, tz), "date_end": moment(end, tz), "time_type": time_type}


@tagged("-at_install", "post_install")
@freeze_time("2027-03-01 08:00:00")
class TestTime(VolunteerCommon):
    """Working hours by every kind of schedule, in every zone, on the odd days of the year. Today is 1 March 2027.

    The schedule is Monday to Friday, 9 to 12 and 13 to 18; what it does on plain days is told in ``TestSlot``.
    """

    def _make_schedule(self, *lines, **values):
        """Make a schedule of ``(day of the week, from, to)`` lines; a fourth value is the week of two."""
        attendances = [
            Command.create(
                {
                    "name": f"Line {number}",
                    "dayofweek": str(day),
                    "hour_from": start,
                    "hour_to": end,
                    "day_period": "morning" if start < 12 else "afternoon",
                    **({"week_type": week[0]} if week else {}),
                }
            )
            for number, (day, start, end, *week) in enumerate(lines)
        ]
        return self.env["resource.calendar"].create(
            {
                "name": "Another schedule",
                "company_id": self.company.id,
                "tz": "Europe/Paris",
                "attendance_ids": attendances,
                **values,
            }
        )

    def _make_leave(self, start, end, **values):
        # without a schedule the company is the active one
        leaves = self.env["resource.calendar.leaves"].with_company(values.pop("company_id", self.company))
        values = {"name": "Away", "calendar_id": False, **values}
        leave = leaves.create({"date_from": moment(start), "date_to": moment(end), **values})
        leave.flush_recordset()
        return leave

    def _get_hours(self, *slots, user=None):
        """Return the hours of dates once they are confirmed, and forget them."""
        with self.undone():
            application = self.make_application("contact", user=user, slots=list(slots))
            application.action_confirm()
            self.env.flush_all()
            return application.slot_ids.mapped("hours")

    def _assert_refused(self, slot, words, user=None):
        with self.undone():
            application = self.make_application("contact", user=user, slots=[slot])
            with self.assertRaisesRegex(UserError, words):
                application.action_confirm()
            self.assertEqual((application.state, application.slot_ids.state), ("contact", "proposed"))

    # ---------------------------------------------------------------------
    # Kinds of schedule
    # ---------------------------------------------------------------------

    def test_part_time(self):
        """Whoever does not work on Wednesdays and on Friday afternoons gives no work time then."""
        self.employee.resource_calendar_id = self._make_schedule(
            *((day, 9, 12) for day in (0, 1, 3, 4)), *((day, 13, 18) for day in (0, 1, 3))
        )
        # a Tuesday, a Thursday, a Friday
        dates = [span("2027-04-06 09:00", "18:00"), span("2027-04-08 11:00", "14:00")]
        self.assertEqual(self._get_hours(*dates, span("2027-04-09 09:00", "18:00")), [8, 2, 3])
        for day, start, end in (("2027-04-07", "09:00", "18:00"), ("2027-04-09", "13:00", "18:00")):
            with self.subTest(day=day):
                self._assert_refused(span(f"{day} {start}", end), "choose personal time")
                duration = self._get_hours(span(f"{day} {start}", end, "personal"))
                self.assertEqual(duration, [int(end[:2]) - int(start[:2])])

    def test_two_weeks(self):
        """A schedule of two weeks counts the week in which the date lies."""
        attendance = self.env["resource.calendar.attendance"]
        self.employee.resource_calendar_id = self._make_schedule(
            (0, 9, 12, "0"), (0, 9, 12, "1"), (0, 13, 18, "1"), two_weeks_calendar=True
        )
        mondays = [datetime(2027, 4, day).date() for day in (5, 12, 19, 26)]
        expected = [8 if attendance.get_week_type(day) else 3 for day in mondays]
        self.assertEqual(sorted(expected), [3, 3, 8, 8])
        self.assertEqual(self._get_hours(*(span(f"{day} 09:00", "18:00") for day in mondays)), expected)
        short = mondays[expected.index(3)]
        self._assert_refused(span(f"{short} 14:00", "17:00"), "choose personal time")
        self._assert_refused(span(f"{short + timedelta(days=7)} 14:00", "17:00", "personal"), "working hours")

    def test_partly_inside(self):
        """Of work time only what lies inside working hours counts; of personal time nothing may lie inside."""
        cases = [("08:00", "10:00", 1), ("17:00", "22:00", 1), ("11:30", "13:30", 1), ("07:00", "20:00", 8)]
        for start, end, inside in cases:
            with self.subTest(start=start, end=end):
                self.assertEqual(self._get_hours(span(f"2027-04-06 {start}", end)), [inside])
                self._assert_refused(span(f"2027-04-06 {start}", end, "personal"), "choose work time, or other times")
        for start, end in (("12:00", "13:00"), ("06:00", "09:00"), ("18:00", "20:00")):
            with self.subTest(start=start, end=end):
                self._assert_refused(span(f"2027-04-06 {start}", end), "choose personal time")
                self.assertEqual(len(self._get_hours(span(f"2027-04-06 {start}", end, "personal"))), 1)

    def test_flexible_dates_are_marked_for_officers(self):
        """Without fixed hours nothing is refused as inside or outside them, and officers see which dates these are."""
        flexible = self._make_schedule(flexible_hours=True)
        for calendar, marked in ((flexible, True), (self.env["resource.calendar"], True), (self.calendar, False)):
            for time_type, end in (("work", 12), ("personal", 21)):
                with self.subTest(calendar=calendar.name, time_type=time_type), self.undone():
                    self.employee.resource_calendar_id = calendar
                    version = self.employee.current_version_id
                    self.assertEqual(version.is_flexible, marked)
                    self.assertEqual(version.is_fully_flexible, not calendar)
                    date = self.slot_vals(start=end - 2, end=end, time_type=time_type)
                    application = self.make_application("contact", slots=[date])
                    application.action_confirm()
                    slot = application.slot_ids
                    self.assertEqual(slot.with_user(self.user_officer).is_flexible, marked)
                    self.assertEqual(slot.hours, 2)

    # ---------------------------------------------------------------------
    # Schedules that change
    # ---------------------------------------------------------------------

    def test_schedule_changes_without_a_contract(self):
        """A schedule that a later version of the employee brings counts from its day, without any contract date."""
        mornings = self._make_schedule(*((day, 9, 12) for day in range(5)))
        self.employee.create_version({"date_version": "2027-05-01", "resource_calendar_id": mornings.id})
        days = ("2027-04-30", "2027-05-03", "2027-09-06")
        self.assertEqual(self._get_hours(*(span(f"{day} 09:00", "18:00") for day in days)), [8, 3, 3])
        self._assert_refused(span("2027-05-03 14:00", "17:00"), "choose personal time")
        self._assert_refused(span("2027-04-30 14:00", "17:00", "personal"), "working hours")
        self.assertEqual(self._get_hours(span("2027-05-03 14:00", "17:00", "personal")), [3])

    def test_schedule_changes_to_flexible_and_back(self):
        """Each date asks the schedule of its own day, also where one of them has no fixed hours."""
        flexible = self._make_schedule(flexible_hours=True)
        mornings = self._make_schedule(*((day, 9, 12) for day in range(5)))
        for date_version, calendar in (
            ("2027-05-01", flexible),
            ("2027-06-01", mornings),
            ("2027-07-01", self.env["resource.calendar"]),
        ):
            self.employee.create_version({"date_version": date_version, "resource_calendar_id": calendar.id})
        days = ("2027-04-26", "2027-05-10", "2027-06-14", "2027-07-12")
        self.assertEqual(self._get_hours(*(span(f"{day} 08:00", "18:00") for day in days)), [8, 10, 3, 10])
        # a range that begins on a flexible day
        self.assertEqual(self._get_hours(*(span(f"{day} 08:00", "18:00") for day in days[1:3])), [10, 3])

    def test_two_versions_of_one_contract(self):
        """A schedule that changes inside a contract counts from the day of its version."""
        mornings = self._make_schedule(*((day, 9, 12) for day in range(5)))
        self.employee.contract_date_start = "2020-01-01"
        self.employee.create_version({"date_version": "2027-05-01", "resource_calendar_id": mornings.id})
        self.assertEqual(len(set(self.employee.version_ids.mapped("contract_date_start"))), 1)
        days = ("2027-04-30", "2027-05-03")
        self.assertEqual(self._get_hours(*(span(f"{day} 09:00", "18:00") for day in days)), [8, 3])

    def test_contract_ends(self):
        """After the end of the contract there is no work time left to give."""
        self.employee.write({"contract_date_start": "2020-01-01", "contract_date_end": "2027-05-31"})
        self.assertEqual(self._get_hours(span("2027-05-31 09:00", "18:00")), [8])
        self._assert_refused(span("2027-06-01 09:00", "18:00"), "choose personal time")
        self.assertEqual(self._get_hours(span("2027-06-01 09:00", "18:00", "personal")), [9])

    def test_archived_version_counts_no_more(self):
        """A version that was entered by mistake and archived changes nothing."""
        mornings = self._make_schedule(*((day, 9, 12) for day in range(5)))
        version = self.employee.create_version({"date_version": "2027-05-01", "resource_calendar_id": mornings.id})
        version.active = False
        self.assertEqual(self._get_hours(span("2027-05-03 09:00", "18:00")), [8])

    # ---------------------------------------------------------------------
    # Zones
    # ---------------------------------------------------------------------

    def test_mission_in_paris_and_employee_in_new_york(self):
        """Hours are those of the employee's day; while one side has summer time and the other has not, too."""
        self.employee.tz = NEW_YORK
        cases = [
            # winter: six hours apart
            ("2027-03-08 15:00", "18:00", 3),
            ("2027-03-08 14:00", "16:00", 1),
            # New York has summer time since the 14th, Paris has it from the 28th: five hours apart
            ("2027-03-15 14:00", "17:00", 3),
            ("2027-03-15 13:00", "15:00", 1),
            # six again
            ("2027-03-29 15:00", "18:00", 3),
            # Paris has winter time since 31 October, New York from 7 November
            ("2027-11-02 14:00", "17:00", 3),
            ("2027-11-09 15:00", "18:00", 3),
        ]
        for start, end, hours in cases:
            with self.subTest(start=start):
                self.assertEqual(self._get_hours(span(start, end)), [hours])
                self._assert_refused(span(start, end, "personal"), "working hours")
        # the morning of Paris is the night of New York
        self._assert_refused(span("2027-03-29 09:00", "12:00"), "choose personal time")
        self.assertEqual(self._get_hours(span("2027-03-29 09:00", "12:00", "personal")), [3])

    def test_two_employees_in_two_zones_at_once(self):
        """Confirmed together, each has the hours of their own day."""
        self.employee.tz = NEW_YORK
        # 15 to 18 in Paris is 9 to 12 in New York, and 14 to 17 in London
        applications = self.env["hr.volunteer.application"]
        for user in (self.user_employee, self.user_colleague):
            applications += self.make_application("contact", user=user, slots=[span("2027-04-06 14:00", "19:00")])
        applications.with_user(self.user_officer).action_confirm()
        # 8 to 13 in New York with lunch from 12; 13 to 18 in London
        self.assertEqual(applications.slot_ids.mapped("hours"), [3, 5])

    def test_dates_are_told_in_the_zone_of_the_mission(self):
        """Mails say the time of the mission; on the screen the zone is named to those who live in another."""
        self.employee.tz = self.user_employee.tz = NEW_YORK
        application = self.make_application("contact", slots=[span("2027-04-06 15:00", "18:00")])
        with self.assertMails((self.user_manager.partner_id, "3:00 PM – 6:00 PM")):
            application.action_confirm()
        slot = application.slot_ids.with_context(lang="en_US")
        self.assertIn("3:00:00 PM (Europe/Paris)", slot.with_context(tz=NEW_YORK).display_name.replace("\u202f", " "))
        self.assertNotIn("Paris", slot.with_context(tz="Europe/Paris").display_name)
        self.last_approval(application).with_user(self.user_manager).action_approve()
        with freeze_time("2027-04-07"):
            slot.with_user(self.user_officer).with_context(tz="Asia/Tokyo").action_attended()
        line = application.sudo().message_ids.filtered(lambda message: "Attended" in (message.body or ""))
        self.assertIn("3:00:00 PM (Europe/Paris)", str(line.body).replace("\u202f", " "))

    def test_schedule_changes_at_midnight_of_the_employee(self):
        """The day on which a schedule begins is the employee's day."""
        self.employee.tz = "Asia/Tokyo"
        nights = self._make_schedule(*((day, 0, 6) for day in range(7)))
        self.employee.create_version({"date_version": "2027-05-04", "resource_calendar_id": nights.id})
        # from 22 on Monday to 4 on Tuesday in Tokyo, which is a Monday afternoon in Paris
        self.assertEqual(self._get_hours(span("2027-05-03 22:00", "2027-05-04 04:00", tz="Asia/Tokyo")), [4])

    # ---------------------------------------------------------------------
    # Days on which the clocks change, and midnight
    # ---------------------------------------------------------------------

    def test_duration_over_the_change_of_the_clocks(self):
        """A night in March is an hour shorter, one in October an hour longer, than the clocks say."""
        for start, end, hours in (
            ("2027-03-27 22:00", "2027-03-28 06:00", 7),
            ("2027-10-30 22:00", "2027-10-31 06:00", 9),
            ("2027-03-28 01:00", "2027-03-28 04:00", 2),
            ("2027-10-31 01:00", "2027-10-31 04:00", 4),
        ):
            with self.subTest(start=start):
                self.assertEqual(self._get_hours(span(start, end, "personal")), [hours])

    def test_work_over_the_change_of_the_clocks(self):
        """Whoever works that night gives the hours that it really has."""
        self.employee.resource_calendar_id = self._make_schedule(*((day, 0, 6) for day in range(7)))
        nights = [span("2027-03-27 22:00", "2027-03-28 08:00"), span("2027-10-30 22:00", "2027-10-31 08:00")]
        self.assertEqual(self._get_hours(*nights, span("2027-11-01 00:00", "08:00")), [5, 7, 6])

    def test_a_day_of_25_hours(self):
        """A date has 24 hours at most, also on the day that has 25; on the day of 23 it may take all."""
        application = self.make_application()
        with self.assertRaisesRegex(UserError, "hours at most"):
            application.slot_ids = [Command.create(span("2027-10-31 00:00", "2027-11-01 00:00", "personal"))]
        application.slot_ids = [Command.create(span("2027-03-28 00:00", "2027-03-29 00:00", "personal"))]
        self.assertEqual(sorted(application.slot_ids.mapped("hours"))[-1], 23)

    def test_work_over_midnight(self):
        """A night shift counts on both of its days, each by its own schedule."""
        self.employee.resource_calendar_id = self._make_schedule((0, 21, 24), (1, 0, 5))
        self.assertEqual(self._get_hours(span("2027-04-05 20:00", "2027-04-06 08:00")), [8])
        self._assert_refused(span("2027-04-06 20:00", "2027-04-07 06:00"), "choose personal time")
        self._assert_refused(span("2027-04-05 18:00", "2027-04-05 21:30", "personal"), "working hours")

    # ---------------------------------------------------------------------
    # Public holidays and time off
    # ---------------------------------------------------------------------

    def test_public_holiday(self):
        """On a public holiday nobody of the company works; that of one schedule is for those who have it."""
        other = self._make_schedule(*((day, 9, 12) for day in range(5)))
        date = span("2027-05-06 09:00", "12:00")
        for values, is_free in (
            ({}, True),
            ({"calendar_id": self.calendar.id}, True),
            ({"calendar_id": other.id}, False),
            ({"company_id": self.other_company}, False),
            ({"time_type": "other"}, False),
        ):
            with self.subTest(**values), self.undone():
                self._make_leave("2027-05-06 00:00", "2027-05-06 23:59", **values)
                if is_free:
                    self._assert_refused(date, "choose personal time")
                    self.assertEqual(self._get_hours(dict(date, time_type="personal")), [3])
                    continue
                self.assertEqual(self._get_hours(date), [3])
                self._assert_refused(dict(date, time_type="personal"), "working hours")

    def test_time_off_of_a_person(self):
        """Time off is the person's own; that of a colleague, or of half a day, takes no more than it is."""
        date = span("2027-05-06 09:00", "18:00")
        for values, times, hours in (
            ({"resource_id": self.employee.resource_id.id}, ("13:00", "18:00"), 3),
            ({"resource_id": self.employee.resource_id.id, "calendar_id": self.calendar.id}, ("09:00", "12:00"), 5),
            ({"resource_id": self.employee_colleague.resource_id.id}, ("00:00", "23:59"), 8),
        ):
            with self.subTest(**values), self.undone():
                self._make_leave(f"2027-05-06 {times[0]}", f"2027-05-06 {times[1]}", **values)
                self.assertEqual(self._get_hours(date), [hours])
                self._assert_refused(dict(date, time_type="personal"), "working hours")
        self._make_leave("2027-05-06 00:00", "2027-05-06 23:59", resource_id=self.employee.resource_id.id)
        self._assert_refused(date, "choose personal time")
        self.assertEqual(self._get_hours(dict(date, time_type="personal")), [9])

    def test_time_off_outlives_a_change_of_schedule(self):
        """Time off that was entered under the former schedule holds under the new one."""
        mornings = self._make_schedule(*((day, 9, 12) for day in range(5)))
        self.employee.create_version({"date_version": "2027-05-01", "resource_calendar_id": mornings.id})
        self._make_leave(
            "2027-05-03 00:00",
            "2027-05-07 23:59",
            resource_id=self.employee.resource_id.id,
            calendar_id=self.calendar.id,
        )
        self._assert_refused(span("2027-05-06 09:00", "12:00"), "choose personal time")
        self.assertEqual(self._get_hours(span("2027-05-06 09:00", "12:00", "personal")), [3])

    # ---------------------------------------------------------------------
    # Touching and overlapping
    # ---------------------------------------------------------------------

    def test_dates_that_touch_do_not_overlap(self):
        """One date may begin when another ends, also where the clock shows the same hour twice."""
        for first, second in (
            (span("2027-04-06 09:00", "10:00"), span("2027-04-06 10:00", "11:00")),
            (span("2027-03-28 01:00", "03:00", "personal"), span("2027-03-28 03:00", "04:00", "personal")),
            (
                # half past two to two, and two to half past two
                {
                    "date_start": datetime(2027, 10, 31, 0, 30),
                    "date_end": datetime(2027, 10, 31, 1),
                    "time_type": "personal",
                },
                {
                    "date_start": datetime(2027, 10, 31, 1),
                    "date_end": datetime(2027, 10, 31, 1, 30),
                    "time_type": "personal",
                },
            ),
            # the same times by the clocks of two zones
            (
                span("2027-04-06 19:00", "20:00", "personal"),
                span("2027-04-06 19:00", "20:00", "personal", tz="Europe/London"),
            ),
        ):
            with self.subTest(first=first, second=second):
                self.assertEqual(len(self._get_hours(first, second)), 2)
                shifted = dict(second, date_start=second["date_start"] - timedelta(minutes=1))
                with self.undone():
                    application = self.make_application("contact", slots=[first, shifted])
                    with self.assertRaisesRegex(UserError, "overlap"):
                        application.action_confirm()

    def test_database_refuses_the_overlap_of_a_minute(self):
        """What slips past the words is refused by the database, and touching dates are not."""
        self.make_application("confirmed", slots=[span("2027-04-06 18:00", "19:00", "personal")])
        other = self.make_mission("Sort clothes")
        for start, fits in (("19:00", True), ("18:59", False)):
            with self.subTest(start=start), self.undone():
                slots = [span(f"2027-04-06 {start}", "20:00", "personal")]
                slot = self.make_application("contact", mission=other, slots=slots).sudo().slot_ids
                if fits:
                    slot._write_step({"state": "confirmed"})
                    self.env.flush_all()
                    continue
                with self.assertRaises(ExclusionViolation), mute_logger("odoo.sql_db"):
                    slot._write_step({"state": "confirmed"})
                    self.env.flush_all()

    # ---------------------------------------------------------------------
    # In batch
    # ---------------------------------------------------------------------

    def test_queries_do_not_grow(self):
        """Working hours of many dates of many employees are read by as many queries as those of one."""
        employees = self.env["hr.employee"].create(
            [
                {
                    "name": f"Employee {number}",
                    "company_id": self.company.id,
                    "resource_calendar_id": self.calendar.id,
                    "tz": "Europe/Paris",
                    "date_version": "2020-01-01",
                }
                for number in range(20)
            ]
        )
        self.env["hr.volunteer.registration"].with_user(self.user_officer).create(
            [{"employee_id": employee.id} for employee in employees]
        )
        applications = (
            self.env["hr.volunteer.application"]
            .with_user(self.user_officer)
            .create(
                [
                    {
                        "employee_id": employee.id,
                        "mission_id": self.mission.id,
                        "slot_ids": [
                            Command.create(span(f"2027-{month:02}-06 09:00", "18:00")) for month in range(4, 10)
                        ],
                    }
                    for employee in employees
                ]
            )
        )
        counts = []
        ids = applications.slot_ids.ids
        for slots in (applications.slot_ids.browse(ids[:1]), applications.slot_ids.browse(ids)):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            hours = slots._get_working_hours()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(hours), len(slots))
        self.assertEqual(*counts)
