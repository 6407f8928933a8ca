from lxml import html

from odoo.tests import HttpCase, new_test_user, tagged


@tagged("-at_install", "post_install", "is_tour")
class TestOnboarding(HttpCase):
    """Odoo's tour leads the first officer to a published mission, and leaves everybody else alone."""

    def test_officer_publishes_a_mission(self):
        """Whoever follows the tour ends with a program, an association and a mission that employees can apply to."""
        officer = new_test_user(
            self.env, "tour_first_officer", groups="volunteer_engagement.group_volunteer_officer", lang="en_US"
        )
        self.start_tour("/odoo", "volunteer_engagement_tour", login=officer.login, timeout=120)
        mission = self.env["hr.volunteer.mission"].search([("create_uid", "=", officer.id)])
        self.assertEqual(mission.state, "published")
        self.assertEqual(mission.program_id.name, "Three days for others")
        self.assertTrue(mission.association_id.is_volunteer_association)
        self.assertEqual(mission.referent_id.email, "hello@neighbours.example.com")

    def test_empty_missions_lead_to_the_tour(self):
        """Where there are no missions yet, a link starts the tour in a new tab: Odoo starts tours with a page."""
        tour = self.env.ref("volunteer_engagement.volunteer_engagement_tour")
        action = self.env.ref("volunteer_engagement.hr_volunteer_mission_action")
        [link] = html.fromstring(action.help).iter("a")
        self.assertEqual((link.get("href"), link.get("target")), (f"/odoo?tour={tour.name}", "_blank"))
        self.assertTrue(tour.sharing_url.endswith(link.get("href")))

    def test_tour_is_for_officers(self):
        """An employee who has Odoo's tours turned on is not led into screens that are not theirs."""
        tour = self.env.ref("volunteer_engagement.volunteer_engagement_tour")
        (self.env["web_tour.tour"].search([]) - tour).unlink()
        for group, is_shown in (
            ("base.group_user", False),
            ("volunteer_engagement.group_volunteer_officer", True),
            ("volunteer_engagement.group_volunteer_administrator", True),
        ):
            with self.subTest(group=group):
                user = new_test_user(self.env, f"tour_{group.split('_')[-1]}", groups=group)
                user.tour_enabled = True
                current = self.env["web_tour.tour"].with_user(user).get_current_tour()
                self.assertEqual(bool(current), is_shown)
                if is_shown:
                    self.assertEqual(current["name"], tour.name)
