from odoo.tests import HttpCase, tagged

CLICKBOT = "odoo.loader.modules.get('@web/webclient/clickbot/clickbot_loader').startClickEverywhere('%s')"


@tagged("-at_install", "post_install", "-standard", "click_all")
class TestClickEverywhere(HttpCase):
    """Each role of the demo company clicks on every menu, view and filter that it sees, and no error comes up."""

    def _click(self, login):
        user = self.env.ref(f"volunteer_engagement.user_{login}")
        menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        apps = [menus[app]["xmlid"] for app in menus["root"]["children"]]
        self.assertIn("volunteer_engagement.menu_volunteer_root", apps)
        for app in apps:
            with self.subTest(app=app):
                self.browser_js(
                    "/odoo",
                    CLICKBOT % app,
                    "odoo.isReady === true",
                    login=login,
                    timeout=600,
                    success_signal="clickbot test succeeded",
                )

    def test_employee(self):
        """Emma has applications in several states."""
        self._click("emma")

    def test_manager(self):
        """Marc has a team, and volunteers as well."""
        self._click("marc")

    def test_officer(self):
        """Olivia looks after everything."""
        self._click("olivia")
