from contextlib import nullcontext, suppress
from datetime import timedelta

from psycopg2 import Error as DatabaseError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .common import VolunteerCommon

MODULE = "volunteer_engagement"

# The columns of the tables below. "own" is whoever the record is about, whatever else they are.
COLUMNS = {
    "manager": "manager",
    "officer": "officer",
    "admin": "administrator",
    "inside": "colleague, manager's manager, other manager, HR officer",
    "outside": "portal employee, association contact, public",
    "elsewhere": "other company, other officer",
}
OWNERS = ("employee", "manager", "officer", "administrator", "HR officer")

# r: reads, w: writes the fields of FIELDS, c: creates one like it, d: deletes. Everybody else: nothing.
RIGHTS = """
model         state        own    manager  officer  admin   inside  outside  elsewhere
cause         -            .      r        r        rwcd    r       -        r
program       -            .      r        rwcd     rwcd    r       -        -
mission       draft        .      -        rwcd     rwcd    -       -        -
mission       published    .      r        rw       rwc     r       -        -
mission       closed       .      r        rw       rwc     r       -        -
mission       cancelled    .      r        rw       rwc     r       -        -
shift         -            .      r        rwcd     rwcd    r       -        -
registration  pending      rc     -        rc       rcd     -       -        -
registration  validated    r      -        r        rcd     -       -        -
registration  refused      r      -        r        rcd     -       -        -
registration  withdrawn    r      -        r        rcd     -       -        -
application   draft        rwcd   -        rwcd     rwcd    -       -        -
application   applied      rw     -        rw       rwc     -       -        -
application   contact      rw     -        rw       rwc     -       -        -
application   waiting      r      -        r        rc      -       -        -
application   to_approve   r      -        r        rc      -       -        -
application   confirmed    r      -        r        rc      -       -        -
application   done         r      -        r        rc      -       -        -
application   refused      r      -        r        rc      -       -        -
application   cancelled    r      -        r        rc      -       -        -
work slot     proposed     rwcd   r        rwcd     rwcd    -       -        -
work slot     confirmed    r      r        r        rc      -       -        -
work slot     attended     r      r        r        rc      -       -        -
work slot     absent       r      r        r        rc      -       -        -
work slot     cancelled    r      r        r        rc      -       -        -
own slot      proposed     rwcd   -        rwcd     rwcd    -       -        -
own slot      confirmed    r      -        r        rc      -       -        -
own slot      attended     r      -        r        rc      -       -        -
own slot      absent       r      -        r        rc      -       -        -
own slot      cancelled    r      -        r        rc      -       -        -
approval      pending      r      r        r        rc      -       -        -
approval      approved     r      r        r        rc      -       -        -
approval      changes      r      r        r        rc      -       -        -
approval      tacit        r      r        r        rc      -       -        -
approval      refused      r      r        r        rc      -       -        -
approval      withdrawn    r      r        r        rc      -       -        -
approval      told         r      r        r        rc      -       -        -
substitute    -            rwcd   -        rwcd     rwcd    -       -        -
invitation    sent         -      -        rc       rc      -       -        -
invitation    opened       -      -        r        rc      -       -        -
invitation    joined       -      -        r        rc      -       -        -
invitation    revoked      -      -        r        rc      -       -        -
invite        -            .      -        c        c       -       -        -
person        -            .      -        rwc      rwc     -       -        -
reason        -            rwc    c        c        c       c       -        c
settings      -            .      -        -        c       -       -        -
"""
MODELS = {
    "cause": "hr.volunteer.cause",
    "program": "hr.volunteer.program",
    "mission": "hr.volunteer.mission",
    "shift": "hr.volunteer.shift",
    "registration": "hr.volunteer.registration",
    "application": "hr.volunteer.application",
    "work slot": "hr.volunteer.slot",
    "own slot": "hr.volunteer.slot",
    "approval": "hr.volunteer.approval",
    "substitute": "hr.volunteer.substitute",
    "invitation": "hr.volunteer.invitation",
    "invite": "hr.volunteer.invite",
    "person": "hr.volunteer.association.member",
    "reason": "hr.volunteer.reason.wizard",
    "settings": "hr.volunteer.settings",
    "partner": "res.partner",
    "employee": "hr.employee",
    "employee card": "hr.employee.public",
}
# what an application is like while a date of it is in a state
APPLICATION_STATES = {
    "proposed": "contact",
    "confirmed": "to_approve",
    "attended": "confirmed",
    "absent": "confirmed",
    "cancelled": "cancelled",
}

# what w stands for: the fields that change once a record is there
FIELDS = {
    "hr.volunteer.cause": "name sequence goal_number color active",
    "hr.volunteer.program": "name description image is_published active officer_ids allowed_time_types"
    " department_ids employee_tag_ids work_location_ids min_seniority_months",
    "hr.volunteer.mission": "name description image association_id referent_id cause_ids duration_type location_type"
    " address_id tz date_start date_end capacity skip_contact shift_ids user_id",
    "hr.volunteer.application": "motivation slot_ids",
    "hr.volunteer.shift": "date_start date_end capacity",
    "hr.volunteer.slot": "date_start date_end time_type shift_id",
    "hr.volunteer.substitute": "employee_id date_from date_to",
    "hr.volunteer.invite": "company_id program_id audience department_ids tag_ids employee_ids again",
    "hr.volunteer.association.member": "role active",
    "hr.volunteer.reason.wizard": "res_model res_ids step reason mission_id",
}
# and what administrators write besides
ADMINISTRATOR_FIELDS = {"hr.volunteer.program": "manager_approval work_hours_allowance user_id"}

# Fields that the addon stores on models of Odoo, and who writes them.
ADDED_FIELDS = {
    "res.partner": {
        # contacts are shared between companies
        "is_volunteer_association": "officer, administrator, other officer",
        "volunteer_cause_ids": "officer, administrator, other officer",
        # missions have a door of their own
        "volunteer_mission_ids": "officer, administrator, other officer",
        "volunteer_member_ids": "officer, administrator, other officer",
    },
    "res.company": {
        "volunteer_validation_mode": "",
        "volunteer_officer_ids": "",
        "volunteer_responsible_id": "",
        "volunteer_manager_approval": "",
        "volunteer_tacit_days": "",
        "volunteer_work_hours_allowance": "",
        "volunteer_offer_hours": "",
        "volunteer_invitation_days": "",
        "volunteer_retention_months": "",
        "volunteer_public_pages": "",
    },
}


# Who may call a method of ours on a record of the employee, in a state where it can be called, by columns or by role.
# All others are refused.
METHODS = """
model         state       method                          columns
program       -           action_join                     manager officer admin inside
program       -           action_open_missions            manager officer admin inside
program       -           default_get                     manager officer admin inside elsewhere
mission       draft       action_publish                  officer admin
mission       published   action_close                    officer admin
mission       published   action_cancel                   officer admin
mission       published   action_apply                    manager officer admin inside
mission       published   action_open_applications        manager officer admin inside
mission       published   default_get                     manager officer admin inside elsewhere
mission       published   search_panel_select_multi_range  manager officer admin inside elsewhere
shift         -           default_get                     manager officer admin inside elsewhere
registration  pending     action_validate                 officer admin
registration  pending     action_refuse                   officer admin
registration  validated   action_withdraw                 officer admin
registration  refused     action_ask_again                officer admin
registration  pending     default_get                     manager officer admin inside elsewhere
application   draft       action_apply                    officer admin
application   draft       action_send                     officer admin
application   draft       get_volunteer_summary           manager officer admin inside elsewhere
application   applied     action_contact                  officer admin
application   applied     action_redirect                 officer admin
application   applied     action_refuse                   officer admin
application   contact     action_confirm                  officer admin
application   contact     action_exceed                   officer admin
application   contact     action_wait                     officer admin
application   to_approve  action_request_changes          officer admin
application   to_approve  action_take_back                officer admin
application   confirmed   action_done                     officer admin
application   confirmed   action_cancel                   officer admin
application   confirmed   action_open_approvals           officer admin
application   confirmed   action_revoke_links             officer admin
application   draft       default_get                     manager officer admin inside elsewhere
work slot     absent      action_attended                 officer admin
work slot     attended    action_absent                   officer admin
work slot     proposed    default_get                     manager officer admin inside elsewhere
own slot      absent      action_attended                 officer admin
own slot      attended    action_absent                   officer admin
approval      pending     action_approve                  manager officer admin
approval      pending     action_request_changes          manager officer admin
approval      pending     action_refuse                   manager officer admin
approval      pending     action_open_application         manager officer admin
approval      pending     action_revoke_links             officer admin
approval      pending     default_get                     manager officer admin inside elsewhere
substitute    -           default_get                     manager officer admin inside elsewhere
invitation    sent        action_send_again               officer admin
invitation    opened      action_revoke                   officer admin
invitation    sent        action_revoke_links             officer admin
invitation    sent        default_get                     officer admin other_officer
invite        -           action_send                     -
person        -           action_invite                   officer admin
person        -           default_get                     officer admin other_officer
reason        -           action_confirm                  -
settings      -           execute                         -
settings      -           cancel                          -
partner        -           action_open_volunteer_missions  manager officer admin inside elsewhere
partner        -           action_open_volunteer_applications  manager officer admin inside elsewhere
employee       -           action_open_volunteer_applications  manager officer admin inside elsewhere
employee card  -           action_open_volunteer_applications  manager officer admin inside elsewhere
"""
# Ways of Odoo to change a record or to learn of it, and the rights of RIGHTS that each needs; models that differ
GENERIC_METHODS = """
method                     rights  differing
activity_schedule          r       mission w
action_archive             w       -
copy                       rc      -
copy_data                  r       -
get_metadata               r       -
message_notify             r       -
message_post               r       mission w
message_mail_with_source   r       -
message_subscribe          w       approval r
message_unsubscribe        w       -
onchange                   w       -
toggle_active              w       -
update_field_translations  w       -
web_override_translations  w       -
web_read                   r       -
web_save                   w       -
web_save_multi             w       -
"""
# these are in RIGHTS
RIGHT_METHODS = {"create", "read", "unlink", "write"}


def read_table(text):
    """Return the rows of a table in text as dicts; words of a row are parted by two blanks or more."""
    header, *rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in text.strip().splitlines()]
    return [dict(zip(header, row, strict=True)) for row in rows]


class AccessCommon(VolunteerCommon):
    """Everybody of the table, each who can have one with an application of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        user_boss = cls._make_user("boss", "Bea Boss")
        user_other_manager = cls._make_user("other_manager", "Omar Manager")
        user_hr = cls._make_user("hr", "Hilda Human", groups="hr.group_hr_user")
        user_importer = cls._make_user("importer", "Ines Import", groups=f"{MODULE}.group_volunteer_administrator")
        user_contact = new_test_user(
            cls.env, login="volunteer_contact", groups="base.group_portal", partner_id=cls.referent.id
        )
        boss, other_manager = cls._make_employee(user_boss), cls._make_employee(user_other_manager)
        cls.employee_manager.parent_id = boss
        cls.employee_field.parent_id = other_manager
        cls.employees = {
            "employee": cls.employee,
            "manager": cls.employee_manager,
            "officer": cls.employee_officer,
            "administrator": cls.employee_administrator,
            "HR officer": cls._make_employee(user_hr, parent=cls.employee_manager),
            "portal employee": cls._make_employee(cls.user_portal, parent=cls.employee_manager),
        }
        cls.roles = {
            **{name: employee.user_id for name, employee in cls.employees.items()},
            "colleague": cls.user_colleague,
            "manager's manager": user_boss,
            "other manager": user_other_manager,
            "association contact": user_contact,
            "public": cls.env.ref("base.public_user"),
            "other company": cls.user_other,
            "other officer": cls.user_other_officer,
        }
        cls.columns = {role.strip(): column for column, roles in COLUMNS.items() for role in roles.split(",")}
        cls.records = cls._import_records(user_importer)

    @classmethod
    def _import_records(cls, importer):
        """Make records of each model: shared ones, and of each employee's own, by who or "shared" and by word."""
        spare = cls.env["hr.volunteer.program"].with_user(importer).create({"name": "Spare"})
        cls.spare_mission = cls.make_mission("Spare")
        cls.spare_contact = cls.referent.copy({"name": "Sven Spare"})
        records = {
            "shared": {
                "cause": cls.env["hr.volunteer.cause"].create({"name": "Harbour"}),
                "program": spare,
                "mission": cls.make_mission("Draft", state="draft"),
                "settings": cls.env["hr.volunteer.settings"].with_user(importer).create({}),
                "invite": cls.env["hr.volunteer.invite"].with_user(importer).create({}),
                "shift": cls.env["hr.volunteer.shift"].create(
                    {"mission_id": cls.spare_mission.id, **cls._shift_vals()}
                ),
                "person": cls.env["hr.volunteer.association.member"]
                .with_user(importer)
                .create({"association_id": cls.association.id, "partner_id": cls.referent.id}),
                "partner": cls.association,
                "employee": cls.employee,
                "employee card": cls.env["hr.employee.public"].browse(cls.employee.id),
            }
        }
        registrations = cls.env["hr.volunteer.registration"].with_user(importer)
        applications = cls.env["hr.volunteer.application"].with_user(importer)
        approvals = cls.env["hr.volunteer.approval"].with_user(importer)
        invitations = cls.env["hr.volunteer.invitation"].with_user(importer)
        for role, employee in cls.employees.items():
            registration = registrations.search([("employee_id", "=", employee.id)])
            application = applications.create({"employee_id": employee.id, "mission_id": cls.mission.id})
            work, own = application.slot_ids.create(
                [
                    {
                        "application_id": application.id,
                        **cls.slot_vals(),
                        "approver_id": employee.parent_id.user_id.id,
                    },
                    {"application_id": application.id, **cls.slot_vals(day=5, time_type="personal")},
                ]
            )
            records[role] = {
                "registration": registration or registrations.create({"employee_id": employee.id}),
                "application": application,
                "work slot": work,
                "own slot": own,
                "approval": approvals.create(cls._prepare_approval_vals(application)),
                "substitute": cls.env["hr.volunteer.substitute"].create(cls._substitute_vals(role)),
                "invitation": invitations.create({"employee_id": employee.id, "state": "revoked"}),
                "reason": cls.env["hr.volunteer.reason.wizard"]
                .with_user(cls.roles[role])
                .sudo()
                .create({"res_model": application._name, "res_ids": application.ids, "step": "cancel"}),
            }
        cls.env.flush_all()
        return records

    @classmethod
    def _prepare_approval_vals(cls, application):
        application = application.sudo()
        return {
            "application_id": application.id,
            "employee_id": application.employee_id.id,
            "company_id": application.company_id.id,
            "manager_id": application.employee_id.parent_id.id,
            "approver_id": application.employee_id.parent_id.user_id.id,
            "slot_ids": [Command.set(application.slot_ids.filtered(lambda slot: slot.time_type == "work").ids)],
            "date_start": application.slot_ids[:1].date_start,
            "mission_name": application.mission_id.name,
        }

    @classmethod
    def _substitute_vals(cls, role, day=0):
        return {
            "manager_id": cls.employees[role].id,
            "employee_id": cls.employee_newcomer.id,
            "date_from": cls.monday + timedelta(days=day),
            "date_to": cls.monday + timedelta(days=day),
        }

    @classmethod
    def _shift_vals(cls):
        return {name: value for name, value in cls.slot_vals(day=2).items() if name != "time_type"}

    @classmethod
    def _set_state(cls, word, owner, state):
        """Put a record straight into a state: the tables say who may do what there, not how it came there."""
        record = cls.records[owner][word].sudo()
        if state == "-":
            return
        if word.endswith("slot"):
            record.application_id._write_step({"state": APPLICATION_STATES[state]})
        record._write_step({"state": state})

    @classmethod
    def forged_value(cls, field):
        """Return a value that the field could take, other than its default."""
        if field.type in ("one2many", "many2many"):
            return []
        return super().forged_value(field)

    @classmethod
    def passes(cls, savepoint, records, user, method, *args, **kwargs):
        """Call a method as a request does and return whether it was let through; what it did is taken back.

        Values that do not fit, and constraints, are no refusal of the person.
        """
        try:
            with suppress(ValidationError, DatabaseError, ValueError):
                cls.rpc(records, user, method, *args, **kwargs)
        except AccessError:
            return False
        except UserError:
            if method in RIGHT_METHODS:
                return False
        savepoint.rollback()
        return True

    def read_row(self, record):
        """Return what is stored of a record."""
        record.flush_recordset()
        query = SQL("SELECT to_jsonb(t) FROM %s t WHERE id = %s", SQL.identifier(record._table), record.id)
        return self.env.execute_query(query)


@tagged("-at_install", "post_install")
class TestAccessTable(AccessCommon):
    """Who may do what with which record, in which state: design as data."""

    def test_rights(self):
        """Everybody can do with each record what the table says, and nothing else."""
        values = {name: self._get_forged_values(name) for name in set(MODELS.values())}
        for row in read_table(RIGHTS):
            word, state = row["model"], row["state"]
            shared = word in self.records["shared"]
            targets = [] if shared else [(role, role, "own") for role in OWNERS]
            if not shared:
                targets.append(("portal employee", "portal employee", "outside"))
            targets += [(role, "shared" if shared else "employee", column) for role, column in self.columns.items()]
            if shared:
                targets.append(("employee", "shared", "inside"))
            for role, owner, column in targets:
                expected = row[column].strip("-")
                with self.subTest(model=word, state=state, role=role, whose=owner), self.undone():
                    self._set_state(word, owner, state)
                    with self.undone() as savepoint:
                        found = self._get_rights(savepoint, word, owner, state, self.roles[role], values[MODELS[word]])
                    fields = FIELDS.get(MODELS[word], "").split() if "w" in expected else []
                    if fields and column == "admin":
                        fields += ADMINISTRATOR_FIELDS.get(MODELS[word], "").split()
                    self.assertEqual(found, (expected.replace("w", ""), set(fields)))

    def test_each_model_has_rows(self):
        """A model that is in no row fails here, as does a field that the addon adds to a model of Odoo."""
        states = {}
        for row in read_table(RIGHTS):
            states.setdefault(MODELS[row["model"]], set()).add(row["state"])
        for name, model in self.registry.items():
            if model._abstract or (model._original_module != MODULE and not name.startswith("hr.volunteer.")):
                continue
            with self.subTest(model=name):
                self.assertIn(name, states)
                if "state" in model._fields:
                    self.assertEqual(states[name], set(model._fields["state"].get_values(self.env)))
        for name, model in self.registry.items():
            if model._abstract or model._transient or name.startswith("hr.volunteer."):
                continue
            added = {field.name for field in model._fields.values() if field._module == MODULE and field.store}
            with self.subTest(model=name):
                self.assertEqual(added, set(ADDED_FIELDS.get(name, ())))

    def test_added_fields(self):
        """What the addon adds to contacts and companies is written by those whom the table names."""
        for name, table in ADDED_FIELDS.items():
            record = {"res.partner": self.association, "res.company": self.company}[name]
            for field_name, writers in table.items():
                for role, user in self.roles.items():
                    with self.subTest(model=name, field=field_name, role=role):
                        value = self.forged_value(record._fields[field_name])
                        with self.undone() as savepoint:
                            passed = self.passes(savepoint, record, user, "write", {field_name: value})
                        self.assertEqual(passed, role in writers.split(", "))

    def _get_forged_values(self, name):
        """Return a value for each field of a model that could be written at all."""
        model = self.env[name]
        # fields of Odoo's own log, and computed ones where no door of ours stands, are dropped by Odoo silently
        behind_door = hasattr(model, "_check_door")
        return {
            field_name: self.forged_value(field)
            for field_name, field in model._fields.items()
            if behind_door or (field.store and field_name not in MAGIC_COLUMNS)
        }

    def _get_rights(self, savepoint, word, owner, state, user, values):
        """Return the letters of what a user may do, and the fields that the user may write."""
        record = self.records[owner][word]
        letters = "r" if self.passes(savepoint, record, user, "read", ["id"]) else ""
        if record.browse().with_user(user).has_access("read"):
            self.assertEqual(self._find(record, user), {len(letters)}, "Found is what is read")
        else:
            self.assertFalse(self.passes(savepoint, record.browse(), user, "search_count", []))
        before = self.read_row(record)
        fields = {
            name for name, value in values.items() if self.passes(savepoint, record, user, "write", {name: value})
        }
        self.assertEqual(self.read_row(record), before, "What is refused changes nothing")
        if self.passes(savepoint, record.browse(), user, "create", self._prepare_create_vals(word, owner, state)):
            letters += "c"
        savepoint.rollback()
        if word == "registration":
            # with applications it stays, whoever asks
            self.env.execute_query(SQL("DELETE FROM hr_volunteer_approval; DELETE FROM hr_volunteer_application"))
        if self.passes(savepoint, record, user, "unlink"):
            letters += "d"
        return letters, fields

    def _find(self, record, user):
        """Return how many times searching, counting, grouping and naming find a record."""
        domain, model = [("id", "=", record.id)], record.browse()
        return {
            len(self.rpc(model, user, "search_read", domain, ["id"])),
            len(self.rpc(model, user, "name_search", "", domain)),
            self.rpc(model, user, "search_count", domain),
            sum(group["__count"] for group in self.rpc(model, user, "formatted_read_group", domain, [], ["__count"])),
        }

    def _prepare_create_vals(self, word, owner, state):
        """Return the values of one more record about ``owner``, in a state where that is not the first one."""
        record = self.records[owner][word].sudo()
        state_vals = {} if state in ("-", "draft", "pending", "proposed", "sent") else {"state": state}
        if word == "registration":
            # one an employee
            self.env.execute_query(SQL("DELETE FROM hr_volunteer_registration WHERE id = %s", record.id))
        elif word == "invitation":
            # nobody who is registered or invited already
            self.env.execute_query(
                SQL("DELETE FROM hr_volunteer_registration WHERE employee_id = %s", self.employees[owner].id)
            )
            self.env.execute_query(SQL("DELETE FROM hr_volunteer_invitation WHERE id = %s", record.id))
        elif word == "approval" and not state_vals:
            # one question at a time
            record._write_step({"state": "told"})
            record.flush_recordset()
        return (
            state_vals
            | {
                "cause": lambda: {"name": "New"},
                "program": lambda: {"name": "New", "company_id": self.company.id},
                "mission": lambda: {
                    "name": "New",
                    "program_id": self.program.id,
                    "association_id": self.association.id,
                },
                "shift": lambda: {"mission_id": self.mission.id, **self._shift_vals()},
                "registration": lambda: {"employee_id": self.employees[owner].id},
                "application": lambda: {"employee_id": self.employees[owner].id, "mission_id": self.spare_mission.id},
                "work slot": lambda: {"application_id": record.application_id.id, **self.slot_vals(day=1)},
                "own slot": lambda: {
                    "application_id": record.application_id.id,
                    **self.slot_vals(day=6, time_type="personal"),
                },
                "approval": lambda: self._prepare_approval_vals(record.application_id),
                "substitute": lambda: self._substitute_vals(owner, day=30),
                "person": lambda: {
                    "association_id": self.association.id,
                    "company_id": self.company.id,
                    "partner_id": self.spare_contact.id,
                },
                "settings": lambda: {"volunteer_offer_hours": 24},
                "invitation": lambda: {"employee_id": self.employees[owner].id},
                "invite": lambda: {"company_id": self.company.id},
                "reason": lambda: {"res_model": "hr.volunteer.application", "res_ids": [1], "step": "cancel"},
            }[word]()
        )


@tagged("-at_install", "post_install")
class TestMethodTable(AccessCommon):
    """Who may call what on a record of somebody else."""

    def test_methods(self):
        """Our own methods let through whom the table names."""
        for row in read_table(METHODS):
            self._check_method(row["model"], row["state"], row["method"], row["columns"].split())

    def test_generic_methods(self):
        """Methods of Odoo that read or change need the same rights as reading or changing."""
        states = {}
        for row in read_table(RIGHTS):
            states.setdefault(row["model"], row)
        for generic in read_table(GENERIC_METHODS):
            method = generic["method"]
            differing = dict([generic["differing"].rsplit(" ", 1)] if generic["differing"] != "-" else [])
            for word, row in states.items():
                model = self.env[MODELS[word]]
                is_fit = hasattr(model, method)
                if method in ("action_archive", "toggle_active"):
                    is_fit = "active" in model._fields
                elif method in ("update_field_translations", "web_override_translations"):
                    is_fit = "name" in model._fields
                if is_fit:
                    rights = set(differing.get(word, generic["rights"]))
                    columns = [column for column in (*COLUMNS, "own") if rights <= set(row[column])]
                    self._check_method(word, row["state"], method, columns)

    def test_each_method_has_a_row(self):
        """A public method of ours that is in no row fails here."""
        rows = {}
        for row in read_table(METHODS):
            rows.setdefault(MODELS[row["model"]], set()).add(row["method"])
        generic = {row["method"] for row in read_table(GENERIC_METHODS)}
        for name, model in self.registry.items():
            if model._abstract:
                continue
            ours = {
                method
                for base in model.mro()
                if base.__module__.startswith(f"odoo.addons.{MODULE}.")
                for method, function in vars(base).items()
                if callable(function) and not method.startswith("_") and not getattr(function, "_api_private", False)
            }
            with self.subTest(model=name):
                self.assertEqual(ours - RIGHT_METHODS - generic, rows.get(name, set()))

    def _get_template(self, model):
        """Return the external id of a mail template of a model: that of another one would read its records."""
        name = f"test_mail_{model.replace('.', '_')}"
        if not self.env.ref(f"{MODULE}.{name}", raise_if_not_found=False):
            template = self.env["mail.template"].create(
                {"name": name, "model_id": self.env["ir.model"]._get_id(model), "body_html": "<p>Hello</p>"}
            )
            self.env["ir.model.data"].create(
                {"module": MODULE, "name": name, "model": template._name, "res_id": template.id}
            )
        return f"{MODULE}.{name}"

    def _get_arguments(self, method, model):
        partner_ids = self.association.ids
        template = self._get_template(model) if method == "message_mail_with_source" else ""
        return {
            "default_get": (([],), {}),
            "message_notify": ((), {"body": "Hello", "partner_ids": partner_ids}),
            "message_post": ((), {"body": "Hello"}),
            "message_mail_with_source": ((template,), {}),
            "message_subscribe": ((partner_ids,), {}),
            "message_unsubscribe": ((partner_ids,), {}),
            "onchange": (({}, [], {}), {}),
            "search_panel_select_multi_range": (("address_id",), {}),
            "update_field_translations": (("name", {"fr_FR": "Nom"}), {}),
            "web_override_translations": (({"name": "Name"},), {}),
            "web_read": (({"display_name": {}},), {}),
            "web_save": (({}, {}), {}),
            "web_save_multi": (([{}], {}), {}),
        }.get(method, ((), {}))

    def _check_method(self, word, state, method, columns):
        owner = "shared" if word in self.records["shared"] else "employee"
        record = self.records[owner][word]
        args, kwargs = self._get_arguments(method, record._name)
        is_attendance = method in ("action_attended", "action_absent")
        with self.undone(), self.after(self.records[owner]["application"]) if is_attendance else nullcontext():
            self._set_state(word, owner, state)
            with self.undone() as savepoint:
                before = self.read_row(record)
                for role, column in self.columns.items():
                    with self.subTest(model=word, state=state, method=method, role=role):
                        # a request begins with nothing read
                        self.env.invalidate_all()
                        passed = self.passes(savepoint, record, self.roles[role], method, *args, **kwargs)
                        self.assertEqual(passed, not {column, role.replace(" ", "_")}.isdisjoint(columns))
                        self.assertEqual(self.read_row(record), before)
