import re
import threading
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, unquote, urlsplit

from odoo import Command, fields
from odoo.http import Request
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged
from odoo.tools import hash_sign, misc

from .common import PIXEL, VolunteerCommon

MODULE = "odoo.addons.volunteer_engagement."

# Every route of the addon, and who may come in:
#   public        anybody, where the settings open the pages, else whoever is logged in
#   own           whoever is logged in, to what is about themselves
#   member        whoever is logged in and acts for an association, to what is of that association
#   link <role>   whoever has the link in their mail, in that role
# What stands in <…> of an address is filled from ``RouteCommon._get_ids``. A form that goes to the address of its own
# page has “POST” before it.
ROUTES = {
    "/volunteering": "public",
    "/volunteering/missions": "public",
    "/volunteering/missions/page/<int:page>": "public",
    "/volunteering/mission/<string:slug>": "public",
    "/volunteering/program/<string:slug>": "public",
    "/volunteering/image/<string:model>/<int:record_id>": "public",
    "/volunteering/program/<int:program_id>/join": "own",
    "/volunteering/application/<string:token>": "link association",
    "/my/volunteering": "own",
    "/my/volunteering/history": "own",
    "/my/volunteering/history/page/<int:page>": "own",
    "/my/volunteering/withdraw": "own",
    "/my/volunteering/apply/<int:mission_id>": "own",
    "/my/volunteering/apply/<int:mission_id>/send": "own",
    "/my/volunteering/application/<int:application_id>": "own",
    "/my/volunteering/application/<int:application_id>/send": "own",
    "/my/volunteering/application/<int:application_id>/contact": "own",
    "/my/volunteering/application/<int:application_id>/dates": "own",
    "/my/volunteering/application/<int:application_id>/confirm": "own",
    "/my/volunteering/application/<int:application_id>/take_back": "own",
    "/my/volunteering/application/<int:application_id>/wait": "own",
    "/my/volunteering/application/<int:application_id>/cancel": "own",
    "/my/volunteering/application/<int:application_id>/say": "own",
    "/my/volunteering/application/<int:application_id>/file/<int:file_id>": "own",
    "/my/volunteering/application/<int:application_id>/manager-say": "own",
    "/my/volunteering/application/<int:application_id>/manager-file/<int:file_id>": "own",
    "/my/volunteering/application/<int:application_id>/calendar": "own",
    "/volunteering/invitation/<string:token>": "link employee",
    "/volunteering/invitation/<string:token>/opened": "link employee",
    "/volunteering/invitation/<string:token>/join": "link employee",
    "/my/volunteering/association": "member",
    "/my/volunteering/association/ended": "member",
    "/my/volunteering/association/ended/page/<int:page>": "member",
    "/my/volunteering/association/mission/<int:mission_id>": "member",
    "/my/volunteering/association/mission/<int:mission_id>/page/<int:page>": "member",
    "/my/volunteering/association/mission/<int:mission_id>/withdraw": "member",
    "POST /my/volunteering/association/mission/<int:mission_id>/withdraw": "member",
    "/my/volunteering/association/mission/<int:mission_id>/edit": "member",
    "/my/volunteering/association/mission/<int:mission_id>/save": "member",
    "/my/volunteering/association/<int:member_id>/mission": "member",
    "/my/volunteering/association/<int:member_id>/propose": "member",
    "/my/volunteering/association/<int:member_id>/people": "member",
    "/my/volunteering/association/<int:member_id>/invite": "member",
    "/my/volunteering/association/person/<int:person_id>/again": "member",
    "/my/volunteering/association/person/<int:person_id>/role": "member",
    "/my/volunteering/association/person/<int:person_id>/remove": "member",
    "/my/volunteering/association/application/<int:application_id>": "member",
    "/my/volunteering/association/application/<int:application_id>/<string:step>": "member",
    "POST /my/volunteering/association/application/<int:application_id>/<string:step>": "member",
    "/my/volunteering/association/application/<int:application_id>/say": "member",
    "/my/volunteering/association/application/<int:application_id>/file/<int:file_id>": "member",
    "/volunteering/application/<string:token>/<string:step>": "link association",
    "POST /volunteering/application/<string:token>/<string:step>": "link association",
    "/volunteering/application/<string:token>/file/<int:file_id>": "link association",
    "/volunteering/application/<string:token>/say": "link association",
    "/volunteering/approval/<string:token>": "link manager",
    "/volunteering/approval/<string:token>/<string:answer>": "link manager",
    "POST /volunteering/approval/<string:token>/<string:answer>": "link manager",
    "/volunteering/approval/<string:token>/file/<int:file_id>": "link manager",
    "/volunteering/approval/<string:token>/say": "link manager",
}
# what a form must send besides, for its step to be made
DATES = {"day": "2026-12-01", "start": "09:00", "end": "12:00", "time_type": "work", "slot": ""}
FORMS = {
    "/my/volunteering/apply/<int:mission_id>/send": DATES,
    "/my/volunteering/application/<int:application_id>/dates": DATES,
    "/my/volunteering/application/<int:application_id>/cancel": {"reason": "I am moving."},
    "/my/volunteering/application/<int:application_id>/say": {"body": "Good morning!"},
    "/my/volunteering/application/<int:application_id>/manager-say": {"body": "Good morning!"},
    "/volunteering/application/<string:token>/say": {"body": "Hello"},
    "/volunteering/approval/<string:token>/say": {"body": "Hello"},
}


class RouteCommon(VolunteerCommon, HttpCase):
    """People, a record of each kind that a page shows, and the links to them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.application = cls.make_application("applied").sudo()
        cls.foreign_application = cls.make_application("applied", user=cls.user_colleague).sudo()
        cls.foreign_program = cls.env["hr.volunteer.program"].create(
            {"name": "Elsewhere", "company_id": cls.other_company.id, "is_published": True}
        )
        cls.invitation = (
            cls.env["hr.volunteer.invitation"]
            .with_user(cls.user_officer)
            .create({"employee_id": cls.employee_silent.id, "program_id": cls.program.id})
            .sudo()
        )
        # the manager has no user
        cls.approval = cls.last_approval(cls.make_application("to_approve", user=cls.user_field))
        cls.linked = {"association": cls.application, "employee": cls.invitation, "manager": cls.approval}
        # what stands in the addresses behind a link
        cls.linked_places = {
            "association": {"step": "contact", "file_id": cls._make_file(cls.application)},
            "manager": {"answer": "approve", "file_id": cls._make_file(cls.approval)},
        }
        cls._make_member_records()
        cls.foreign_mission = cls.make_mission("Draft", state="draft")
        cls.own_file_id, cls.foreign_file_id = map(cls._make_file, (cls.application, cls.foreign_application))

    @classmethod
    def _make_file(cls, record):
        """Return the id of a file that the employee sent in the conversation of a record."""
        message = record._say(record.employee_user_id.partner_id, "As promised", [("list.txt", b"Gloves")])
        return message.attachment_ids.id

    @classmethod
    def _make_member_records(cls):
        """Make somebody who acts for the association in the portal, and the same of another association."""
        garden = cls.association.copy({"name": "Le Jardin"})
        soup_admin, soup_cook, garden_admin = cls.env["res.partner"].create(
            [
                {"name": "Ines Soupe", "parent_id": cls.association.id, "email": "ines@soupe.example"},
                {"name": "Carl Soupe", "parent_id": cls.association.id, "email": "carl@soupe.example"},
                {"name": "Jana Jardin", "parent_id": garden.id, "email": "jana@jardin.example"},
            ]
        )
        cls.user_member = new_test_user(
            cls.env,
            login="volunteer_member",
            groups="base.group_portal",
            partner_id=soup_admin.id,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        members = cls.env["hr.volunteer.association.member"].with_user(cls.user_officer)
        own, cook, foreign = members.create(
            [
                {"partner_id": person.id, "association_id": person.parent_id.id, "role": role}
                for person, role in (
                    (soup_admin, "administrator"),
                    (soup_cook, "referent"),
                    (garden_admin, "administrator"),
                )
            ]
        )
        mission = cls.make_mission("Rake leaves", association_id=garden.id, referent_id=garden_admin.id)
        application = cls.make_application("applied", mission=mission, user=cls.user_colleague).sudo()
        files = [
            cls.env["ir.attachment"].create(
                {"name": "a.txt", "raw": b"a", "res_model": record._name, "res_id": record.id}
            )
            for record in (cls.application, application)
        ]
        for record, file in zip((cls.application, application), files):
            record.message_post(body="Look", attachment_ids=file.ids, subtype_xmlid="mail.mt_comment")
        cls.member_ids = {
            "application_id": (cls.application.id, [application.id]),
            "file_id": (files[0].id, [files[1].id]),
            # referents look after no people
            "member_id": (own.id, [foreign.id, cook.id]),
            "mission_id": (cls.mission.id, [mission.id]),
            "person_id": (cook.id, [foreign.id]),
            "step": ("contact", ["nonsense"]),
        }

    def _get_ids(self, who=None):
        """Return what fills the places of an address: the ids of the person, and those of others and of nobody."""
        if who == "member":
            ids = {place: (own, [*others, 2**31 - 1, 2**40]) for place, (own, others) in self.member_ids.items()}
            return {**ids, "page": (1, [])}
        return {
            "application_id": (self.application.id, [self.foreign_application.id, 2**31 - 1, 2**40]),
            "file_id": (self.own_file_id, [self.foreign_file_id, 2**31 - 1, 2**40]),
            "mission_id": (self.mission.id, [self.foreign_mission.id, 2**31 - 1, 2**40]),
            "page": (1, []),
            "program_id": (self.program.id, [self.foreign_program.id, 2**31 - 1, 2**40]),
        }

    def _get_public_addresses(self):
        """Return the addresses that everybody may open, by their route: good ones, and those where nothing is."""
        draft = self.make_mission("Draft", "draft")
        hidden = self.program.copy({"name": "For insiders"})
        inside = self.make_mission("For insiders", program_id=hidden.id)
        foreign = draft.with_user(self.user_other_officer).create(
            {
                "name": "Elsewhere",
                "program_id": self.foreign_program.id,
                "association_id": self.association.id,
                "referent_id": self.referent.id,
            }
        )
        foreign.action_publish()
        for record in (self.program, self.mission, hidden):
            record.sudo().image = PIXEL
        nobody = ("x", "x-y", "0", "-1", "x-%00", 2**31 - 1, 2**40, 10**40)
        return {
            "/volunteering": (["/volunteering", "/volunteering?utm_source=mail"], []),
            "/volunteering/missions": (["/volunteering/missions"], []),
            "/volunteering/missions/page/<int:page>": (["/volunteering/missions/page/1"], []),
            "/volunteering/mission/<string:slug>": (
                [self.mission._get_page_url()],
                [f"/volunteering/mission/{id_}" for id_ in (draft.id, inside.id, foreign.id, *nobody)],
            ),
            "/volunteering/program/<string:slug>": (
                [self.program._get_page_url()],
                [f"/volunteering/program/{id_}" for id_ in (hidden.id, self.foreign_program.id, *nobody)],
            ),
            "/volunteering/image/<string:model>/<int:record_id>": (
                [
                    f"/volunteering/image/program/{self.program.id}",
                    f"/volunteering/image/mission/{self.mission.id}?size=card",
                ],
                [
                    f"/volunteering/image/program/{hidden.id}",
                    f"/volunteering/image/mission/{draft.id}",
                    f"/volunteering/image/program/{2**40}",
                    f"/volunteering/image/res.partner/{self.association.id}",
                    f"/volunteering/image/hr.volunteer.program/{self.program.id}",
                ],
            ),
        }

    def get_rules(self):
        """Return the routes of the addon as they are served, by their address."""
        rules = {}
        # Odoo asks the thread of a request for its database
        with patch.object(threading.current_thread(), "dbname", self.env.cr.dbname, create=True):
            routing_map = self.env["ir.http"].routing_map()
        pages = {rule.rule for rule in routing_map.iter_rules() if "GET" in (rule.methods or ())}
        for rule in routing_map.iter_rules():
            endpoint = rule.endpoint.func
            if any(
                base.__module__.startswith(MODULE) and endpoint.__name__ in vars(base)
                for base in type(endpoint.__self__).mro()
            ):
                is_twin = "POST" in rule.endpoint.routing["methods"] and rule.rule in pages
                rules[f"POST {rule.rule}" if is_twin else rule.rule] = rule
        return rules

    def get_token(self, role, record=None):
        """Return the token of a valid link, as the mail has it."""
        url = (record or self.linked[role])._get_link_url(role)
        self.assertTrue(url, f"nobody has a link as {role}")
        return url.rsplit("/", 1)[-1]

    def fill(self, path, foreign=None, who=None, **places):
        """Return an address with its places filled; ``foreign`` is the place that gets an id of somebody else."""
        ids = self._get_ids(who)

        def value(match):
            name = match[1]
            if name in places:
                return str(places[name])
            own, others = ids[name]
            return str(others[0] if name == foreign else own)

        return re.sub(r"<(?:\w+:)?(\w+)>", value, path.removeprefix("POST "))

    def send(self, path, data=None, csrf=True, **kwargs):
        """Send a form."""
        data = dict(data or {})
        if csrf:
            data["csrf_token"] = Request.csrf_token(self)
        return self.url_open(path, data=data, method="POST", allow_redirects=False, **kwargs)


@tagged("-at_install", "post_install")
class TestRoute(RouteCommon):
    """Who comes in by which address: a route that is in no row fails here."""

    def test_each_route_has_a_row(self):
        self.assertEqual(set(self.get_rules()), set(ROUTES))

    def test_reading_changes_nothing(self):
        """Each route reads or writes: what is reached by GET runs on a connection that cannot write."""
        for path, rule in self.get_rules().items():
            routing = rule.endpoint.routing
            with self.subTest(path=path):
                self.assertEqual(routing["type"], "http")
                methods = set(routing["methods"]) - {"OPTIONS", "HEAD"}
                self.assertIn(methods, ({"GET"}, {"POST"}))
                self.assertEqual(bool(routing["readonly"]), methods == {"GET"})
                self.assertTrue(routing.get("csrf", True))

    def test_language(self):
        """A page behind a link speaks its recipient's language; on all others the language is in the address."""
        for path, rule in self.get_rules().items():
            with self.subTest(path=path):
                self.assertEqual(rule.endpoint.routing.get("multilang", True), not ROUTES[path].startswith("link"))

    def test_form_without_csrf(self):
        """A form that another site sends in somebody's name is refused."""
        for path, who in ROUTES.items():
            if "POST" not in self.get_rules()[path].endpoint.routing["methods"]:
                continue
            with self.subTest(path=path):
                self._log_in(who)
                before = self.get_rows()
                response = self.send(self._fill_for(path, who), FORMS.get(path), csrf=False)
                self.assertEqual(response.status_code, 400)
                self.assertEqual(self.get_rows(), before)

    def test_link(self):
        """A link opens what it is for, and one that is not as it was sent opens nothing."""
        self.authenticate(None, None)
        for path, who in ROUTES.items():
            if not who.startswith("link"):
                continue
            role = who.split()[1]
            is_form = "POST" in self.get_rules()[path].endpoint.routing["methods"]
            if not is_form:
                with self.subTest(path=path, token="valid"):
                    response = self.url_open(self._fill_for(path, who))
                    self.assertEqual(response.status_code, 200)
            before = self.get_rows()
            for case, token in self._get_bad_tokens(role).items():
                with self.subTest(path=path, token=case):
                    url = self._fill_for(path, who, token=token)
                    response = self.send(url, FORMS.get(path)) if is_form else self.url_open(url)
                    self.assertEqual(response.status_code, 404)
            with self.subTest(path=path):
                self.assertEqual(self.get_rows(), before)

    def test_link_is_compared_in_constant_time(self):
        """Links are checked by Odoo's own function, which compares in constant time, and by nothing else."""
        token = self.get_token("association")
        for sent in (token, token[:-4] + "AAAA"):
            with patch.object(misc, "consteq", wraps=misc.consteq) as compare:
                self.env["hr.volunteer.application"]._find_by_link(sent)
            compare.assert_called_once()

    def test_stranger(self):
        """Without a login there is no page that is somebody's."""
        self.authenticate(None, None)
        for path, who in ROUTES.items():
            if who not in ("own", "member"):
                continue
            with self.subTest(path=path):
                before = self.get_rows()
                url = self._fill_for(path, who)
                is_form = "POST" in self.get_rules()[path].endpoint.routing["methods"]
                response = self.send(url, FORMS.get(path)) if is_form else self.url_open(url, allow_redirects=False)
                self.assertEqual(response.status_code, 303)
                self.assertIn("/web/login", response.headers["Location"])
                self.assertEqual(self.get_rows(), before)

    def test_foreign_id(self):
        """What is somebody else's is not found, whoever is logged in."""
        rules = self.get_rules()
        for who in ("own", "member"):
            self._log_in(who)
            before = self.get_rows()
            for path in (path for path, owner in ROUTES.items() if owner == who):
                is_form = "POST" in rules[path].endpoint.routing["methods"]
                for place in re.findall(r"<(?:\w+:)?(\w+)>", path):
                    for foreign in self._get_ids(who).get(place, ([], []))[1]:
                        with self.subTest(path=path, place=place, foreign=foreign):
                            url = self._fill_for(path, who, **{place: foreign})
                            response = self.send(url, FORMS.get(path)) if is_form else self.url_open(url)
                            self.assertEqual(response.status_code, 404)
            self.assertEqual(self.get_rows(), before)

    def test_open_pages(self):
        """Where a company opens its pages everybody reads them, and nothing that is hidden or another company's."""
        self.program.is_published = True
        self.company.volunteer_public_pages = True
        addresses = self._get_public_addresses()
        self.assertEqual(set(addresses), {path for path, who in ROUTES.items() if who == "public"})
        self.authenticate(None, None)
        before = self.get_rows()
        with self.assertNoLogs("odoo.http", "WARNING"):
            for path, (good, nothing) in addresses.items():
                for status, urls in ((200, good), (404, nothing)):
                    for url in urls:
                        with self.subTest(path=path, url=url):
                            self.assertEqual(self.url_open(url, allow_redirects=False).status_code, status)
        self.assertEqual(self.get_rows(), before)

    def test_closed_pages(self):
        """Where no company opens its pages everybody logs in first, and comes back to the page."""
        self.env["res.company"].search([]).volunteer_public_pages = False
        self.program.is_published = True
        addresses = self._get_public_addresses()
        self.authenticate(None, None)
        for path, (good, nothing) in addresses.items():
            for url in good + nothing:
                with self.subTest(path=path, url=url):
                    response = self.url_open(url, allow_redirects=False)
                    self.assertEqual(response.status_code, 303)
                    location = urlsplit(response.headers["Location"])
                    self.assertEqual(location.path, "/web/login")
                    self.assertEqual(parse_qs(location.query)["redirect"], [unquote(url)])

    # ---------------------------------------------------------------------
    # Helpers
    # ---------------------------------------------------------------------

    def _log_in(self, who):
        login = {"own": self.user_employee.login, "member": self.user_member.login}.get(who)
        self.authenticate(login, login)

    def _fill_for(self, path, who, **places):
        if who.startswith("link"):
            role = who.split()[1]
            places = {"token": self.get_token(role), **self.linked_places.get(role, {}), **places}
        return self.fill(path, who=who, **places)

    def _get_bad_tokens(self, role):
        """Return tokens that open nothing, by what is wrong with them."""
        record = self.linked[role].sudo()
        partner = record._get_link_partner(role)
        stranger = self.association
        scope = record._get_link_scope()
        good = self.get_token(role)
        values = [record.id, partner.id, role, record.link_version]
        later = fields.Datetime.now() + timedelta(days=1)
        with freeze_time(fields.Datetime.now() - timedelta(days=60)):
            old = hash_sign(self.env, scope, values, fields.Datetime.now() + timedelta(days=30))
        return {
            "malformed": "nonsense",
            "no letters of a token": "%00%F0%9F%92%A9",
            "cut": good[:-6],
            "changed": good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"),
            "too old": old,
            "revoked": hash_sign(self.env, scope, [*values[:3], record.link_version + 1], later),
            "another person": hash_sign(self.env, scope, [record.id, stranger.id, *values[2:]], later),
            "another role": hash_sign(self.env, scope, [record.id, partner.id, "officer", values[3]], later),
            "no record": hash_sign(self.env, scope, [2**31 - 1, *values[1:]], later),
            "another page": hash_sign(self.env, "volunteer_engagement/other", values, later),
        }
