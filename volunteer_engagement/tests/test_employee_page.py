import re
from datetime import datetime, timedelta
from unittest.mock import patch
from urllib.parse import urlsplit

from lxml import html

from odoo import Command, fields
from odoo.http import Request
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import html2plaintext

from ..controllers.employee import VolunteerEmployeePortal
from ..models.application_page_mixin import MAX_LETTERS, SUGGESTED
from .common import VolunteerCommon, utc
from .test_tour import MANAGER, REFERENT, TourCommon

HOME = "/my/volunteering"


class EmployeePageCommon(VolunteerCommon, HttpCase):
    """An employee without a seat in Odoo: a portal user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_peter = cls._make_user("peter", "Peter Portal", groups="base.group_portal")
        cls.employee_peter = cls._make_employee(
            cls.user_peter, parent=cls.employee_manager, department_id=cls.department.id
        )
        cls.registration_peter = (
            cls.env["hr.volunteer.registration"]
            .with_user(cls.user_officer)
            .create({"employee_id": cls.employee_peter.id, "program_id": cls.program.id})
        )
        cls.peter = cls.employee_peter.work_contact_id

    def make(self, state, employee=None, mission=None, slots=None):
        """Make an application of Peter or another, by the officer, and take it to ``state``."""
        application = (
            self.env["hr.volunteer.application"]
            .with_user(self.user_officer)
            .create(
                {
                    "employee_id": (employee or self.employee_peter).id,
                    "mission_id": (mission or self.mission).id,
                    "slot_ids": [Command.create(vals) for vals in slots or [self.slot_vals()]],
                }
            )
        )
        if state != "draft":
            application.action_apply()
        if state in ("contact", "to_approve", "confirmed"):
            application.action_contact()
        if state in ("to_approve", "confirmed"):
            application.action_confirm()
        if state == "confirmed" and application.state == "to_approve":
            self.last_approval(application).with_user(self.user_manager).action_approve()
        return application.sudo()

    def make_ended(self, numbers):
        """Make applications of Peter that are done, each with three hours of a day of its own."""
        self.env["hr.volunteer.application"].with_user(self.user_administrator).create(
            [
                {
                    "employee_id": self.employee_peter.id,
                    "mission_id": self.mission.id,
                    "state": "done",
                    "slot_ids": [
                        Command.create({**self.slot_vals(-30 - number, time_type="personal"), "state": "attended"})
                    ],
                }
                for number in numbers
            ]
        )

    def find(self, mission=None, employee=None):
        return (
            self.env["hr.volunteer.application"]
            .sudo()
            .search(
                [
                    ("employee_id", "=", (employee or self.employee_peter).id),
                    ("mission_id", "=", (mission or self.mission).id),
                ]
            )
        )

    def log_in(self, user=None):
        login = (user or self.user_peter).login
        self.authenticate(login, login)

    def row(self, day=0, start="09:00", end="12:00", time_type="work", slot=""):
        """Return a date of a form, on the known Monday or later."""
        day = (self.monday + timedelta(days=day)).isoformat() if isinstance(day, int) else day
        return {"day": day, "start": start, "end": end, "time_type": time_type, "slot": str(slot)}

    def form(self, *rows, **values):
        """Return what a form with some dates sends."""
        data = [(name, value) for row in rows for name, value in row.items()]
        return [*data, *values.items()]

    def get(self, path, status=200):
        response = self.url_open(path)
        self.assertEqual(response.status_code, status, path)
        return response.text

    def post(self, path, data=(), status=200):
        """Send a form and return the words of the page that comes."""
        data = list(data.items()) if isinstance(data, dict) else list(data)
        data.append(("csrf_token", Request.csrf_token(self)))
        response = self.url_open(path, data=data)
        self.assertEqual(response.status_code, status, path)
        self.env.invalidate_all()
        return response.text

    def refuse(self, path, data, words):
        """Send a form that is refused in ``words``, and assert that nothing was done. Returns the page."""
        before = self.get_rows()
        page = self.post(path, data)
        alert = re.search(r'<div class="alert alert-danger" role="alert">(.*?)</div>', page, re.DOTALL)
        self.assertTrue(alert, html2plaintext(page))
        self.assertRegex(html2plaintext(alert[1]), words)
        self.assertEqual(self.get_rows(), before)
        return page


@tagged("-at_install", "post_install")
class TestEmployeePage(EmployeePageCommon):
    """Each step by the pages, for an employee who has a portal user."""

    # ---------------------------------------------------------------------
    # One screen
    # ---------------------------------------------------------------------

    def test_home_says_whose_turn_it_is(self):
        """What waits for the employee stands first, each with its next step; other people's are not there."""
        self.make("contact")
        other = self.make_mission("Sort clothes")
        self.make("applied", mission=other)
        theirs = self.make_mission("Paint the hall")
        self.make_application("contact", user=self.user_colleague, mission=theirs)
        self.log_in()
        words = html2plaintext(self.get(HOME))
        self.assertIn("Your turn", words)
        self.assertLess(words.index("Serve meals"), words.index("Sort clothes"))
        self.assertIn("Agree on dates with the association", words)
        self.assertIn("Waits for: The association", words)

    def test_home_says_the_balance_and_what_is_coming(self):
        self.company.volunteer_work_hours_allowance = 14
        self.make("confirmed")
        self.log_in()
        words = html2plaintext(self.get(HOME)).replace("*", "")
        self.assertRegex(words, r"Planned\s+3 h")
        self.assertRegex(words, r"Work time left\s+11 h\s+of\s+14 h")
        self.assertIn(self.find().slot_ids._format_day(), words)

    def test_home_of_an_employee_of_two_companies(self):
        """Registration, balance, missions and the way out are there for each; applications are those of both."""
        self.company.volunteer_work_hours_allowance = 14
        self.other_company.volunteer_work_hours_allowance = 7
        self.user_peter.company_ids += self.other_company
        employee = self._make_employee(self.user_peter, company=self.other_company)
        program = self.env["hr.volunteer.program"].create({"name": "There", "company_id": self.other_company.id})
        mission = self.mission.sudo().copy({"name": "Theirs", "program_id": program.id})
        mission._transition("published", actor=mission._get_system_actor()._replace(role="officer"))
        self.make("applied")
        self.log_in()
        words = html2plaintext(self.get(HOME)).replace("*", "")
        self.assertRegex(words, rf"{self.other_company.name}\s+Join first")
        self.assertRegex(words, rf"{self.company.name}\s+Done\s+0 h\s+Planned\s+0 h\s+Work time left\s+14 h")
        self.assertRegex(words, rf"{self.other_company.name}\s+Done\s+0 h\s+Planned\s+0 h\s+Work time left\s+7 h")
        self.assertNotIn("Theirs", words)
        registration = (
            self.env["hr.volunteer.registration"]
            .with_user(self.user_other_officer)
            .create({"employee_id": employee.id, "program_id": program.id})
        )
        page = self.get(HOME)
        self.assertNotIn("Join first", page)
        self.assertIn("Theirs", page)
        for own in (self.registration_peter, registration):
            self.assertIn(f'name="registration_id" value="{own.id}"', page)
        self.post(f"{HOME}/apply/{mission.id}/send", self.form(self.row()))
        self.assertIn("Theirs", self.get(HOME))
        self.post(f"{HOME}/withdraw", {"registration_id": registration.id})
        self.assertEqual(self.find(mission, employee).state, "cancelled")
        self.assertEqual(self.find().state, "applied")

    def test_home_says_where_the_registration_stands(self):
        """Not registered, pending, refused with the reason, withdrawn: each with what to do."""
        self.log_in()
        registration = self.registration_peter.sudo()
        cases = (
            ("pending", "is being validated"),
            ("refused", "Not this year."),
            ("withdrawn", "You have withdrawn"),
        )
        for state, words in cases:
            registration._write_step({"state": state, "refusal_reason": "Not this year."})
            with self.subTest(state=state):
                self.assertIn(words, self.get(HOME))
                if state != "pending":
                    self.assertIn(f'href="{self.program._get_page_url()}"', self.get(HOME))
        registration.unlink()
        page = self.get(HOME)
        self.assertIn("Join first", page)
        self.assertIn('href="/volunteering"', page)

    def test_who_is_no_employee_is_told_so(self):
        self.log_in(self.user_portal)
        self.assertIn("not linked to an employee", self.get(HOME))
        self.get(f"{HOME}/apply/{self.mission.id}", 404)
        self.assertNotIn(HOME, self.get("/my"))

    def test_portal_home_counts_what_waits(self):
        self.make("contact")
        self.log_in()
        page = self.get("/my")
        self.assertIn(f'href="{HOME}"', page)
        self.assertIn('href="/volunteering/missions"', page)
        counters = self.make_jsonrpc_request("/my/counters", {"counters": ["volunteering_count"]})
        self.assertEqual(counters, {"volunteering_count": 1})

    def test_history(self):
        """What is over is there with its hours, in pages."""
        self.make_ended(range(22))
        self.log_in()
        page = self.get(f"{HOME}/history")
        self.assertEqual(page.count("<strong>3 h</strong>"), 20)
        self.assertIn(f"{HOME}/history/page/2", page)
        self.assertEqual(self.get(f"{HOME}/history/page/2").count("<strong>3 h</strong>"), 2)

    # ---------------------------------------------------------------------
    # Applying
    # ---------------------------------------------------------------------

    def test_apply(self):
        """The proposed date is sent as it stands: the referent gets the mail that a step inside would send."""
        self.log_in()
        page = self.get(f"{HOME}/apply/{self.mission.id}")
        self.assertIn("Europe/Paris", page)
        start, end = self.mission._propose_dates()
        typed = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1] for name in ("day", "start", "end")}
        with self.assertMails((self.referent, "Peter Portal would like to help", "I cook.")):
            words = self.post(
                f"{HOME}/apply/{self.mission.id}/send",
                self.form({**typed, "time_type": "work", "slot": ""}, motivation="I cook."),
            )
        self.assertIn("Your application was sent.", words)
        application = self.find()
        self.assertEqual(application.state, "applied")
        self.assertEqual(application.motivation, "I cook.")
        self.assertEqual((application.slot_ids.date_start, application.slot_ids.date_end), (start, end))
        self.assertEqual(application.slot_ids.time_type, "work")
        self.assertEqual(application.company_id, self.company)
        self.assertIn("Peter Portal", self.get_log_lines(application).mapped("author_id.name"))

    def test_internal_user_applies_by_the_same_page(self):
        self.log_in(self.user_employee)
        self.assertIn(
            "Your application was sent.", self.post(f"{HOME}/apply/{self.mission.id}/send", self.form(self.row()))
        )
        application = self.find(employee=self.employee)
        self.assertEqual(application.state, "applied")
        self.assertIn(f"/odoo/my-volunteering/{application.id}", self.get(application._get_page_path()))

    def test_apply_with_several_dates(self):
        """Times are those of the mission; what was left open is said by the working hours; midnight is passed."""
        self.mission.tz = "America/New_York"
        self.log_in()
        rows = [
            self.row(0, "09:00", "11:00", ""),
            self.row(5, "10:00", "12:00", ""),
            self.row(6, "22:00", "01:00", "personal"),
            self.row("", "", "", ""),
        ]
        self.post(f"{HOME}/apply/{self.mission.id}/send", self.form(*rows))
        slots = self.find().slot_ids
        self.assertEqual(
            slots.mapped("date_start"),
            [
                utc(self.monday + timedelta(days=day), hour, tz="America/New_York")
                for day, hour in ((0, 9), (5, 10), (6, 22))
            ],
        )
        self.assertEqual(slots[2].date_end - slots[2].date_start, timedelta(hours=3))
        self.assertEqual(slots.mapped("time_type"), ["work", "personal", "personal"])

    def test_dates_are_added_and_removed_without_loss(self):
        self.log_in()
        before = self.get_rows()
        form = self.form(self.row(1, "10:00", "11:30", "personal"), motivation="Good <morning>", add="1")
        page = self.post(f"{HOME}/apply/{self.mission.id}/send", form)
        self.assertEqual(page.count('name="day"'), 2)
        self.assertEqual(page.count('value="10:00"'), 2)
        self.assertIn("Good &lt;morning&gt;", page)
        form = self.form(self.row(1, "10:00"), self.row(2, "13:00"), remove="0")
        page = self.post(f"{HOME}/apply/{self.mission.id}/send", form)
        self.assertEqual(page.count('name="day"'), 1)
        self.assertIn('value="13:00"', page)
        self.assertEqual(self.get_rows(), before)

    @freeze_time("2026-03-20 10:00:00")
    def test_daylight_saving(self):
        """A time that spring skips is refused in words; the hours of that night are those that passed."""
        self.log_in()
        path = f"{HOME}/apply/{self.mission.id}/send"
        self.refuse(path, self.form(self.row("2026-03-29", "02:30", "05:00", "personal")), "clocks change")
        self.post(path, self.form(self.row("2026-03-28", "23:00", "04:00", "personal")))
        slot = self.find().slot_ids
        self.assertEqual((slot.date_start, slot.date_end), (datetime(2026, 3, 28, 22), datetime(2026, 3, 29, 2)))

    def test_dates_that_are_refused(self):
        """Whatever is typed is refused in words, stays in the form, and nothing is half done."""
        self.log_in()
        yesterday = fields.Date.today() - timedelta(days=1)
        cases = {
            "nothing": ([], "at least one date"),
            "an empty row": ([self.row("", "", "")], "at least one date"),
            "backwards": ([self.row(0, "17:00", "09:00")], "Date 1 ends before it starts"),
            "no length": ([self.row(0, "09:00", "09:00")], "Date 1 ends before it starts"),
            "past": ([self.row(0), self.row(yesterday.isoformat())], "Date 2 is past"),
            "no day": ([self.row("", "09:00", "12:00"), self.row("", "x", "")], "Date 1: choose a day|Date 2: choose"),
            "malformed": ([self.row("31/12/2030")], "Date 1: choose a day"),
            "no time": ([self.row(0, "", "")], "Date 1: choose a day"),
            "no clock": ([self.row(0, "25:00", "26:00")], "Date 1: choose a day"),
            "with a zone": ([self.row(0, "09:00+05:00")], "Date 1: choose a day"),
            "NUL": ([self.row("2030-01-01\0")], "Date 1: choose a day"),
            "the end of time": ([self.row("9999-12-31", "23:00", "01:00")], "Date 1: choose a day"),
            "the beginning": ([self.row("0001-01-01", "00:00", "01:00")], "Date 1"),
            "too far": ([self.row("2090-01-01")], "2 years ahead at most"),
            "a time type": ([self.row(time_type="mixed")], "Choose work time or personal time"),
            "a date of somebody": ([self.row(slot="7")], "settled or removed"),
            "too many": ([self.row(number) for number in range(201)], "200 dates at most"),
        }
        for case, (rows, words) in cases.items():
            with self.subTest(case=case):
                page = self.refuse(
                    f"{HOME}/apply/{self.mission.id}/send", self.form(*rows, motivation="I cook."), words
                )
                self.assertIn("I cook.", page)
        self.refuse(f"{HOME}/apply/{self.mission.id}/send", self.form(self.row(), motivation="a\0b"), "cannot be")
        long = self.form(self.row(), motivation="a" * (MAX_LETTERS + 1))
        self.refuse(f"{HOME}/apply/{self.mission.id}/send", long, f"At most {MAX_LETTERS} characters")
        self.assertFalse(self.find())

    def test_apply_twice(self):
        """Whoever sends the form again comes to the application that is there."""
        self.log_in()
        form = self.form(self.row())
        self.post(f"{HOME}/apply/{self.mission.id}/send", form)
        before = self.get_rows()
        self.assertIn("you have one already", self.post(f"{HOME}/apply/{self.mission.id}/send", form))
        self.assertIn("Serve meals", self.get(f"{HOME}/apply/{self.mission.id}"))
        self.assertEqual(self.get_rows(), before)
        self.assertEqual(len(self.find()), 1)

    def test_apply_twice_at_the_same_moment(self):
        """The second of two forms is refused by the index, in words."""
        self.make("applied")
        self.log_in()

        def find(portal, mission_id):
            return self.env["hr.volunteer.application"]

        # what was there when the form was read
        with patch.object(VolunteerEmployeePortal, "_find_own_application", find):
            self.refuse(
                f"{HOME}/apply/{self.mission.id}/send", self.form(self.row()), "open application of this employee"
            )

    def test_who_cannot_apply_is_told_what_to_do(self):
        self.log_in()
        path = f"{HOME}/apply/{self.mission.id}"
        registration = self.registration_peter.sudo()
        for state, words in (("pending", "being validated"), ("withdrawn", "Join a program first")):
            registration._write_step({"state": state})
            with self.subTest(state=state):
                self.assertIn(words, self.get(path))
                self.refuse(f"{path}/send", self.form(self.row()), "not registered for volunteering yet")
        registration._write_step({"state": "validated"})
        self.program.department_ids = self.env["hr.department"].create(
            {"name": "Kitchen", "company_id": self.company.id}
        )
        page = self.get(path)
        self.assertIn("it is for certain departments", page)
        self.refuse(f"{path}/send", self.form(self.row()), "is not open to Peter Portal")

    def test_missions_that_are_not_for_the_user(self):
        """Drafts, cancelled ones, and those of a company where the user is no employee are not found."""
        self.log_in()
        program = self.env["hr.volunteer.program"].create({"name": "There", "company_id": self.other_company.id})
        theirs = self.mission.sudo().copy({"name": "Theirs", "program_id": program.id})
        theirs._transition("published", actor=theirs._get_system_actor()._replace(role="officer"))
        closed = theirs.copy({"name": "Theirs, closed"})
        for state in ("published", "closed"):
            closed._transition(state, actor=closed._get_system_actor()._replace(role="officer"))
        for mission in (self.make_mission("Draft", "draft"), theirs, closed):
            with self.subTest(mission=mission.name):
                self.get(f"{HOME}/apply/{mission.id}", 404)
                self.post(f"{HOME}/apply/{mission.id}/send", self.form(self.row()), 404)

    def test_mission_that_is_closed_while_somebody_types(self):
        """The reason is said in words, and what was typed is still there; dates are added as little as sent."""
        market = self.make_mission("Market")
        shift = self.make_shift(market)
        self.log_in()
        for mission, dates in (
            (self.mission, self.form(self.row(), self.row(1, "13:00", "15:00"))),
            (market, [("shift", str(shift.id))]),
        ):
            path = f"{HOME}/apply/{mission.id}"
            mission.with_user(self.user_officer).action_close()
            with self.subTest(mission=mission.name):
                self.assertIn("takes no applications any more", self.get(path))
                data = [*dates, ("motivation", "I <cook>.")]
                page = self.refuse(f"{path}/send", data, "does not take applications now")
                words = html2plaintext(page)
                self.assertIn("I <cook>.", words)
                day = shift._get_times() if mission == market else f"{self.monday + timedelta(days=1)}, 13:00 – 15:00"
                self.assertIn(day, words)
                self.assertNotIn('name="send"', page)
                before = self.get_rows()
                self.assertIn("I &lt;cook&gt;.", self.post(f"{path}/send", [*data, ("add", "1")]))
                self.assertEqual(self.get_rows(), before)

    def test_own_application_to_a_mission_that_was_closed(self):
        """It is reached by the mission, by the page and by the form."""
        application = self.make("applied")
        self.mission.with_user(self.user_officer).action_close()
        self.log_in()
        path = f"{HOME}/apply/{self.mission.id}"
        response = self.url_open(path, allow_redirects=False)
        self.assertTrue(response.headers["Location"].endswith(application._get_page_path()))
        self.assertIn("you have one already", self.post(f"{path}/send", self.form(self.row())))

    def test_shifts(self):
        """Shifts are ticked; one of another mission, or one that has begun, is refused."""
        market = self.make_mission("Market", skip_contact=True)
        shifts = [self.make_shift(market, day, capacity=2) for day in (0, 1, 2)]
        foreign = self.make_shift(self.make_mission("Fair"))
        past = self.make_shift(market, -14)
        self.log_in()
        path = f"{HOME}/apply/{market.id}/send"
        page = self.get(f"{HOME}/apply/{market.id}")
        self.assertEqual(page.count('name="shift"'), 3)
        self.assertIn("2 places left", page)
        for shift, words in (
            (foreign, "belongs to another mission"),
            (past, "has begun"),
            (None, "at least one date"),
        ):
            data = [("shift", str(shift.id))] if shift else []
            self.refuse(path, data, words)
        self.refuse(path, [("shift", "x")], "belongs to another mission")
        self.post(path, [("shift", str(shifts[0].id)), ("shift", str(shifts[1].id))])
        application = self.find(market)
        self.assertEqual(application.slot_ids.shift_id, shifts[0].sudo() + shifts[1].sudo())
        # one more and one less
        self.post(
            f"{application._get_page_path()}/dates", [("shift", str(shifts[1].id)), ("shift", str(shifts[2].id))]
        )
        self.assertEqual(application.slot_ids.shift_id, shifts[1].sudo() + shifts[2].sudo())

    def test_waiting_list(self):
        """What is full and needs no talk is applied to by joining the waiting list, and the kept place is taken."""
        market = self.make_mission("Market", skip_contact=True, capacity=1)
        holder = self.make_application("applied", user=self.user_colleague, mission=market, slots=[self.slot_vals(1)])
        holder.action_confirm()
        self.log_in()
        self.assertIn("Join the waiting list", self.get(f"{HOME}/apply/{market.id}"))
        self.assertIn("on the waiting list", self.post(f"{HOME}/apply/{market.id}/send", self.form(self.row())))
        application = self.find(market)
        self.assertEqual(application.state, "waiting")
        holder._cancel("I am moving.")
        page = self.get(application._get_page_path())
        self.assertIn("Take the place", page)
        self.post(f"{application._get_page_path()}/confirm", {"slot": application.slot_ids.id, "time_type": "work"})
        self.assertEqual(application.state, "to_approve")

    # ---------------------------------------------------------------------
    # One application
    # ---------------------------------------------------------------------

    def test_whole_way(self):
        """Spoken, confirmed on work and personal time, taken back, changed, confirmed, approved, cancelled."""
        application = self.make("applied", slots=[self.slot_vals(), self.slot_vals(5, time_type=False)])
        path = application._get_page_path()
        self.log_in()
        page = self.get(path)
        self.assertIn("rosa@soupe.example", page)
        with self.assertMails((self.referent, "You are in contact with Peter Portal")):
            self.assertIn("you are in contact", self.post(f"{path}/contact"))
        slots = application.slot_ids
        form = [("slot", slots[0].id), ("time_type", "work"), ("slot", slots[1].id), ("time_type", "personal")]
        with self.assertMails((self.user_manager.partner_id, "3 h")):
            self.assertIn("sent to your manager", self.post(f"{path}/confirm", form))
        self.assertEqual(application.state, "to_approve")
        self.assertEqual(slots.mapped("time_type"), ["work", "personal"])
        with self.assertMails((self.user_manager.partner_id,)):
            self.assertIn("Your dates are yours again", self.post(f"{path}/take_back"))
        self.assertEqual(application.state, "contact")

        page = self.get(f"{path}?edit=1")
        self.assertEqual(page.count('name="day"'), 2)
        kept = self.row(0, slot=slots[0].id)
        form = self.form(kept, self.row(2, "13:00", "15:00"), motivation="I cook.")
        self.assertIn("Your dates are saved.", self.post(f"{path}/dates", form))
        self.assertEqual(application.slot_ids[0], slots[0])
        self.assertEqual(application.slot_ids[1].date_start, utc(self.monday + timedelta(days=2), 13))
        self.assertFalse(slots[1].exists())
        self.assertEqual(application.motivation, "I cook.")

        form = [item for slot in application.slot_ids for item in (("slot", slot.id), ("time_type", "work"))]
        self.post(f"{path}/confirm", form)
        self.last_approval(application).with_user(self.user_manager).action_approve()
        page = self.get(path)
        self.assertIn("Your work time was approved.", page)
        calendar = self.url_open(f"{path}/calendar")
        self.assertTrue(calendar.headers["Content-Type"].startswith("text/calendar"))
        self.assertEqual(calendar.text.count("BEGIN:VEVENT"), 2)

        self.refuse(f"{path}/cancel", {"reason": " "}, "Say why in a sentence")
        self.refuse(f"{path}/cancel", {"reason": "a\0b"}, "cannot be")
        self.refuse(f"{path}/cancel", {"reason": "a" * (MAX_LETTERS + 1)}, f"At most {MAX_LETTERS} characters")
        with self.assertMails((self.referent, "I am moving."), (self.user_manager.partner_id,)):
            self.assertIn("Cancelled.", self.post(f"{path}/cancel", {"reason": "I am moving."}))
        self.assertEqual(application.cancel_reason, "I am moving.")
        self.get(f"{path}/calendar", 404)

    def test_same_mails_as_inside(self):
        """A step by the page tells the same people the same as the button inside does."""
        steps = {
            "applied": ("contact", "action_contact"),
            "contact": ("confirm", "action_confirm"),
            "to_approve": ("take_back", "action_take_back"),
            "confirmed": ("take_back", "action_take_back"),
        }
        self.log_in(self.user_employee)
        for state, (step, action) in steps.items():
            told = []
            for by_page in (True, False):
                application = self.make(state, self.employee, mission=self.make_mission("Serve"))
                mails = self.env["mail.mail"].sudo().search([])
                if by_page:
                    data = {"slot": application.slot_ids.id, "time_type": "work"} if step == "confirm" else {}
                    self.post(f"{application._get_page_path()}/{step}", data)
                else:
                    getattr(application.with_user(self.user_employee), action)()
                new = self.env["mail.mail"].sudo().search([]) - mails
                told.append((application.state, sorted((mail.email_to, mail.subject) for mail in new)))
                application.with_user(self.user_employee)._cancel("Next.")
            with self.subTest(state=state):
                self.assertTrue(told[0][1])
                self.assertEqual(*told)

    def test_steps_whose_time_has_passed(self):
        """A page that is older than the state says where it stands, and does nothing."""
        path = self.make("to_approve")._get_page_path()
        slot = self.find().slot_ids
        self.log_in()
        self.refuse(f"{path}/contact", {}, "is “To Approve” by now")
        self.refuse(f"{path}/send", {}, "is “To Approve” by now")
        self.refuse(f"{path}/wait", {}, "is “To Approve” by now")
        self.refuse(f"{path}/confirm", {"slot": slot.id, "time_type": "work"}, "Reload the page|cannot")
        for extra in ({}, {"add": "1"}, {"remove": "0"}):
            data = self.form(self.row(3, "13:00", "15:00"), motivation="I cook.", **extra)
            page = html2plaintext(self.refuse(f"{path}/dates", data, "settled.*is “To Approve” by now"))
            self.assertIn("I cook.", page)
            self.assertIn(f"{self.monday + timedelta(days=3)}, 13:00 – 15:00", page)
        self.find().with_user(self.user_officer)._request_changes("Not on a Monday.")
        self.refuse(f"{path}/take_back", {}, "is “In Contact” by now")

    def test_confirming_other_dates_than_shown(self):
        """Dates that somebody changed meanwhile, or none, or a wrong time: nothing is confirmed."""
        application = self.make("contact")
        self.log_in()
        path = f"{application._get_page_path()}/confirm"
        slot_id = application.slot_ids.id
        self.refuse(path, {}, "changed meanwhile")
        self.refuse(path, {"slot": slot_id + 1, "time_type": "work"}, "changed meanwhile")
        self.refuse(path, {"slot": slot_id, "time_type": "mixed"}, "Choose work time or personal time")
        page = self.refuse(path, {"slot": slot_id, "time_type": "personal"}, "lies in the working hours")
        self.assertRegex(page, r'value="personal"\s+selected="selected"')

    def test_all_dates_removed(self):
        application = self.make("contact")
        self.log_in()
        row = self.row("", slot=application.slot_ids.id)
        self.refuse(f"{application._get_page_path()}/dates", self.form(row), "at least one date")

    def test_draft_is_sent(self):
        application = self.make("draft")
        self.log_in()
        self.assertIn("Send my application", self.get(application._get_page_path()))
        with self.assertMails((self.referent, "would like to help")):
            self.post(f"{application._get_page_path()}/send")
        self.assertEqual(application.state, "applied")

    def test_only_the_buttons_that_go_on(self):
        """The page shows what ``next_states`` says, and nothing else."""
        self.log_in()
        buttons = {
            "draft": {"send", "cancel"},
            "applied": {"contact", "cancel", "say"},
            "contact": {"confirm", "cancel", "say"},
            "to_approve": {"take_back", "cancel", "say"},
            "confirmed": {"take_back", "cancel", "say"},
        }
        for state, expected in buttons.items():
            application = self.make(state, mission=self.make_mission("Serve"))
            page = self.get(application._get_page_path())
            with self.subTest(state=state):
                shown = set(re.findall(rf'action="{application._get_page_path()}/(\w+)"', page))
                self.assertEqual(shown, expected)
            application.with_user(self.user_officer)._cancel("Next.")

    def test_answer_of_the_manager(self):
        """State and reason are told; how many of the team are away is the manager's alone."""
        application = self.make("to_approve")
        self.last_approval(application).with_user(self.user_manager)._request_changes("Not on a Monday.")
        self.log_in()
        page = self.get(application._get_page_path())
        self.assertIn("A change was asked for.", page)
        self.assertIn("Not on a Monday.", page)
        self.assertNotIn("away", html2plaintext(page))

    def test_dates_while_the_manager_is_asked(self):
        """Nothing reads as settled, and the manager is not said to know of personal time."""
        evening = {"start": 19, "end": 21, "time_type": "personal"}
        application = self.make("to_approve", slots=[self.slot_vals(), self.slot_vals(day=1, **evening)])
        self.log_in()
        for path in (HOME, application._get_page_path()):
            with self.subTest(path=path):
                words = " ".join(html2plaintext(self.get(path)).split())
                self.assertIn("Work time – waits for your manager", words)
                self.assertIn("Personal time – settled once your work time is answered", words)
                self.assertNotIn("time – Confirmed", words)
                self.assertEqual(words.lower().count("waits for your manager"), 1)
        self.last_approval(application).with_user(self.user_manager)._approve()
        words = " ".join(html2plaintext(self.get(application._get_page_path())).split())
        self.assertIn("Work time – Confirmed", words)
        self.assertIn("Personal time – Confirmed", words)

    def test_talk_with_the_manager(self):
        """Both write and read about the question, files included; the association sees nothing of it."""
        application = self.make("to_approve")
        approval = self.last_approval(application).sudo()
        path = application._get_page_path()
        application._say(self.referent, "Bring gloves.")
        mails = self.env["mail.mail"].sudo().search([])
        approval._say(self.user_manager.partner_id, "Who takes your shift?", [("shifts.txt", b"Monday: nobody")])
        approval.message_post(body="Careful", subtype_xmlid="mail.mt_note")
        mail = self.env["mail.mail"].sudo().search([]) - mails
        self.assertEqual(mail.recipient_ids, self.peter)
        self.assertIn(f'{path}"', mail.body_html)
        self.log_in()
        link = f"/mail/view?model={approval._name}&res_id={approval.id}"
        response = self.url_open(link, allow_redirects=False)
        self.assertTrue(response.headers["Location"].endswith(path))
        page = self.get(path)
        talk = page[page.index("With your manager") :]
        self.assertIn("Who takes your shift?", talk)
        self.assertIn("Send to my manager", talk)
        self.assertNotIn("gloves", talk)
        self.assertNotIn("Careful", page)
        file_id = approval._get_conversation().attachment_ids.id
        self.assertEqual(self.url_open(f"{path}/manager-file/{file_id}").content, b"Monday: nobody")
        # each file by its own talk
        self.get(f"{path}/file/{file_id}", 404)
        self.refuse(f"{path}/manager-say", {"body": " "}, "Write a message first")
        told = self.env["mail.mail"].sudo().search([])
        page = self.post(f"{path}/manager-say", {"body": "Bruno does."})
        self.assertIn("Bruno does.", page[page.index("With your manager") :])
        message = approval._get_conversation()[-1]
        self.assertEqual(message.author_id, self.user_peter.partner_id)
        self.assertEqual(
            message.notified_partner_ids | (self.env["mail.mail"].sudo().search([]) - told).recipient_ids,
            self.user_manager.partner_id,
        )
        self.assertNotIn("Bruno does.", "".join(application.message_ids.mapped("body")))
        self.authenticate(None, None)
        for record, role, is_read in ((approval, "manager", True), (application, "association", False)):
            with self.subTest(role=role):
                page = self.get(urlsplit(record._get_link_url(role)).path)
                self.assertEqual("Bruno does." in page, is_read)
                self.assertEqual("Who takes your shift?" in page, is_read)

    def test_talk_with_the_manager_goes_on(self):
        """What was said before a change is still read where the manager is asked again."""
        application = self.make("to_approve")
        former = self.last_approval(application).sudo()
        former._say(self.user_manager.partner_id, "Who takes your shift?")
        former.sudo(False).with_user(self.user_manager)._request_changes("Not on a Monday.")
        self.log_in()
        path = application._get_page_path()
        self.post(f"{path}/confirm", {"slot": application.slot_ids.id, "time_type": "work"})
        approval = self.last_approval(application).sudo()
        self.assertNotEqual(approval, former)
        page = self.post(f"{path}/manager-say", {"body": "Bruno does."})
        self.assertIn("Who takes your shift?", page)
        self.assertEqual(html2plaintext(approval._get_conversation().body).strip(), "Bruno does.")

    def test_no_talk_without_a_manager(self):
        """Where nobody is asked there is nobody to write to."""
        application = self.make("contact")
        self.log_in()
        path = application._get_page_path()
        self.assertNotIn("With your manager", self.get(path))
        self.post(f"{path}/manager-say", {"body": "Hello?"}, 404)

    def test_documents(self):
        """The files of the association stand together; those of a note and of the manager do not."""
        application = self.make("to_approve")
        self.log_in()
        path = application._get_page_path()
        self.assertNotIn('id="documents"', self.get(path))
        application._say(self.referent, "Come at ten.", [("plan.txt", b"Turn left.")])
        application._say(self.referent, "And read this.", [("rules.txt", b"Be kind.")])
        self.last_approval(application).sudo()._say(
            self.user_manager.partner_id, "See who works.", [("shifts.txt", b"Monday: nobody")]
        )
        note = self.env["ir.attachment"].create({"name": "note.txt", "raw": b"Between us"})
        application.message_post(body="Note", attachment_ids=note.ids, subtype_xmlid="mail.mt_note")
        (section,) = html.fromstring(self.get(path)).xpath("//section[@aria-labelledby='documents']")
        links = {link.text_content().strip(): link.get("href") for link in section.iter("a")}
        self.assertEqual(set(links), {"plan.txt", "rules.txt"})
        self.assertEqual(self.url_open(links["rules.txt"]).content, b"Be kind.")

    def test_conversation(self):
        application = self.make("applied")
        self.log_in()
        path = application._get_page_path()
        application._say(self.referent, "Come at ten.", [("plan.txt", b"Turn left.")])
        application.message_post(body="Between us", subtype_xmlid="mail.mt_note")
        page = self.get(path)
        self.assertIn("Come at ten.", page)
        self.assertNotIn("Between us", page)
        file_id = application._get_conversation().attachment_ids.id
        self.assertEqual(self.url_open(f"{path}/file/{file_id}").content, b"Turn left.")
        self.refuse(f"{path}/say", {"body": " "}, "Write a message first")
        self.assertIn("I will be there.", self.post(f"{path}/say", {"body": "I will be there."}))
        self.assertEqual(application._get_conversation()[-1].author_id, self.user_peter.partner_id)

    def test_contact_is_shown_once_applied(self):
        """Nor is there anybody to write to before."""
        application = self.make("draft")
        self.log_in()
        path = application._get_page_path()
        application.message_post(body="Which day?", message_type="comment", subtype_xmlid="mail.mt_comment")
        page = self.get(path)
        self.assertNotIn("rosa@soupe.example", page)
        self.assertIn("Which day?", page)
        self.assertNotIn(f"{path}/say", page)
        self.refuse(f"{path}/say", {"body": "Hello"}, "does not know of this application")

    # ---------------------------------------------------------------------
    # Leaving, and the way in from mails
    # ---------------------------------------------------------------------

    def test_withdraw(self):
        application = self.make("applied")
        self.log_in()
        self.post(f"{HOME}/withdraw", {"registration_id": self.registration.id}, 404)
        for registration_id in ("", "x", str(2**31), "9" * 5000):
            self.post(f"{HOME}/withdraw", {"registration_id": registration_id}, 404)
        page = self.post(f"{HOME}/withdraw", {"registration_id": self.registration_peter.id})
        self.assertIn("You no longer take part.", page)
        self.assertEqual(self.registration_peter.sudo().state, "withdrawn")
        self.assertEqual(self.registration_peter.sudo().decided_by_id, self.user_peter.partner_id)
        self.assertEqual(application.state, "cancelled")
        self.refuse(f"{HOME}/withdraw", {"registration_id": self.registration_peter.id}, "Reload the page")

    def test_nobody_else_makes_the_steps(self):
        """Colleague, manager, officer, administrator and strangers do not find the pages of somebody."""
        application = self.make("contact")
        path = application._get_page_path()
        before = self.get_rows()
        for who in ("employee", "colleague", "manager", "officer", "administrator", "other company", "portal"):
            self.log_in(self.actors[who])
            with self.subTest(who=who):
                self.get(path, 404)
                self.post(f"{path}/confirm", {"slot": application.slot_ids.id, "time_type": "work"}, 404)
                self.post(f"{path}/cancel", {"reason": "No."}, 404)
        self.assertEqual(self.get_rows(), before)

    def test_mails_lead_to_the_page(self):
        """Portal users get the address of their page, internal users Odoo's, and without a user there is none."""
        application = self.make("applied")
        with self.assertMails((self.peter, "You are in contact")) as capture:
            application.with_user(self.user_officer).action_contact()
        url = f"{application.get_base_url()}/my/volunteering/application/{application.id}"
        self.assertIn(f'href="{url}"', capture.records.body_html)
        inside = self.make_application("applied").sudo()
        self.assertIn("/mail/view?", inside._get_employee_url())
        inside.with_user(self.user_officer).action_contact()
        self.employee_peter.user_id = False
        self.assertEqual(application._get_employee_url(), "")
        self.assertEqual(application._get_employee_missions_url(), "")

    def test_mail_of_a_message_leads_to_the_page(self):
        """What the association writes comes by mail, with a button to the page."""
        application = self.make("applied")
        mails = self.env["mail.mail"].sudo().search([])
        application._say(self.referent, "Come at ten.")
        mail = self.env["mail.mail"].sudo().search([]) - mails
        self.assertEqual(mail.recipient_ids or mail.email_to, self.peter)
        self.assertIn(f'/my/volunteering/application/{application.id}"', mail.body_html)

    def test_link_of_a_notification_leads_to_the_page(self):
        """Odoo's own link to a record leads portal users to their page, and others where it always did."""
        application = self.make("applied")
        link = f"/mail/view?model=hr.volunteer.application&res_id={application.id}"
        self.log_in()
        response = self.url_open(link, allow_redirects=False)
        self.assertTrue(response.headers["Location"].endswith(application._get_page_path()))
        self.log_in(self.user_portal)
        response = self.url_open(link, allow_redirects=False)
        self.assertNotIn("/my/volunteering", response.headers["Location"])
        own = self.make_application("applied")
        self.log_in(self.user_employee)
        response = self.url_open(f"/mail/view?model={own._name}&res_id={own.id}", allow_redirects=False)
        self.assertIn("/odoo/", response.headers["Location"])

    # ---------------------------------------------------------------------
    # What pages cost
    # ---------------------------------------------------------------------

    def test_queries_do_not_grow(self):
        """Reading writes nothing; the queries are the same for two and ten applications, two and twenty messages."""
        self.log_in()
        missions = [self.make_mission(f"Serve {number}") for number in range(12)]
        for number, mission in enumerate(missions[:2]):
            self.make("confirmed", mission=mission, slots=[self.slot_vals(day=number)])
        application = self.find(missions[0])
        counts, ended, said = {}, 0, 0
        for size, most in ((2, 2), (10, 20)):
            for number, mission in enumerate(missions[:size]):
                if not self.find(mission):
                    # all on one day each: as many dates as applications
                    self.make("confirmed", mission=mission, slots=[self.slot_vals(day=7 * number)])
            self.make_ended(range(ended, size))
            for number in range(said, most):
                partner = (self.peter, self.referent)[number % 2]
                application._say(partner, f"Number {number}", [(f"{number}.txt", b"Turn left.")])
            ended, said = size, most
            for page in (HOME, f"{HOME}/history", application._get_page_path(), f"{HOME}/apply/{missions[11].id}"):
                words = self.get(page)
                if page.endswith("history"):
                    self.assertEqual(words.count("<strong>3 h</strong>"), size)
                if page == application._get_page_path():
                    self.assertIn(f"{most - 1}.txt", words)
                before = self.get_rows()
                queries = self.cr.sql_log_count
                self.get(page)
                counts.setdefault(page, []).append(self.cr.sql_log_count - queries)
                self.assertEqual(self.get_rows(), before)
        for page, (few, many) in counts.items():
            with self.subTest(page=page):
                self.assertEqual(few, many)


@tagged("-at_install", "post_install", "is_tour")
class TestEmployeePageTour(TourCommon):
    """The way of an employee without a seat, from the login to dates that the manager is asked about."""

    def setUp(self):
        super().setUp()
        self.user.group_ids = self.env.ref("base.group_portal")
        self.env["hr.volunteer.registration"].with_user(self.officer).create({"employee_id": self.employee.id})
        self.told = self.env["mail.mail"].search([])

    def test_apply_and_confirm(self):
        """Three clicks after the login the application is sent; two more confirm the dates."""
        self.start_tour("/my", "volunteer_employee_page_apply", login=self.user.login)
        application = self.mission.sudo().application_ids
        self.assertEqual(application.state, "applied")
        self.assertEqual(application.motivation, "I sort quickly.")
        self.assertEqual(application.slot_ids.time_type, "work")
        self._assert_told(REFERENT)
        application.with_user(self.officer).action_contact()
        self.told = self.env["mail.mail"].search([])
        self.start_tour("/my/volunteering", "volunteer_employee_page_confirm", login=self.user.login)
        self.assertEqual(application.state, "to_approve")
        self._assert_told(MANAGER)

    def test_apply_to_any_mission(self):
        """Three clicks after the login the application to a mission is sent that is not suggested."""
        for number in range(SUGGESTED):
            self.mission.copy({"name": f"Serve {number}"}).action_publish()
        suggested = self.env["hr.volunteer.application"].with_user(self.user)._suggest_missions(self.employee)
        self.assertEqual(len(suggested), SUGGESTED)
        self.assertNotIn(self.mission, suggested)
        self.start_tour("/my", "volunteer_employee_page_find", login=self.user.login)
        self.assertEqual(self.mission.sudo().application_ids.state, "applied")
        self._assert_told(REFERENT)


@tagged("-at_install", "post_install", "is_tour")
class TestEmployeePageTourPhone(TestEmployeePageTour):
    """The same on a phone."""

    browser_size = "390x844"
    touch_enabled = True
