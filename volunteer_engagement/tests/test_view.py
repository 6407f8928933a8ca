from dateutil.relativedelta import relativedelta
from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import datetime as safe_datetime
from odoo.tools.safe_eval import safe_eval

from .common import ADMINISTRATOR_GROUP, VolunteerCommon

EVERYBODY = {
    "menu_volunteer_root",
    "menu_hr_volunteer_mission_catalogue",
    "menu_volunteer_mine",
    "menu_hr_volunteer_application_mine",
    "menu_hr_volunteer_slot_mine",
    "menu_hr_volunteer_registration_mine",
    "menu_hr_volunteer_program_join",
    "menu_hr_volunteer_approval",
    "menu_hr_volunteer_substitute_mine",
}
OFFICER = EVERYBODY | {
    "menu_volunteer_overview",
    "menu_volunteer_officer",
    "menu_hr_volunteer_registration",
    "menu_hr_volunteer_invitation",
    "menu_hr_volunteer_application",
    "menu_hr_volunteer_approval_all",
    "menu_hr_volunteer_substitute",
    "menu_hr_volunteer_slot",
    "menu_hr_volunteer_slot_analysis",
    "menu_hr_volunteer_mission",
    "menu_volunteer_association",
    "menu_volunteer_configuration",
    "menu_hr_volunteer_program",
}
MENUS = {
    "employee": EVERYBODY,
    "colleague": EVERYBODY,
    "manager": EVERYBODY,
    "officer": OFFICER,
    "administrator": OFFICER | {"menu_hr_volunteer_cause", "menu_volunteer_settings"},
}
MODULE = "volunteer_engagement"
# what the others may not read, as test_access_table says
READERS = {
    "hr.volunteer.settings": {"administrator"},
    "hr.volunteer.invitation": {"officer", "administrator"},
    "hr.volunteer.invite": {"officer", "administrator"},
}


@tagged("-at_install", "post_install")
class TestView(VolunteerCommon):
    """Menus, windows, filters and forms, as each role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        slots = [cls.slot_vals(), cls.slot_vals(day=5, time_type="personal")]
        cls.application = cls.make_application("to_approve", slots=slots)
        cls.roles = {name: cls.actors[name] for name in ("employee", "manager", "officer", "administrator")}

    def _get_actions(self):
        data = self.env["ir.model.data"].search([("module", "=", MODULE), ("model", "=", "ir.actions.act_window")])
        return self.env["ir.actions.act_window"].browse(data.mapped("res_id"))

    def _get_menus(self, user):
        menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        return {
            menu["xmlid"].removeprefix(f"{MODULE}."): menu
            for menu in menus.values()
            if (menu.get("xmlid") or "").startswith(f"{MODULE}.")
        }

    def _get_eval_context(self, user):
        return {
            "uid": user.id,
            "active_id": False,
            "allowed_company_ids": user.company_ids.ids,
            "context_today": lambda: self.monday,
            "datetime": safe_datetime,
            "relativedelta": relativedelta,
            "current_date": fields.Date.to_string(self.monday),
        }

    def _open(self, action, user):
        """Load all views of a window, run its domain, its filters and its groups, and read what it shows."""
        records = self.env[action.res_model].with_user(user)
        context = safe_eval(action.context or "{}", self._get_eval_context(user))
        records = records.with_context(**context)
        views = [*action.views, (action.search_view_id.id, "search")]
        loaded = records.get_views(views, {"toolbar": True, "load_filters": True, "action_id": action.id})["views"]
        domain = safe_eval(action.domain or "[]", self._get_eval_context(user))
        records.web_search_read(domain, {"display_name": {}})
        for view_type, view in loaded.items():
            arch = etree.fromstring(view["arch"])
            if view_type == "search":
                self._run_filters(records, arch, user)
                continue
            names = [
                node.get("name")
                for node in arch.iter("field")
                if not any(parent.tag == "field" for parent in node.iterancestors())
            ]
            records.search(domain, limit=5).web_read({name: {} for name in names if name in records._fields})

    def _run_filters(self, records, arch, user):
        for node in arch.iter("filter"):
            with self.subTest(model=records._name, filter=node.get("name"), user=user.name):
                if node.get("domain"):
                    records.search(safe_eval(node.get("domain"), self._get_eval_context(user)))
                group_by = safe_eval(node.get("context") or "{}", self._get_eval_context(user)).get("group_by")
                # contacts are grouped by properties in the client
                if group_by and records._fields[group_by.split(":")[0]].type != "properties":
                    if records._fields[group_by.split(":")[0]].type in ("date", "datetime") and ":" not in group_by:
                        group_by = f"{group_by}:month"
                    records.formatted_read_group([], [group_by], ["__count"])
        for node in arch.iter("field"):
            field = records._fields[node.get("name")]
            with self.subTest(model=records._name, field=field.name, user=user.name):
                if node.get("filter_domain"):
                    records.search(safe_eval(node.get("filter_domain"), {"self": "x"}))

    def test_menus_of_each_role(self):
        """Each role sees its menus and no other."""
        for name, expected in MENUS.items():
            with self.subTest(role=name):
                found = set(self._get_menus(self.actors[name])) - {"menu_hr_volunteer_employees"}
                self.assertEqual(found, expected)

    def test_every_menu_opens(self):
        """Each menu that a role sees opens a window with views that load and data that is read."""
        for name, user in self.roles.items():
            for xmlid, menu in self._get_menus(user).items():
                if not menu["action_id"]:
                    continue
                with self.subTest(role=name, menu=xmlid):
                    if xmlid == "menu_volunteer_overview":
                        self.assertEqual(menu["action_model"], "ir.actions.client")
                        continue
                    self.assertEqual(menu["action_model"], "ir.actions.act_window")
                    self._open(self.env["ir.actions.act_window"].sudo().browse(menu["action_id"]), user)

    def test_every_window_loads_for_every_role(self):
        """Windows that are reached by a button or a link load as well, for whoever may read their model."""
        for action in self._get_actions():
            for name, user in self.roles.items():
                with self.subTest(action=action.name, role=name):
                    if name in READERS.get(action.res_model, self.roles):
                        self._open(action, user)

    def test_settings_page(self):
        """The settings are on a page of their own, for those who may set up the database."""
        user = self._make_user("system", "Sam System", groups=f"base.group_system,{ADMINISTRATOR_GROUP}")
        settings = self.env["res.config.settings"].with_user(user)
        arch = settings.get_views([(False, "form")])["views"]["form"]["arch"]
        for name in (
            "volunteer_validation_mode",
            "volunteer_officer_ids",
            "volunteer_responsible_id",
            "volunteer_manager_approval",
        ):
            self.assertIn(f'name="{name}"', arch)
        with Form(settings) as form:
            form.volunteer_validation_mode = "automatic"
        form.record.execute()
        self.assertEqual(user.company_id.volunteer_validation_mode, "automatic")

    def test_every_view_of_the_module_is_valid(self):
        """Each view is rendered for each role that reads its model."""
        data = self.env["ir.model.data"].search([("module", "=", MODULE), ("model", "=", "ir.ui.view")])
        for view in self.env["ir.ui.view"].browse(data.mapped("res_id")):
            if view.type == "qweb" or not view.model or view.inherit_id:
                continue
            for name, user in self.roles.items():
                model = self.env[view.model].with_user(user)
                if model.has_access("read"):
                    with self.subTest(view=view.name, role=name):
                        model.get_views([(view.id, view.type)])

    def test_employee_applies_by_the_form(self):
        """An employee chooses a mission, writes a sentence, proposes a date and applies."""
        applications = self.env["hr.volunteer.application"].with_user(self.user_colleague)
        with Form(applications.with_context(default_mission_id=self.mission.id)) as form:
            form.motivation = "I like soup."
            with form.slot_ids.new() as slot:
                slot.date_start = self.slot_vals()["date_start"]
                slot.date_end = self.slot_vals()["date_end"]
        application = form.record
        application.action_apply()
        self.assertEqual(application.state, "applied")

    def test_forms_of_each_role(self):
        """Each role opens the forms of what it reads."""
        approval = self.last_approval(self.application)
        mission, program = self.mission, self.program
        records = {
            "employee": [self.application, self.registration, approval, mission, program],
            "manager": [approval, mission, program],
            "officer": [self.application, self.registration, approval, mission, program, *self.application.slot_ids],
            "administrator": [self.application, self.registration, approval, mission, program],
        }
        for name, visible in records.items():
            for record in visible:
                with self.subTest(role=name, model=record._name):
                    Form(record.with_user(self.actors[name]).sudo(False))

    def test_buttons_open_what_they_promise(self):
        """Buttons that open other records return windows that the person may read."""
        windows = [
            self.application.with_user(self.user_officer).action_open_approvals(),
            self.last_approval(self.application).with_user(self.user_officer).sudo(False).action_open_application(),
            self.mission.with_user(self.user_officer).action_open_applications(),
            self.program.with_user(self.user_officer).action_open_missions(),
            self.association.with_user(self.user_officer).action_open_volunteer_missions(),
        ]
        for window in windows:
            with self.subTest(window=window.get("name")):
                self.assertEqual(window["type"], "ir.actions.act_window")
                records = self.env[window["res_model"]].with_user(self.user_officer)
                domain = window.get("domain") or [("id", "=", window.get("res_id"))]
                self.assertTrue(records.search(domain))

    def test_missions_open_as_the_reader_uses_them(self):
        """Officers look after the missions of a program or an association; employees find cards to apply from."""
        for name, action in (
            ("officer", "hr_volunteer_mission_action"),
            ("employee", "hr_volunteer_mission_action_catalogue"),
        ):
            for record, method in (
                (self.program, "action_open_missions"),
                (self.association, "action_open_volunteer_missions"),
            ):
                with self.subTest(role=name, method=method):
                    window = getattr(record.with_user(self.actors[name]), method)()
                    self.assertEqual(window["id"], self.env.ref(f"{MODULE}.{action}").id)
                    missions = self.env["hr.volunteer.mission"].with_user(self.actors[name])
                    self.assertIn(self.mission, missions.search(window["domain"]))

    def test_cards_begin_with_open_missions(self):
        """Of the missions of a program, those that take applications come before those that are over."""
        closed = self.make_mission("Closed", "closed", date_start=fields.Datetime.now() - relativedelta(years=1))
        arch = etree.fromstring(self.env.ref(f"{MODULE}.hr_volunteer_mission_view_kanban").arch)
        missions = self.env["hr.volunteer.mission"].with_user(self.actors["employee"])
        found = missions.search([("program_id", "=", self.program.id)], order=arch.get("default_order"))
        self.assertEqual(found, self.mission + closed)

    def test_lists_have_cards_for_phones(self):
        """Where a window begins with a list Odoo takes cards on a phone, where the list would be cut off."""
        narrow = self.env.ref(f"{MODULE}.hr_volunteer_cause_action")
        for action in self._get_actions() - narrow:
            modes = [mode for _id, mode in action.views]
            if modes[0] == "list":
                with self.subTest(action=action.name):
                    self.assertIn("kanban", modes)

    def test_portal_user_loads_nothing(self):
        """Portal users have pages, not views."""
        for model in ("hr.volunteer.application", "hr.volunteer.mission", "hr.volunteer.approval"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.user_portal).web_search_read([], {"display_name": {}})
