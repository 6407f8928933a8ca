from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import VolunteerCommon


@tagged("-at_install", "post_install")
class TestOverview(VolunteerCommon):
    """The officers' home: each number is that of the records it opens."""

    def read_overview(self, user=None):
        """Return the tiles of a user by key, read by a request that has read nothing before."""
        self.env.invalidate_all()
        overview = self.rpc(self.env["hr.volunteer.overview"], user or self.user_officer, "get_overview")
        return {tile["key"]: tile for tile in overview["waiting"] + overview["figures"]}

    def count_records(self, tile, user=None):
        """Return how many records a tile opens: by the window, the domain and no filter."""
        action = self.env["ir.actions.act_window"]._for_xml_id(tile["action"])
        self.assertEqual(action["res_model"], tile["model"])
        self.assertFalse(action["domain"] and action["domain"] != "[]", "The window narrows what the tile counts")
        return self.env[tile["model"]].with_user(user or self.user_officer).search_count(tile["domain"])

    def make_everything_wait(self):
        """Let one record, or more, wait for each reason."""
        self.env["hr.volunteer.registration"].with_user(self.user_newcomer).create({})
        self.make_application("applied")
        self.make_application("applied", mission=self.make_mission("At once", skip_contact=True))
        self.make_application("to_approve", user=self.user_colleague)
        self.make_application("to_approve", user=self.user_field)
        self.make_application("waiting", mission=self.make_mission("Full"))
        self.make_mission("Nobody yet")
        self.make_mission("Not yet", state="draft")
        self.make_mission("Over", date_end=fields.Datetime.now() - timedelta(days=3))
        personal = [self.slot_vals(5, 19, 21, "personal")]
        return self.make_application(
            "confirmed", user=self.user_administrator, slots=personal, mission=self.make_mission("Soon")
        )

    def test_each_number_is_that_of_its_records(self):
        """What is counted is what the window shows, for each tile, and each is counted once."""
        soon = self.make_everything_wait()
        with freeze_time(soon.sudo().slot_ids.date_end):
            tiles = self.read_overview()
            for key, tile in tiles.items():
                if key in ("work", "personal", "people"):
                    continue
                with self.subTest(tile=key):
                    self.assertEqual(tile["count"], self.count_records(tile))
                    self.assertEqual(tile["value"], str(tile["count"]))
        expected = {
            "registration": 1,
            "association": 1,
            "no_approver": 1,
            "manager": 1,
            "attendance": 1,
            "waiting_list": 1,
            "no_applicant": 1,
            "draft": 1,
        }
        self.assertEqual({key: tiles[key]["count"] for key in expected}, expected)

    def test_oldest_application(self):
        """How long the association has not answered is said in days."""
        self.assertFalse(self.read_overview()["association"]["hint"])
        application = self.make_application("applied")
        self.assertFalse(self.read_overview()["association"]["hint"])
        with freeze_time(application.applied_date + timedelta(days=12, hours=1)):
            self.assertIn("12", self.read_overview()["association"]["hint"])

    def test_figures_of_the_year(self):
        """People and hours that are confirmed or attended in this year; the personal part apart."""
        with freeze_time(self.monday - timedelta(days=3)):
            slots = [self.slot_vals(), self.slot_vals(5, 19, 21, "personal")]
            self.make_application("to_approve", slots=slots)
            self.make_application("to_approve", user=self.user_field)
            self.make_application("contact", user=self.user_administrator)
        with freeze_time(self.monday):
            tiles = self.read_overview()
            self.assertEqual(
                [(tiles[key]["count"], tiles[key]["value"]) for key in ("people", "work", "personal")],
                [(2, "2"), (6, "6 h"), (2, "2 h")],
            )
            slots = self.env["hr.volunteer.slot"].with_user(self.user_officer)
            self.assertEqual(sum(slots.search(tiles["work"]["domain"]).mapped("hours")), 6)
            self.assertEqual(len(slots.search(tiles["people"]["domain"]).employee_id), 2)
        with freeze_time(self.monday + timedelta(days=366)):
            self.assertEqual(self.read_overview()["people"]["count"], 0)

    def test_own_records_are_not_counted(self):
        """Officers do not look after themselves: what is about them waits for others."""
        self.make_application("applied", user=self.user_officer)
        self.assertEqual(self.read_overview()["association"]["count"], 0)
        self.assertEqual(self.read_overview(self.user_administrator)["association"]["count"], 1)

    def test_other_company(self):
        """Officers count what is in their own companies."""
        self.make_everything_wait()
        tiles = self.read_overview(self.user_other_officer)
        self.assertFalse([key for key, tile in tiles.items() if tile["count"]])

    def test_refused_to_others(self):
        """Whoever is no officer is refused."""
        for user in (self.user_employee, self.user_manager, self.user_portal, self.env.ref("base.public_user")):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.read_overview(user)

    def test_number_of_queries(self):
        """Home costs less than fifteen queries, however much waits."""
        counts = []
        for number in range(2):
            for user in (self.user_employee, self.user_colleague, self.user_field):
                self.make_application("applied", user=user, mission=self.make_mission(f"{user.name} {number}"))
            self.read_overview()
            overview = self.env["hr.volunteer.overview"].with_user(self.user_officer)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            overview.get_overview()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess(max(counts), 15, counts)
        self.assertLessEqual(counts[1], counts[0])
