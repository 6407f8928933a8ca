from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tests.common import freeze_time

from .common import VolunteerCommon, utc

CARD = (
    *("name", "image", "association_id", "city", "location_type", "date_start", "date_end", "color", "cause_ids"),
    *("has_places", "places_left", "coming_shift_count", "my_step", "write_date"),
)


@tagged("-at_install", "post_install")
class TestCatalogue(VolunteerCommon):
    """What the catalogue of missions shows to whom."""

    def _get_step(self, mission=None, user=None):
        mission = (mission or self.mission).with_user(user or self.user_employee)
        mission.invalidate_recordset(["my_step", "my_application_id"])
        return mission.my_step

    def _fill(self, parent):
        """Let the colleague take a place that nobody else has."""
        if parent._name == "hr.volunteer.shift":
            slots = [{"shift_id": parent.id, "time_type": "work"}]
            return self.make_application("confirmed", user=self.user_colleague, mission=parent.mission_id, slots=slots)
        return self.make_application("confirmed", user=self.user_colleague, mission=parent)

    def test_next_step_of_a_member(self):
        """A member applies, sends the draft, and then reads that the application was sent."""
        self.assertEqual(self._get_step(), "apply")
        application = self.make_application()
        self.assertEqual(self._get_step(), "draft")
        application.action_apply()
        self.assertEqual(self._get_step(), "applied")
        self.assertEqual(self.mission.with_user(self.user_employee).my_application_id, application)
        self.assertEqual(self._get_step(user=self.user_colleague), "apply", "What others do is theirs")
        application._cancel("I am moving.")
        self.assertEqual(self._get_step(), "apply")

    def test_next_step_of_whoever_is_no_member(self):
        """Whoever is no member joins first; whoever waits for validation, or is no employee, does not apply."""
        self.company.volunteer_validation_mode = "manual"
        self.assertEqual(self._get_step(user=self.user_newcomer), "join")
        window = self.mission.with_user(self.user_newcomer).action_apply()
        self.assertEqual((window["res_model"], window["res_id"]), (self.program._name, self.program.id))
        self.program.with_user(self.user_newcomer).action_join()
        self.assertEqual(self._get_step(user=self.user_newcomer), "pending")
        self.employee_newcomer.user_id = False
        self.assertFalse(self._get_step(user=self.user_newcomer))

    def test_next_step_where_the_program_is_for_others(self):
        """A mission of a program for another department says so instead of failing later."""
        self.program.department_ids = self.env["hr.department"].create({"name": "IT", "company_id": self.company.id})
        self.assertEqual(self._get_step(), "ineligible")

    def test_next_step_where_nobody_can_apply(self):
        """A closed mission, one that is over, and one whose shifts have all begun take no applications."""
        self.assertEqual(self._get_step(self.make_mission("Closed", "closed")), "closed")
        over = self.make_mission("Over", date_end=fields.Datetime.now() - timedelta(days=1))
        self.assertEqual(self._get_step(over), "closed")
        market = self.make_mission("Market")
        shift = self.make_shift(market)
        self.assertEqual(self._get_step(market), "apply")
        with freeze_time(shift.date_start + timedelta(minutes=1)):
            market.invalidate_recordset(["coming_shift_count"])
            self.assertEqual(self._get_step(market), "closed")

    def test_places_of_missions_and_shifts(self):
        """Places are those of the mission, and where all shifts have a limit those of the shifts to come."""
        mission = self.make_mission("Market", capacity=0, skip_contact=True)
        self.assertTrue(mission.has_places)
        first = self.make_shift(mission, capacity=1)
        self.make_shift(mission, day=1, capacity=2)
        self.assertEqual((mission.places_left, mission.coming_shift_count), (3, 2))
        self._fill(first)
        self.assertEqual(mission.places_left, 2)
        self.make_shift(mission, day=2, capacity=0)
        self.assertEqual((mission.places_left, mission.has_places), (0, True), "A shift without limit takes everybody")

    def test_full_mission_offers_the_waiting_list(self):
        """Where all is full and no talk is needed, the next step is the waiting list; the filter leaves it out."""
        full = self.make_mission("Full", capacity=1, skip_contact=True)
        market = self.make_mission("Market", skip_contact=True)
        self._fill(full)
        self._fill(self.make_shift(market, day=1))
        talk = self.make_mission("Full, with a talk", capacity=1)
        slots = [self.slot_vals(day=2)]
        self.make_application("confirmed", user=self.user_colleague, mission=talk, slots=slots)
        for mission, step in ((full, "wait"), (market, "wait"), (talk, "apply")):
            with self.subTest(mission=mission.name):
                self.assertFalse(mission.has_places)
                self.assertEqual(self._get_step(mission), step)
        missions = self.mission.with_user(self.user_employee).search([("association_id", "=", self.association.id)])
        found = missions.search([("has_places", "=", True), ("id", "in", missions.ids)])
        self.assertEqual(found, missions.filtered("has_places"))
        self.assertIn(self.mission, found)
        self.assertNotIn(full, found)
        self.assertIn(full, missions.search([("has_places", "=", False)]))

    def test_place_is_searched_and_grouped(self):
        """Employees find missions by city, street, zip or country; remote ones have no city."""
        self.association.write({"zip": "75001", "country_id": self.env.ref("base.fr").id})
        remote = self.make_mission("Write letters", location_type="remote")
        missions = self.mission.with_user(self.user_employee)
        arch = missions.get_views([(False, "search")])["views"]["search"]["arch"]
        self.assertIn("address_id.zip", arch)
        for field, value in (("city", "pari"), ("address_id.zip", "75001"), ("address_id.street", "halles")):
            with self.subTest(field=field):
                self.assertIn(self.mission, missions.search([(field, "ilike", value)]))
        self.assertEqual(self.mission.city, "Paris")
        self.assertFalse(remote.city)
        self.association.city = "Lyon"
        self.assertEqual(self.mission.city, "Lyon")
        groups = missions.formatted_read_group([("program_id", "=", self.program.id)], ["city"], ["__count"])
        self.assertEqual({group["city"] for group in groups}, {"Lyon", False})

    def test_weekend_filter(self):
        """On a weekend are missions of which a day or a shift is, and those with flexible dates."""
        saturday, friday = self.monday + timedelta(days=5), self.monday + timedelta(days=4)
        dates = {
            "Friday": (friday, friday),
            "Saturday": (saturday, saturday),
            "Ten days": (self.monday, self.monday + timedelta(days=9)),
        }
        missions = {
            name: self.make_mission(name, date_start=utc(start, 9), date_end=utc(end, 12))
            for name, (start, end) in dates.items()
        }
        # half past eleven in the evening, in Paris it is Saturday
        missions["Night"] = self.make_mission("Night", date_start=utc(saturday, 0, 30), date_end=utc(saturday, 2))
        missions["Shift on Saturday"] = self.make_mission("Shift", date_start=utc(friday, 9), date_end=utc(friday, 10))
        self.make_shift(missions["Shift on Saturday"], day=5)
        found = self.mission.with_user(self.user_employee).search([("on_weekend", "=", True)])
        self.assertIn(self.mission, found, "Flexible")
        self.assertEqual(
            {name for name, mission in missions.items() if mission in found},
            {"Saturday", "Ten days", "Night", "Shift on Saturday"},
        )

    def test_weekend_of_what_goes_on(self):
        """Without an end a mission goes on over a weekend; of dates and shifts only those to come count."""
        friday = self.monday + timedelta(days=4)
        dates = {
            "No end": (self.monday, None),
            "Began long ago": (self.monday - timedelta(days=300), None),
            "Until Friday": (self.monday - timedelta(days=5), friday),
            "Until Saturday": (self.monday - timedelta(days=30), friday + timedelta(days=1)),
        }
        missions = {
            name: self.make_mission(name, date_start=utc(start, 9), date_end=end and utc(end, 12))
            for name, (start, end) in dates.items()
        }
        # one shift on a Saturday, the next one on a Monday
        missions["Shifts"] = self.make_mission("Shifts", date_start=utc(self.monday, 9))
        self.make_shift(missions["Shifts"], day=5)
        self.make_shift(missions["Shifts"], day=7)

        def find(day):
            self.env.invalidate_all()
            with freeze_time(utc(day, 8)):
                found = self.mission.with_user(self.user_employee).search([("on_weekend", "=", True)])
                return {name for name, mission in missions.items() if mission in found}

        self.assertEqual(find(self.monday), {"No end", "Began long ago", "Until Saturday", "Shifts"})
        self.assertEqual(find(self.monday + timedelta(days=6)), {"No end", "Began long ago"})

    def test_first_date_that_is_proposed(self):
        """The window begins with the mission's own start, or with a working day's morning; never after its end."""
        mission = self.make_mission("Fair", date_start=utc(self.monday, 14), date_end=utc(self.monday, 17))
        self.assertEqual(mission._propose_dates(), (mission.date_start, mission.date_end))
        mission.date_end = utc(self.monday + timedelta(days=9), 17)
        self.assertEqual(mission._propose_dates(), (mission.date_start, utc(self.monday, 17)))
        for day in range(7):
            with freeze_time(utc(self.monday + timedelta(days=day), 8)):
                start, end = self.mission._propose_dates()
                self.assertLess(start.weekday(), 5)
                self.assertEqual(end - start, timedelta(hours=3))
                self.assertIn((start - fields.Datetime.now()).days, range(9, 14))
        self.mission.date_end = fields.Datetime.now() + timedelta(days=2)
        self.assertEqual(self.mission._propose_dates(), (None, None))

    def test_time_that_is_proposed(self):
        """The window proposes the time that alone could be confirmed: by program, else by working schedule."""
        saturday = self.monday + timedelta(days=5)
        dates = {"work": utc(self.monday, 9), "personal": utc(saturday, 9)}
        for time_type, start in dates.items():
            mission = self.make_mission(time_type, date_start=start, date_end=start + timedelta(hours=2))
            context = mission.with_user(self.user_employee).action_apply()["context"]
            self.assertEqual(context["default_slot_ids"][0][2]["time_type"], time_type)
        self.program.allowed_time_types = "work"
        context = mission.with_user(self.user_employee).action_apply()["context"]
        self.assertEqual(context["default_slot_ids"][0][2]["time_type"], "work")
        self.assertEqual(mission.allowed_time_types, "work")

    def test_window_with_shifts(self):
        """Where there are shifts they are ticked: the only one is ticked already."""
        market = self.make_mission("Market")
        shift = self.make_shift(market)
        context = market.with_user(self.user_employee).action_apply()["context"]
        vals = context["default_slot_ids"][0][2]
        self.assertEqual((vals["shift_id"], vals["time_type"]), (shift.id, "work"))
        self.make_shift(market, day=1)
        context = market.with_user(self.user_employee).action_apply()["context"]
        self.assertEqual(context, {"default_mission_id": market.id})

    def test_names_of_shifts(self):
        """A shift is named by its times in the mission's zone, and in a choice by the places that are left."""
        market = self.make_mission("Market", skip_contact=True)
        shift = self.make_shift(market, capacity=2).with_user(self.user_colleague)
        self.assertIn("9:00", shift.display_name)
        self.assertIn("12:00", shift.display_name)
        self.assertNotIn("place", shift.display_name)
        choice = shift.with_context(show_places=True)
        self.assertIn("2 places left", choice.display_name)
        shift.sudo().capacity = 1
        choice.invalidate_recordset()
        self.assertIn("1 place left", choice.display_name)
        self._fill(shift)
        choice.invalidate_recordset()
        self.assertIn("full", choice.display_name)

    def _count(self, missions):
        """Return the queries of a page of the catalogue by a request that has read nothing before."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        spec = {name: {} for name in CARD} | {
            "association_id": {"fields": {"display_name": {}}},
            "cause_ids": {"fields": {"display_name": {}, "color": {}}},
        }
        found = missions.with_user(self.user_employee).web_search_read([("id", "in", missions.ids)], spec, limit=41)
        self.assertEqual(len(found["records"]), len(missions))
        return self.env.cr.sql_log_count - before

    def test_page_takes_as_many_queries_as_a_few_missions(self):
        """A page of 40 missions takes as many queries as one of four, for a plain employee."""
        causes = self.env["hr.volunteer.cause"].search([], limit=2)
        missions = self.mission.browse()
        for number in range(40):
            missions += self.make_mission(f"Mission {number}", capacity=3, cause_ids=[Command.set(causes.ids)])
            self.make_shift(missions[-1], day=number % 5)
        self.make_application(mission=missions[0])
        self._count(missions[:4])
        self.assertEqual(self._count(missions), self._count(missions[:4]))

    def test_search_panel_counts_for_employees(self):
        """The panel of filters counts missions by cause, place, format, time and duration for a plain employee."""
        cause = self.env["hr.volunteer.cause"].search([], limit=1)
        self.mission.cause_ids = cause
        missions = self.mission.with_user(self.user_employee)
        domain = [("program_id", "=", self.program.id)]
        values = {
            "cause_ids": cause.id,
            "address_id": self.association.id,
            "location_type": "on_site",
            "allowed_time_types": "both",
            "duration_type": "one_off",
        }
        for name, value in values.items():
            with self.subTest(field=name):
                found = missions.search_panel_select_multi_range(name, search_domain=domain, enable_counters=True)
                counts = {row["id"]: row["__count"] for row in found["values"]}
                self.assertEqual(counts[value], 1)

    def test_search_panel_tells_places_by_city(self):
        """The panel names a place by its city, then by whose it is."""
        self.association.city = "Lyon"
        found = self.mission.with_user(self.user_employee).search_panel_select_multi_range("address_id")
        names = {row["id"]: row["display_name"] for row in found["values"]}
        self.assertEqual(names[self.association.id], f"Lyon, {self.association.name}")
