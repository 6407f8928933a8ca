from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from psycopg2.errors import CheckViolation, ExclusionViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models.lifecycle_mixin import Actor
from .common import VolunteerCommon, utc

STAFF = {"officer", "administrator"}


def last_sunday(year, month):
    """Return the day on which the clocks change in Europe."""
    day = date(year, month, 31)
    return day - timedelta(days=(day.weekday() + 1) % 7)


@tagged("-at_install", "post_install")
class TestSlot(VolunteerCommon):
    """Hours, time zones, overlap, limits and attendance of dates."""

    def _make(self, user=None, **vals):
        return self.make_application("contact", user=user, slots=[self.slot_vals(**vals)])

    # ---------------------------------------------------------------------
    # Hours
    # ---------------------------------------------------------------------

    def test_hours_of_work_time_are_those_of_the_schedule(self):
        """Of a work date the hours inside the working schedule count."""
        for start, end, hours in ((9, 12, 3), (9, 18, 8), (7, 20, 8), (11, 14, 2), (17, 22, 1)):
            with self.subTest(start=start, end=end), self.undone():
                application = self._make(start=start, end=end)
                self.assertEqual(application.slot_ids.hours, hours, "shown while it is proposed")
                application.action_confirm()
                self.assertEqual(application.slot_ids.hours, hours)
                self.assertEqual(application.work_hours, hours)
                self.assertEqual(self.last_approval(application).work_hours, hours)

    def test_hours_of_personal_time_are_the_duration(self):
        """Of a personal date all hours count."""
        application = self._make(start=19, end=22, time_type="personal")
        application.action_confirm()
        self.assertEqual(application.slot_ids.hours, 3)
        self.assertEqual((application.work_hours, application.personal_hours), (0, 3))
        self.assertEqual(application.time_type, "personal")

    def test_hours_in_the_zone_of_the_employee(self):
        """The schedule is read where the employee works, not where the mission or the reader is."""
        self.employee_colleague.tz = "America/New_York"
        application = self._make(self.user_colleague, start=9, end=12)
        self.assertEqual(application.slot_ids.hours, 0, "it is night in New York")
        with self.assertRaisesRegex(UserError, "choose personal time"):
            application.action_confirm()
        application.slot_ids.write(self.slot_vals(start=9, end=12, tz="America/New_York"))
        application.action_confirm()
        self.assertEqual(application.slot_ids.hours, 3)

    def test_zone_of_the_reader_changes_nothing(self):
        """An officer in Tokyo confirms the same hours."""
        for tz in ("Asia/Tokyo", "America/Los_Angeles", "Europe/Paris"):
            with self.subTest(tz=tz), self.undone():
                application = self._make(start=9, end=18)
                application.with_user(self.user_officer).with_context(tz=tz).action_confirm()
                self.assertEqual(application.slot_ids.hours, 8)

    def test_days_on_which_the_clocks_change(self):
        """Night hours are really counted, and the Monday after has its usual hours."""
        year = self.monday.year + 1
        for month, night_hours in ((3, 2), (10, 4)):
            sunday = last_sunday(year, month)
            with self.subTest(month=month), self.undone():
                application = self.make_application(
                    "contact",
                    slots=[
                        {"date_start": utc(sunday, 1), "date_end": utc(sunday, 4), "time_type": "personal"},
                        {
                            "date_start": utc(sunday + timedelta(days=1), 9),
                            "date_end": utc(sunday + timedelta(days=1), 18),
                            "time_type": "work",
                        },
                    ],
                )
                application.action_confirm()
                self.assertEqual(application.slot_ids.mapped("hours"), [night_hours, 8])

    def test_date_over_midnight(self):
        """A date may go over midnight, and only its working hours are work."""
        application = self._make(start=17, end=18)
        application.slot_ids.date_end = utc(self.monday + timedelta(days=1), 10)
        self.assertEqual(application.slot_ids.hours, 2)

    def test_flexible_schedule_counts_the_duration(self):
        """Without fixed hours the plain duration counts, on work time and on personal time."""
        flexible = self.env["resource.calendar"].create(
            {"name": "Flexible", "company_id": self.company.id, "tz": "Europe/Paris", "flexible_hours": True}
        )
        for calendar in (flexible, self.env["resource.calendar"]):
            for time_type in ("work", "personal"):
                with self.subTest(calendar=calendar.name, time_type=time_type), self.undone():
                    self.employee.resource_calendar_id = calendar
                    application = self._make(start=16, end=20, time_type=time_type)
                    application.action_confirm()
                    self.assertEqual(application.slot_ids.hours, 4)

    def test_work_outside_the_schedule_is_refused(self):
        """Evening and week-end are no work time: personal time is proposed instead."""
        for vals in ({"start": 19, "end": 21}, {"day": 5}, {"start": 12, "end": 13}):
            with self.subTest(vals=vals), self.undone():
                application = self._make(**vals)
                with self.assertRaisesRegex(UserError, "choose personal time"):
                    application.action_confirm()
                application.slot_ids.time_type = "personal"
                application.action_confirm()
                self.assertEqual(application.state, "confirmed")

    def test_personal_time_inside_the_schedule_is_refused(self):
        """Working hours are no personal time, not even one of them."""
        for vals in ({"start": 9, "end": 12}, {"start": 17, "end": 20}, {"start": 7, "end": 10}):
            with self.subTest(vals=vals), self.undone():
                application = self._make(time_type="personal", **vals)
                with self.assertRaisesRegex(UserError, "working hours"):
                    application.action_confirm()
        application = self._make(start=12, end=13, time_type="personal")
        application.action_confirm()
        self.assertEqual(application.slot_ids.hours, 1, "the lunch break is one's own")

    def test_time_off_is_no_work_time(self):
        """On leave work time can't be given, and personal time may be used."""
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Leave",
                "calendar_id": self.calendar.id,
                "resource_id": self.employee.resource_id.id,
                "date_from": utc(self.monday, 0),
                "date_to": utc(self.monday, 23),
            }
        )
        application = self._make()
        with self.assertRaisesRegex(UserError, "choose personal time"):
            application.action_confirm()
        application.slot_ids.time_type = "personal"
        application.action_confirm()
        self.assertEqual(application.slot_ids.hours, 3)

    def test_schedule_of_that_day(self):
        """The schedule of the contract in force on the day of the date counts, also one that starts later."""
        mornings = self._make_calendar(self.company)
        mornings.attendance_ids.filtered(lambda line: line.hour_from > 12).unlink()
        change = self.monday + timedelta(days=7)
        self.employee.write({"contract_date_start": "2020-01-01", "contract_date_end": change - timedelta(days=1)})
        self.employee.create_version(
            {
                "date_version": change,
                "contract_date_start": change,
                "contract_date_end": False,
                "resource_calendar_id": mornings.id,
            }
        )
        application = self.make_application(
            "contact", slots=[self.slot_vals(end=18), self.slot_vals(day=7, end=18), self.slot_vals(day=14, end=18)]
        )
        application.action_confirm()
        self.assertEqual(application.slot_ids.mapped("hours"), [8, 3, 3])

    def test_hours_are_set_for_good(self):
        """A later change of the schedule rewrites no history."""
        application = self.make_application("confirmed", slots=[self.slot_vals(end=18)])
        self.calendar.attendance_ids.filtered(lambda line: line.hour_from > 12).unlink()
        self.employee.tz = "Asia/Tokyo"
        self.assertEqual(application.slot_ids.hours, 8)
        with self.after(application):
            application.slot_ids.with_user(self.user_officer).action_attended()
        self.assertEqual(application.slot_ids.done_hours, 8)

    # ---------------------------------------------------------------------
    # Overlap
    # ---------------------------------------------------------------------

    def test_confirmed_dates_never_overlap(self):
        """Nobody is at two places at once; the refusal names both missions."""
        self.make_application("confirmed", slots=[self.slot_vals(start=19, end=21, time_type="personal")])
        other = self.make_mission("Sort clothes")
        for start, end, fits in ((20, 22, False), (18, 23, False), (19, 21, False), (21, 23, True), (18, 19, True)):
            with self.subTest(start=start, end=end), self.undone():
                application = self.make_application(
                    "contact", mission=other, slots=[self.slot_vals(start=start, end=end, time_type="personal")]
                )
                if fits:
                    application.action_confirm()
                    self.assertEqual(application.state, "confirmed")
                    continue
                with self.assertRaisesRegex(UserError, r"overlap.*(Serve meals|Sort clothes)"):
                    application.action_confirm()
                self.assertEqual(application.slot_ids.state, "proposed")

    def test_overlap_inside_one_application(self):
        """Two dates of one application can't overlap when confirmed."""
        slots = [self.slot_vals(start=9, end=12), self.slot_vals(start=11, end=14)]
        application = self.make_application("contact", slots=slots)
        with self.assertRaisesRegex(UserError, "overlap"):
            application.action_confirm()

    def test_overlap_of_two_people_is_fine(self):
        """Others may be there at the same time."""
        self.make_application("to_approve")
        self.assertEqual(self.make_application("to_approve", user=self.user_colleague).state, "to_approve")

    def test_dates_waiting_for_the_manager_count(self):
        """What is asked is held; what is taken back is free again."""
        first = self.make_application("to_approve")
        second = self.make_application("contact", mission=self.make_mission("Sort clothes"))
        with self.assertRaisesRegex(UserError, "overlap"):
            second.action_confirm()
        first.action_take_back()
        second.action_confirm()
        self.assertEqual(second.state, "to_approve")

    def test_standing_while_the_manager_is_asked(self):
        """Lists say that work time is asked and personal time not settled; the manager reads of work time alone."""
        application = self.make_application(
            "to_approve",
            slots=[self.slot_vals(), self.slot_vals(day=1, start=19, end=21, time_type="personal")],
        )
        slots = application.slot_ids
        self.assertEqual(slots.mapped("state"), ["confirmed", "confirmed"])
        for user in (self.user_employee, self.user_officer):
            self.assertEqual(slots.with_user(user).mapped("standing"), ["Asked", "Not settled yet"])
        seen = slots.with_user(self.user_manager).search([("employee_id", "=", self.employee.id)])
        self.assertEqual(seen.mapped("standing"), ["Asked"])
        self.last_approval(application).with_user(self.user_manager)._approve()
        for user in (self.user_employee, self.user_officer):
            self.assertEqual(slots.with_user(user).mapped("standing"), ["Confirmed", "Confirmed"])

    def test_standing_takes_as_many_queries_for_many(self):
        """A list of dates takes as many queries as one date."""
        slots = self.env["hr.volunteer.slot"]
        for number in range(5):
            mission = self.make_mission(f"Mission {number}")
            slots += self.make_application("to_approve", mission=mission, slots=[self.slot_vals(day=number)]).slot_ids

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.with_user(self.user_manager).read(["standing"])
            return self.env.cr.sql_log_count - before

        count(slots)
        self.assertEqual(count(slots), count(slots[0]))

    def test_database_refuses_an_overlap(self):
        """Two confirmed dates of one employee are impossible, whatever the code does."""
        self.make_application("to_approve")
        second = self.make_application("contact", mission=self.make_mission("Sort clothes"))
        with self.assertRaises(ExclusionViolation), mute_logger("odoo.sql_db"):
            second.sudo().slot_ids._write_step({"state": "confirmed"})
            second.slot_ids.flush_recordset()

    # ---------------------------------------------------------------------
    # Limits
    # ---------------------------------------------------------------------

    def test_limits(self):
        """A date ends after it starts, has 24 hours at most and lies two years ahead at most."""
        application = self.make_application()
        start = self.slot_vals()["date_start"]
        far = start + relativedelta(years=2, months=1)
        cases = [
            ("ends before", start, start - timedelta(hours=1)),
            ("hours at most", start, start + timedelta(hours=24, minutes=1)),
            ("years ahead", far, far + timedelta(hours=1)),
        ]
        for words, date_start, date_end in cases:
            vals = {"date_start": date_start, "date_end": date_end}
            with self.subTest(words=words, end=date_end):
                if date_end > date_start:
                    with self.assertRaisesRegex(ValidationError, words):
                        application.slot_ids = [Command.create(vals)]
                    with self.assertRaisesRegex(ValidationError, words):
                        application.slot_ids[0].write(vals)
                    continue
                # the database is first; clients are told the words of its constraint
                with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
                    application.slot_ids = [Command.create(vals)]
                with self.assertRaises(ValidationError):
                    application.slot_ids[0].write(vals)
        application.slot_ids = [Command.create({"date_start": start, "date_end": start + timedelta(hours=24)})]

    def test_at_most_200_dates(self):
        """The 201st date is refused."""
        start = self.slot_vals()["date_start"]
        vals = [
            {"date_start": start + timedelta(days=day), "date_end": start + timedelta(days=day, hours=1)}
            for day in range(200)
        ]
        application = self.make_application(slots=vals)
        self.assertEqual(len(application.slot_ids), 200)
        with self.assertRaisesRegex(ValidationError, "200 dates at most"):
            application.slot_ids = [Command.create(self.slot_vals(day=300))]

    # ---------------------------------------------------------------------
    # Attendance
    # ---------------------------------------------------------------------

    def test_attendance_by_each_person(self):
        """Officers say who was there; employees, colleagues and managers do not."""
        application = self.make_application("confirmed")
        slot = application.slot_ids
        for method, state, hours in (("action_attended", "attended", 3), ("action_absent", "absent", 0)):
            for name, user in self.actors.items():
                for by in ("button", "rpc"):
                    with (
                        self.subTest(method=method, actor=name, by=by),
                        self.after(application),
                        self.undone(),
                    ):
                        if name not in STAFF:
                            with self.assertRaises(AccessError):
                                self.make_step(slot, user, method, by=by)
                            self.assertEqual(slot.sudo().state, "confirmed")
                            continue
                        self.make_step(slot, user, method, by=by)
                        self.assertEqual((slot.sudo().state, slot.sudo().done_hours), (state, hours))

    def test_attendance_is_not_said_before(self):
        """Nobody was there before the date."""
        slot = self.make_application("confirmed").slot_ids
        for user in (self.user_officer, self.user_administrator):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                slot.with_user(user).action_attended()

    def test_attendance_of_oneself(self):
        """Officers do not say that they were there themselves."""
        for user in (self.user_officer, self.user_administrator):
            application = self.make_application("confirmed", user=user)
            with self.subTest(user=user.name), self.after(application), self.assertRaises(AccessError):
                application.slot_ids.with_user(user).action_attended()

    def test_attendance_is_corrected_until_done(self):
        """A mistake is corrected while the application waits, not after it is done."""
        application = self.make_application("confirmed")
        slot = application.slot_ids.with_user(self.user_officer)
        with self.after(application):
            slot.action_absent()
            slot.action_attended()
            self.assertEqual(slot.done_hours, 3)
            slot.action_absent()
            self.assertEqual(slot.done_hours, 0)
            slot.action_attended()
            application.with_user(self.user_officer).action_done()
            with self.assertRaises(AccessError):
                slot.action_absent()
        self.assertEqual(slot.state, "attended")

    def test_attendance_only_of_confirmed_dates(self):
        """Proposed and cancelled dates were not attended."""
        for state in ("contact", "to_approve", "cancelled"):
            with self.subTest(state=state), self.undone():
                application = self.make_application(state)
                with self.after(application), self.assertRaises(UserError):
                    application.slot_ids.with_user(self.user_officer).action_attended()

    def test_association_says_attendance(self):
        """By a checked link the association says who was there, and is the author of the log line."""
        application = self.make_application("confirmed")
        with self.after(application):
            application.sudo().slot_ids._transition("attended", actor=Actor("association", self.referent))
        self.assertEqual(application.slot_ids.done_hours, 3)
        self.assertIn(self.referent, application.sudo().message_ids.author_id)

    def test_association_is_held_to_the_same_times(self):
        """What holds for officers holds for a link: not before the date, and not once the application has ended."""
        actor = Actor("association", self.referent)
        application = self.make_application("confirmed")
        with self.assertRaisesRegex(UserError, "still to come"):
            application.sudo().slot_ids._transition("attended", actor=actor)
        done = self.make_application("done", user=self.user_colleague)
        with self.after(done), self.assertRaisesRegex(UserError, "not afterwards"):
            done.sudo().slot_ids._transition("absent", actor=actor)
        self.assertEqual(done.slot_ids.state, "attended")

    def test_no_person_confirms_a_date_alone(self):
        """Dates follow their application: nobody takes one through its states."""
        slots = {
            "proposed": self.make_application("contact").slot_ids,
            "confirmed": self.make_application(
                "confirmed", mission=self.make_mission("B"), slots=[self.slot_vals(1)]
            ).slot_ids,
        }
        for source, slot in slots.items():
            for target in {"proposed", "confirmed", "cancelled"} - {source}:
                for name, user in self.actors.items():
                    with self.subTest(source=source, target=target, actor=name), self.assertRaises(AccessError):
                        slot.with_user(user)._transition(target)

    def test_several_days_are_told_one_by_one(self):
        """The first date may be attended while the second is still to come."""
        application = self.make_application("confirmed", slots=[self.slot_vals(), self.slot_vals(day=7)])
        first, second = application.slot_ids.with_user(self.user_officer)
        with freeze_time(first.date_end + timedelta(minutes=1)):
            first.action_attended()
            with self.assertRaises(AccessError):
                second.action_attended()
        self.assertEqual((application.work_hours, application.done_hours), (6, 3))

    def test_end_is_proposed(self):
        """Choosing a start proposes an end three hours later."""
        slot = self.env["hr.volunteer.slot"].new({"date_start": self.slot_vals()["date_start"]})
        slot._onchange_date_start()
        self.assertEqual(slot.date_end - slot.date_start, timedelta(hours=3))
