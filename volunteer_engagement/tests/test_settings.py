from lxml import etree
from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import VolunteerCommon

PREFIX = "volunteer_"


@tagged("-at_install", "post_install")
class TestSettings(VolunteerCommon):
    """Administrators of volunteering set its rules, and nothing else of the company."""

    def _settings(self, user=None):
        return self.env["hr.volunteer.settings"].with_user(user or self.user_administrator)

    def test_administrator_sets_the_rules(self):
        """The form shows the settings of the company and saves what is changed, again and again."""
        self.company.volunteer_offer_hours = 36
        with Form(self._settings()) as form:
            self.assertEqual(form.volunteer_offer_hours, 36)
            form.volunteer_offer_hours = 24
            form.volunteer_manager_approval = "tacit"
            form.volunteer_officer_ids.add(self.user_officer)
            form.volunteer_responsible_id = self.user_officer
        self.assertEqual(self.company.volunteer_offer_hours, 24)
        self.assertEqual(self.company.volunteer_manager_approval, "tacit")
        self.assertEqual(self.company.volunteer_officer_ids, self.user_officer)
        self.assertEqual(self.company.volunteer_responsible_id, self.user_officer)
        form.record.execute()
        form.record.volunteer_offer_hours = 12
        self.assertEqual(self.company.volunteer_offer_hours, 12)
        self.assertEqual(form.record.cancel()["tag"], "soft_reload")

    def test_warns_where_replies_leave(self):
        """The form says in words that answers to mails do not come back, until there is an alias domain."""
        record = self._settings().create({})
        self.assertFalse(record.is_reply_kept)
        self.company.alias_domain_id = self.env["mail.alias.domain"].create({"name": "replies.example"})
        self.assertTrue(self._settings().create({}).is_reply_kept)
        for model in ("hr.volunteer.settings", "res.config.settings"):
            arch = etree.fromstring(self.env[model].with_user(self.env.ref("base.user_admin")).get_view()["arch"])
            self.assertTrue(arch.xpath("//div[@invisible='is_reply_kept'][contains(., 'Replies leave Odoo')]"))

    def test_nobody_else_sets_them(self):
        """Officers, employees and portal users neither open nor save the form."""
        before = self.company.volunteer_offer_hours
        record = self._settings().create({})
        for user in self.actors.values():
            if user == self.user_administrator:
                continue
            with self.subTest(user=user.name):
                for method, *args in (
                    ("create", {"volunteer_offer_hours": 1}),
                    ("web_save", {"volunteer_offer_hours": 1}, {}),
                ):
                    with self.assertRaises(AccessError):
                        self.rpc(self._settings(user), user, method, *args)
                for method, *args in (("write", {"volunteer_offer_hours": 1}), ("read", []), ("execute",)):
                    with self.assertRaises(AccessError):
                        self.rpc(record, user, method, *args)
        self.assertEqual(self.company.volunteer_offer_hours, before)

    def test_nothing_else_is_written(self):
        """Neither another field, nor another company, nor a user by way of the list of officers."""
        record = self._settings().create({})
        user, other = self.user_administrator, self.other_company
        name, hours = self.company.name, other.volunteer_offer_hours
        users = self.env["res.users"].search_count([])
        forged = [
            {"company_id": other.id, "volunteer_offer_hours": 1},
            {"name": "Taken over"},
            {"company_id.name": "Taken over"},
            {"create_uid": self.user_officer.id},
            {"volunteer_officer_ids": [Command.create({"name": "Eve", "login": "eve"})]},
            {"volunteer_officer_ids": [Command.update(self.user_officer.id, {"login": "eve"})]},
            {"volunteer_officer_ids": [Command.delete(self.user_officer.id)]},
        ]
        for vals in forged:
            for records, method in ((record, "write"), (record.browse(), "create")):
                with self.subTest(vals=vals, method=method), self.assertRaises(AccessError):
                    self.rpc(records, user, method, vals)
        context = {"default_company_id": other.id, "allowed_company_ids": self.company.ids}
        self.rpc(record.browse(), user, "create", {"volunteer_offer_hours": 5}, context=context)
        context = {"allowed_company_ids": other.ids}
        with self.assertRaises(AccessError):
            self.rpc(record.browse(), user, "create", {"volunteer_offer_hours": 6}, context=context)
        self.assertEqual((self.company.name, self.company.volunteer_offer_hours), (name, 5))
        self.assertEqual(other.volunteer_offer_hours, hours)
        self.assertEqual(self.env["res.users"].search_count([]), users)
        self.assertEqual(self.user_officer.login, "volunteer_officer")

    def test_rules_that_can_not_be_are_refused(self):
        """The checks of the company hold."""
        for vals in ({"volunteer_offer_hours": 0}, {"volunteer_tacit_days": 61}):
            with self.subTest(vals=vals), self.assertRaises(CheckViolation), self.undone():
                self.rpc(self._settings(), self.user_administrator, "create", vals)

    def test_both_pages_are_the_same(self):
        """The form and the page in Odoo's own settings show the same blocks, of all that there is to set."""
        user = self._make_user(
            "system", "Sam System", groups="base.group_system,volunteer_engagement.group_volunteer_administrator"
        )
        pages = []
        for model in ("hr.volunteer.settings", "res.config.settings"):
            arch = self.env[model].with_user(user).get_views([(False, "form")])["views"]["form"]["arch"]
            (page,) = etree.fromstring(arch).xpath("//app[@name='volunteer_engagement']")
            pages.append(
                [
                    (node.tag, *sorted((key, node.get(key)) for key in ("name", "id", "string", "title", "help")))
                    for node in page.iter(etree.Element)
                    if node.tag in ("block", "setting", "field")
                ]
            )
        self.assertEqual(*pages)
        shown = {dict(attributes)["name"] for tag, *attributes in pages[0] if tag == "field"}
        stored = {name for name, field in self.company._fields.items() if name.startswith(PREFIX) and field.store}
        self.assertEqual(shown, stored)
