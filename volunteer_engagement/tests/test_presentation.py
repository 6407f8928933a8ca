from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

from lxml import html

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import PIXEL, utc
from .test_route import RouteCommon
from .test_tour import OFFICER, TourCommon


@tagged("-at_install", "post_install")
class TestPresentation(RouteCommon):
    """The pages of programs and missions: who sees what on them, and what they say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.company"].search([]).volunteer_public_pages = False
        cls.company.volunteer_public_pages = True
        cls.company.volunteer_validation_mode = "manual"
        cls.program.is_published = True
        cls.user_shop = cls._make_user("shop", "Sami Shop", groups="base.group_portal")
        cls.employee_shop = cls._make_employee(cls.user_shop, parent=cls.employee_manager)
        cls.hidden = cls.program.copy({"name": "For insiders"})
        # those of other pages
        missions = cls.env["hr.volunteer.mission"].search([("state", "=", "published"), ("id", "!=", cls.mission.id)])
        missions.filtered(lambda mission: mission.company_id == cls.company).with_user(cls.user_officer).action_close()

    def get(self, url, user=None, status=200):
        """Return the page as its reader sees it, parsed."""
        self.authenticate(user and user.login, user and user.login)
        response = self.url_open(url)
        self.assertEqual(response.status_code, status, url)
        return html.fromstring(response.text)

    def get_cards(self, page):
        """Return the titles of the cards of a page."""
        return [title.text_content().strip() for title in page.xpath("//article//h3")]

    def get_text(self, page, xpath="//main"):
        return " ".join(page.xpath(xpath)[0].text_content().split())

    def find_missions(self, query=None):
        """Return the missions of the catalogue for what stands in the address."""
        response = self.url_open("/volunteering/missions", params=query)
        self.assertEqual(response.status_code, 200, query)
        return self.get_cards(html.fromstring(response.text))

    @contextmanager
    def assertReadsOnly(self):
        """Assert that no page asks for a connection that writes, after one that cannot."""
        with self.assertNoLogs("odoo.http", "WARNING"):
            yield

    # ---------------------------------------------------------------------
    # Who sees what
    # ---------------------------------------------------------------------

    def test_portal_user_has_no_access_to_the_models(self):
        """The pages give nobody a right to read programs or missions otherwise."""
        for record in (self.program, self.mission):
            with self.assertRaises(AccessError):
                record.with_user(self.user_shop).read(["name"])

    def test_visitor_sees_published_programs_alone(self):
        """A program that is not published, and its missions, are for employees."""
        self.make_mission("Inside", program_id=self.hidden.id)
        for url in ("/volunteering", "/volunteering/missions"):
            cards = self.get_cards(self.get(url))
            self.assertIn("Serve meals", cards)
            self.assertNotIn("Inside", cards)
            self.assertNotIn("For insiders", cards)
        for user in (self.user_shop, self.user_employee):
            with self.subTest(user=user.name):
                cards = self.get_cards(self.get("/volunteering", user))
                self.assertLess({"Solidarity", "For insiders", "Serve meals", "Inside"}, set(cards) | {""})
                self.get(self.hidden._get_page_url(), user)
        self.get(self.hidden._get_page_url(), status=404)
        self.get(self.hidden._get_page_url(), self.user_portal, status=404)

    def test_closing_the_pages_closes_them_for_visitors(self):
        """Employees, internal or not, read them all the same."""
        self.company.volunteer_public_pages = False
        for user in (self.user_shop, self.user_employee):
            self.get(self.program._get_page_url(), user)
        page = self.get("/volunteering", self.user_portal)
        self.assertFalse(self.get_cards(page))
        self.assertIn("ask your HR officer", self.get_text(page))
        self.get(self.program._get_page_url(), self.user_portal, status=404)
        self.authenticate(None, None)
        response = self.url_open(self.program._get_page_url() + "?a=1", allow_redirects=False)
        location = urlsplit(response.headers["Location"])
        self.assertEqual(
            (location.path, parse_qs(location.query)["redirect"]),
            ("/web/login", [self.program._get_page_url() + "?a=1"]),
        )

    def test_employee_sees_the_own_company(self):
        """Another company's programs are another company's, published or not."""
        self.other_company.volunteer_public_pages = True
        self.assertIn("Elsewhere", self.get_cards(self.get("/volunteering")))
        self.assertNotIn("Elsewhere", self.get_cards(self.get("/volunteering", self.user_shop)))
        self.get(self.foreign_program._get_page_url(), self.user_shop, status=404)
        self.get(self.program._get_page_url(), self.user_other, status=404)

    def test_archived_program_is_gone(self):
        self.program.active = False
        self.get(self.program._get_page_url(), status=404)
        self.get(self.mission._get_page_url(), self.user_shop, status=404)

    def test_image(self):
        """The picture comes in the size that is asked for, is kept by the browser, and goes with the page."""
        self.mission.image = PIXEL
        url = self.mission._get_image_urls()[self.mission.id]
        response = self.url_open(f"{url}&size=card")
        self.assertEqual(response.status_code, 200)
        self.assertTrue(response.headers["Content-Type"].startswith("image/"))
        self.assertIn("immutable", response.headers["Cache-Control"])
        again = self.url_open(f"{url}&size=card", headers={"If-None-Match": response.headers["ETag"]})
        self.assertEqual(again.status_code, 304)
        self.assertIn(url, self.get(self.mission._get_page_url()).xpath("//main//img/@src")[0])
        for query in ("size=huge", "size=", "width=9999999", "unique=%00"):
            self.assertEqual(self.url_open(f"/volunteering/image/mission/{self.mission.id}?{query}").status_code, 200)
        self.mission.image = False
        self.assertEqual(self.url_open(url).status_code, 404)
        self.program.is_published = False
        self.assertEqual(self.url_open(url).status_code, 404)

    # ---------------------------------------------------------------------
    # What they say
    # ---------------------------------------------------------------------

    def test_head_of_each_page(self):
        """Each page has a title, a description for search engines, one heading, and no breadcrumbs."""
        for url in (
            "/volunteering",
            "/volunteering/missions",
            self.program._get_page_url(),
            self.mission._get_page_url(),
        ):
            for user in (None, self.user_shop, self.user_employee):
                with self.subTest(url=url, user=user and user.name):
                    page = self.get(url, user)
                    self.assertTrue(page.xpath("//head/title")[0].text.strip() not in ("", "Odoo"))
                    self.assertTrue(page.xpath("//head/meta[@name='description']/@content")[0].strip())
                    self.assertEqual(len(page.xpath("//h1")), 1)
                    self.assertFalse(page.xpath("//*[contains(@class, 'o_portal_submenu')]"))

    def test_old_name_leads_to_the_address_of_today(self):
        for record in (self.program, self.mission):
            for slug in (f"old-name-{record.id}", str(record.id)):
                url = f"/volunteering/{record._presentation_page}/{slug}?a=1"
                response = self.url_open(url, allow_redirects=False)
                self.assertEqual(response.status_code, 303)
                self.assertTrue(response.headers["Location"].endswith(f"{record._get_page_url()}?a=1"))

    def test_page_in_french(self):
        """The address says the language; names that are translated are in it."""
        self.program.with_context(lang="fr_FR").name = "Solidarité"
        first = self.url_open(f"/fr{self.program._get_page_url()}", allow_redirects=False)
        self.assertTrue(first.headers["Location"].endswith(f"/fr/volunteering/program/solidarite-{self.program.id}"))
        response = self.url_open(first.headers["Location"])
        self.assertTrue(response.url.endswith(f"/fr/volunteering/program/solidarite-{self.program.id}"))
        self.assertEqual(html.fromstring(response.text).xpath("//h1")[0].text, "Solidarité")

    def test_links_to_what_is_the_readers(self):
        """Employees go on to their own page; others have none."""
        for url in ("/volunteering/missions", self.program._get_page_url(), self.mission._get_page_url()):
            for user, links in ((self.user_shop, 1), (self.user_employee, 1), (self.user_portal, 0), (None, 0)):
                with self.subTest(url=url, user=user and user.name):
                    page = self.get(url, user)
                    self.assertEqual(len(page.xpath("//main//nav//a[@href='/my/volunteering']")), links)

    def test_open_in_odoo_is_for_internal_users(self):
        self.assertTrue(self.get("/volunteering", self.user_employee).xpath("//a[@href='/odoo/volunteering']"))
        for user in (None, self.user_shop):
            self.assertFalse(self.get("/volunteering", user).xpath("//main//a[starts-with(@href, '/odoo')]"))

    def test_rules(self):
        """The rules are those that hold; departments and places are named to employees, tags to nobody."""
        tag = self.env["hr.employee.category"].create({"name": "Under observation"})
        self.program.write(
            {
                "department_ids": [Command.set(self.department.ids)],
                "employee_tag_ids": [Command.set(tag.ids)],
                "min_seniority_months": 6,
            }
        )
        self.program.sudo().work_hours_allowance = 21.5
        self.company.volunteer_manager_approval = "tacit"
        self.company.volunteer_tacit_days = 3
        inside = self.get_text(self.get(self.program._get_page_url(), self.user_shop), "//dl")
        outside = self.get_text(self.get(self.program._get_page_url()), "//dl")
        for text in (inside, outside):
            self.assertNotIn(tag.name, text)
            for words in ("Employees of Marée SA", "6 months", "21 h 30", "silence is a yes after 3 working days"):
                self.assertIn(words, text)
        self.assertIn("Sales", inside)
        self.assertNotIn("Sales", outside)
        self.program.write(
            {"allowed_time_types": "personal", "department_ids": [Command.clear()], "min_seniority_months": 0}
        )
        self.program.employee_tag_ids = False
        self.company.volunteer_validation_mode = "automatic"
        text = self.get_text(self.get(self.program._get_page_url()), "//dl")
        self.assertIn("All employees of Marée SA", text)
        self.assertIn("you are in at once", text)
        self.assertNotIn("manager", text)

    def test_page_of_a_mission(self):
        """It shows what an employee decides by, and neither the referent nor who takes part."""
        mission = self.make_mission("Market", capacity=4)
        first = self.make_shift(mission, capacity=1)
        self.make_shift(mission, day=1, capacity=2)
        slots = [{"shift_id": first.id, "time_type": "work"}]
        self.make_application("confirmed", user=self.user_colleague, mission=mission, slots=slots)
        text = self.get_text(self.get(mission._get_page_url()))
        for words in ("Market", "La Soupe", "1 rue des Halles", "Full", "2 places left", "Europe/Paris", "Sign in to"):
            self.assertIn(words, text)
        for secret in ("Rosa", "soupe.example", "Bruno", "Oscar"):
            self.assertNotIn(secret, text)

    def test_next_step(self):
        """The button says what comes next for its reader, and leads there."""
        member, draft = self.user_administrator, self.make_application(user=self.user_officer)
        registration = self.env["hr.volunteer.registration"].with_user(self.user_newcomer)
        registration._join(self.program.with_user(self.user_newcomer))
        page = self.mission._get_page_url()
        application = self.application
        for user, words, url in (
            (None, "Sign in to apply", f"/web/login?redirect={page.replace('/', '%2F')}"),
            (member, "Apply", f"/my/volunteering/apply/{self.mission.id}"),
            (self.user_officer, "Send my draft", f"/my/volunteering/application/{draft.id}"),
            (self.user_employee, "You applied", f"/my/volunteering/application/{application.id}"),
            (self.user_shop, "Join first", f"{self.program._get_page_url()}?mission={self.mission.id}"),
            (self.user_newcomer, "being validated", None),
            (self.user_portal, "For employees of Marée SA", None),
        ):
            with self.subTest(user=user and user.name):
                for address, part in ((page, "//aside"), ("/volunteering/missions", "//article")):
                    block = self.get(address, user).xpath(part)[0]
                    self.assertIn(words, " ".join(block.text_content().split()))
                    if url:
                        self.assertIn(url, block.xpath(".//a/@href"))
        self.program.department_ids = self.department
        aside = self.get(page, self.user_shop).xpath("//aside")[0]
        self.assertIn("Not open to you: it is for certain departments", " ".join(aside.text_content().split()))
        self.assertIn("/volunteering/missions", aside.xpath(".//a/@href"))
        self.assertIn(
            "Not open to you", self.get_text(self.get("/volunteering/missions", self.user_shop), "//article")
        )
        self.mission.with_user(self.user_officer).date_end = fields.Datetime.now() - timedelta(days=1)
        for user in (None, self.user_shop, member):
            self.assertIn("Takes no applications", self.get_text(self.get(page, user)))
        self.assertNotIn("Serve meals", self.find_missions())

    # ---------------------------------------------------------------------
    # Catalogue
    # ---------------------------------------------------------------------

    def test_catalogue_filters(self):
        """Each filter leaves what was asked for, and says so by a link that takes it away."""
        cause = self.env["hr.volunteer.cause"].create({"name": "Animals"})
        day = self.monday + timedelta(days=15)
        lyon = self.association.copy({"name": "Chez Lyon", "city": "Lyon"})
        self.make_mission("Letters", location_type="remote", duration_type="long")
        self.make_mission("Dogs", cause_ids=[Command.set(cause.ids)], address_id=lyon.id)
        self.make_mission("Fair", date_start=utc(day, 9), date_end=utc(day, 12))
        market = self.make_mission("Market")
        self.make_shift(market, day=15)
        personal = self.program.copy({"name": "Evenings", "allowed_time_types": "personal", "is_published": True})
        self.make_mission("Concert", program_id=personal.id)
        full = self.make_mission("Full", capacity=1)
        self.make_application("confirmed", mission=full)
        everything = {"Serve meals", "Letters", "Dogs", "Fair", "Market", "Concert", "Full"}
        flexible = everything - {"Fair", "Market"}
        tuesday, wednesday = str(day), str(day + timedelta(days=1))
        for query, expected in (
            ({}, everything),
            ({"search": "dog"}, {"Dogs"}),
            ({"search": "lyon"}, {"Dogs"}),
            ({"search": "la soupe"}, everything),
            ({"cause": cause.id}, {"Dogs"}),
            ({"place": "Lyon"}, {"Dogs"}),
            ({"remote": "1"}, {"Letters"}),
            ({"format": "long"}, {"Letters"}),
            ({"time": "work"}, everything - {"Concert"}),
            ({"time": "personal"}, everything),
            ({"program": personal.id}, {"Concert"}),
            ({"places": "1"}, everything - {"Full"}),
            ({"weekend": "1"}, flexible),
            ({"from": tuesday, "to": tuesday}, everything),
            ({"from": wednesday}, flexible),
            ({"to": str(day - timedelta(days=1))}, flexible),
            ({"search": "dog", "remote": "1"}, set()),
        ):
            with self.subTest(query=query):
                self.assertEqual(set(self.find_missions(query)), expected)
        page = html.fromstring(self.url_open("/volunteering/missions?search=dog&remote=1&sort=name").text)
        self.assertIn("Nothing fits", self.get_text(page))
        self.assertEqual(
            set(page.xpath("//a[contains(@class, 'o_volunteer_chip')]/@href")),
            {"/volunteering/missions?remote=1&sort=name", "/volunteering/missions?search=dog&sort=name"},
        )
        self.assertEqual(page.xpath("//input[@name='search']/@value"), ["dog"])
        self.assertTrue(page.xpath("//input[@name='remote']/@checked"))

    def test_catalogue_order(self):
        day = self.monday + timedelta(days=15)
        self.make_mission("B", date_start=utc(day, 9))
        self.make_mission("A", date_start=utc(day + timedelta(days=1), 9))
        self.assertEqual(self.find_missions(), ["B", "A", "Serve meals"])
        self.assertEqual(self.find_missions({"sort": "name"}), ["A", "B", "Serve meals"])
        self.assertEqual(self.find_missions({"sort": "newest"}), ["A", "B", "Serve meals"])

    def test_catalogue_pages(self):
        """Pages keep the filters; a page that is not there is the first or the last."""
        for number in range(13):
            self.make_mission(f"Walk {number:02}")
        page = html.fromstring(self.url_open("/volunteering/missions?search=walk&sort=name").text)
        self.assertEqual(self.get_cards(page), [f"Walk {number:02}" for number in range(12)])
        following = page.xpath("//ul[contains(@class, 'pagination')]//a/@href")[-1]
        self.assertEqual(following, "/volunteering/missions/page/2?search=walk&sort=name")
        self.assertEqual(self.get_cards(html.fromstring(self.url_open(following).text)), ["Walk 12"])
        for number, cards in (("2", 1), (10**12, 1), ("-1", 12), ("0", 12), ("x", 12), ("²", 12), ("9" * 5000, 12)):
            with self.subTest(number=str(number)[:20]):
                self.assertEqual(len(self.find_missions({"search": "walk", "page": number})), cards)
        self.assertEqual(len(self.get_cards(self.get(f"/volunteering/missions/page/{10**12}?search=walk"))), 1)

    def test_catalogue_bad_input(self):
        """What cannot be read is left out: never an error."""
        for query in (
            {"cause": "x", "program": "x", "place": "Nowhere", "time": "x", "format": "x", "sort": "x; drop"},
            {"cause": 2**31, "program": 10**40},
            {"cause": "-1", "program": "1.5"},
            {"search": "\0", "place": "\0", "from": "\0"},
            {"from": "2026-02-30", "to": "tomorrow"},
            {"from": "0001-01-01", "to": "9999-12-31"},
            {"remote": "yes", "weekend": "0", "places": "\0"},
            {"unknown": "1", "filters": "1", "choices": "1", "slug": "1"},
        ):
            with self.subTest(query=query):
                self.assertIn("Serve meals", self.find_missions(query))
        for words in ("%", "\\", "'", "x" * 5000, "<script>alert(1)</script>"):
            with self.subTest(words=words[:20]):
                self.find_missions({"search": words})
        page = html.fromstring(self.url_open("/volunteering/missions", params={"search": "<i>x</i>"}).text)
        self.assertIn("<i>x</i>", self.get_text(page))

    def test_queries_do_not_grow(self):
        """The number of queries is the same for three missions and for twelve; pages only read, and change nothing."""
        users = (None, self.user_shop, self.user_employee)
        cause = self.env["hr.volunteer.cause"].create({"name": "Animals"})
        detailed = self.make_mission("Long market", cause_ids=[Command.set(cause.ids)])
        urls = (
            "/volunteering",
            "/volunteering/missions",
            self.program._get_page_url(),
            f"{self.program._get_page_url()}?mission={detailed.id}",
            detailed._get_page_url(),
        )
        counts = {}

        def add(numbers):
            for number in numbers:
                causes = [Command.create({"name": f"Cause {number}"}), Command.link(cause.id)]
                partner = self.association.copy({"name": f"Association {number}", "city": f"City {number}"})
                mission = self.make_mission(
                    f"Mission {number}", "draft", association_id=partner.id, referent_id=partner.id
                ).sudo()
                mission.write({"image": PIXEL, "cause_ids": causes})
                mission.with_user(self.user_officer).action_publish()
                for day in range(2):
                    self.make_shift(mission, day=day)
                self.make_shift(detailed, day=number, capacity=number + 1)
                detailed.sudo().cause_ids = [Command.create({"name": f"Detail {number}"})]

        def count(url):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(self.url_open(url).status_code, 200)
            return self.env.cr.sql_log_count - before

        self.mission.with_user(self.user_officer).action_close()
        add(range(3))
        for step in ("few", "many"):
            for user in users:
                self.authenticate(user and user.login, user and user.login)
                for url in urls:
                    with self.assertReadsOnly():
                        count(url)
                        before = self.get_rows()
                        counts.setdefault((user, url), []).append(count(url))
                        self.assertEqual(self.get_rows(), before)
            add(range(3, 12) if step == "few" else ())
        for (user, url), (few, many) in counts.items():
            with self.subTest(user=user and user.name, url=url):
                self.assertEqual(few, many)

    # ---------------------------------------------------------------------
    # Join
    # ---------------------------------------------------------------------

    def _join(self, user, program=None, **form):
        self.authenticate(user and user.login, user and user.login)
        return self.send(f"/volunteering/program/{(program or self.program).id}/join", form)

    def _get_registration(self, employee):
        return self.env["hr.volunteer.registration"].search([("employee_id", "=", employee.id)])

    def test_join_is_validated_by_an_officer(self):
        """Whoever joins reads that an officer looks at it; asking twice asks once."""
        officers = self.user_officer + self.user_administrator
        with self.assertMails(*[(officer.partner_id, "Sami Shop") for officer in officers]):
            response = self._join(self.user_shop)
        self.assertEqual(response.status_code, 303)
        self.assertTrue(response.headers["Location"].endswith(self.program._get_page_url()))
        registration = self._get_registration(self.employee_shop)
        self.assertEqual((registration.state, registration.program_id), ("pending", self.program))
        page = self.get(self.program._get_page_url(), self.user_shop)
        self.assertIn("Your registration is being validated", self.get_text(page))
        self.assertFalse(page.xpath("//form[contains(@action, 'join')]"))
        with self.assertMails():
            self._join(self.user_shop)
        self.assertEqual(self._get_registration(self.employee_shop), registration)

    def test_join_at_once(self):
        """Where registrations are validated automatically, the next page is the own one."""
        self.company.volunteer_validation_mode = "automatic"
        response = self._join(self.user_shop)
        self.assertEqual(response.status_code, 303)
        self.assertTrue(response.headers["Location"].endswith("/my/volunteering?notice=joined"))
        self.assertIn(
            "Welcome: you are registered", self.get_text(self.get("/my/volunteering?notice=joined", self.user_shop))
        )
        self.assertEqual(self._get_registration(self.employee_shop).state, "validated")
        self.assertIn("You are a member", self.get_text(self.get(self.program._get_page_url(), self.user_shop)))

    def test_join_on_the_way_to_a_mission(self):
        """Whoever joins to apply to a mission gets there at once, a visitor too; other numbers lead home."""
        self.company.volunteer_validation_mode = "automatic"
        url = f"{self.program._get_page_url()}?mission={self.mission.id}"
        sign_in = urlsplit(self.get(url).xpath("//aside//a/@href")[0])
        self.assertEqual(parse_qs(sign_in.query)["redirect"], [url])
        page = self.get(url, self.user_shop)
        fields_ = {field.get("name"): field.get("value") for field in page.xpath("//aside//form//input")}
        self.assertEqual(fields_["mission"], str(self.mission.id))
        draft = self.make_mission("Draft", "draft")
        there = self.make_mission("There", program_id=self.hidden.id)
        foreign = draft.with_user(self.user_other_officer).create(
            {
                "name": "Elsewhere",
                "program_id": self.foreign_program.id,
                "association_id": self.association.id,
                "referent_id": self.referent.id,
            }
        )
        foreign.action_publish()
        for mission, path in (
            (draft.id, "/my/volunteering?notice=joined"),
            (foreign.id, "/my/volunteering?notice=joined"),
            (2**31, "/my/volunteering?notice=joined"),
            ("9" * 5000, "/my/volunteering?notice=joined"),
            ("²", "/my/volunteering?notice=joined"),
            ("-1", "/my/volunteering?notice=joined"),
            ("//elsewhere.example", "/my/volunteering?notice=joined"),
            (there.id, f"/my/volunteering/apply/{there.id}?notice=joined_for_mission"),
            (self.mission.id, f"/my/volunteering/apply/{self.mission.id}?notice=joined_for_mission"),
        ):
            with self.subTest(mission=str(mission)[:20]):
                self._get_registration(self.employee_shop).unlink()
                response = self._join(self.user_shop, mission=mission)
                self.assertTrue(response.headers["Location"].endswith(path))
        page = self.get_text(self.get(response.headers["Location"], self.user_shop))
        self.assertIn("Now you can apply", page)
        self.assertIn("Send my application", page)
        # an officer looks at it first: the mission is not lost
        self.company.volunteer_validation_mode = "manual"
        self._get_registration(self.employee_shop).unlink()
        for user in (self.user_shop, None):
            location = self._join(user, mission=self.mission.id).headers["Location"]
            self.assertIn(f"mission={self.mission.id}", unquote(location))

    def test_no_program_yet(self):
        """Each reader is told what to do: visitors, employees, and users who are none."""
        self.env["hr.volunteer.program"].search([]).sudo().active = False
        for user, words, others in (
            (None, "sign in", ("HR officer", "on its way")),
            (self.user_shop, "The first one is on its way", ("HR officer", "sign in")),
            (self.user_portal, "ask your HR officer", ("sign in", "on its way")),
        ):
            text = self.get_text(self.get("/volunteering", user))
            with self.subTest(user=user and user.name):
                self.assertIn(words, text)
                for other in others:
                    self.assertNotIn(other, text)

    def test_join_after_a_refusal(self):
        """The reason stands on the page, and who was refused asks again; the name in the log is the employee's."""
        self._join(self.user_shop)
        registration = self._get_registration(self.employee_shop)
        registration.with_user(self.user_officer)._refuse("Come back in spring.")
        page = self.get(self.program._get_page_url(), self.user_shop)
        self.assertIn("Come back in spring.", self.get_text(page))
        self.assertIn("Ask again", self.get_text(page, "//form[contains(@action, 'join')]"))
        self._join(self.user_shop)
        self.assertEqual(registration.state, "pending")
        self.assertEqual(self.get_log_lines(registration)[-1].author_id, self.user_shop.partner_id)

    def test_join_a_program_for_others(self):
        """It is refused in words, on the page, and nothing is made."""
        self.program.department_ids = self.department
        page = self.get(self.program._get_page_url(), self.user_shop)
        self.assertIn("Not open to you: it is for certain departments", self.get_text(page))
        self.assertFalse(page.xpath("//form[contains(@action, 'join')]"))
        response = self._join(self.user_shop)
        self.assertEqual(response.status_code, 200)
        alert = html.fromstring(response.text).xpath("//*[@role='alert']")[0].text_content()
        self.assertIn("is not open to Sami Shop", alert)
        self.assertFalse(self._get_registration(self.employee_shop))

    def test_join_is_for_employees(self):
        """Who is no employee of the company joins nothing; a visitor logs in and comes back to the page."""
        self.assertEqual(self._join(self.user_portal).status_code, 404)
        self.assertEqual(self._join(self.user_other).status_code, 404)
        self.assertIn("ask your HR officer", self.get_text(self.get(self.program._get_page_url(), self.user_portal)))
        before = self.get_rows()
        response = self._join(None)
        location = urlsplit(response.headers["Location"])
        self.assertEqual(
            (location.path, parse_qs(location.query)["redirect"]), ("/web/login", [self.program._get_page_url()])
        )
        self.assertEqual(self.get_rows(), before)


@tagged("-at_install", "post_install", "is_tour")
class TestPresentationTour(TourCommon):
    """The way of a visitor who turns out to be an employee, without a seat in Odoo."""

    def test_visitor_joins(self):
        """From the first page over a mission and its program to the registration, with a sign-in on the way."""
        user = new_test_user(
            self.env, "tour_shop", groups="base.group_portal", name="Tour Shop", email="shop@company.example.com"
        )
        employee = self.env["hr.employee"].create({"name": "Tour Shop", "user_id": user.id})
        employee.company_id.volunteer_public_pages = True
        self.program.is_published = True
        self.start_tour("/volunteering", "volunteer_visitor_join")
        registration = self.env["hr.volunteer.registration"].search([("employee_id", "=", employee.id)])
        self.assertEqual((registration.state, registration.program_id), ("pending", self.program))
        self._assert_told(OFFICER)
