from contextlib import suppress

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import VolunteerCommon

# what a person may write; whatever is not listed is closed
EMPLOYEE_OPEN = {
    "hr.volunteer.application": {"motivation", "slot_ids"},
    "hr.volunteer.slot": {"date_start", "date_end", "time_type", "shift_id"},
}
OFFICER_OPEN = {
    **EMPLOYEE_OPEN,
    "hr.volunteer.program": {
        "name",
        "description",
        "image",
        "active",
        "officer_ids",
        "allowed_time_types",
        "department_ids",
        "employee_tag_ids",
        "work_location_ids",
        "min_seniority_months",
        "is_published",
    },
    "hr.volunteer.shift": {"date_start", "date_end", "capacity"},
    "hr.volunteer.mission": {
        "name",
        "description",
        "image",
        "association_id",
        "referent_id",
        "cause_ids",
        "duration_type",
        "location_type",
        "address_id",
        "tz",
        "date_start",
        "date_end",
        "capacity",
        "shift_ids",
        "skip_contact",
        "user_id",
    },
}
# what only creation may set
CREATE_OPEN = {
    "hr.volunteer.application": {"employee_id", "mission_id"},
    "hr.volunteer.slot": {"application_id"},
    "hr.volunteer.registration": {"employee_id", "program_id"},
    "hr.volunteer.mission": {"program_id"},
    "hr.volunteer.program": {"company_id"},
    "hr.volunteer.shift": {"mission_id"},
}
STEP_FIELDS = {
    "hr.volunteer.application": {
        "state",
        "seat_number",
        "refusal_reason",
        "cancel_reason",
        "exceed_reason",
        "change_reason",
        "waiting_date",
        "offer_deadline",
        "applied_date",
        "confirmed_date",
    },
    "hr.volunteer.slot": {"state", "seat_number"},
    "hr.volunteer.registration": {"state", "decided_by_id", "decision_date", "refusal_reason"},
    "hr.volunteer.approval": {"state", "decided_by_id", "decision_date", "reason"},
    "hr.volunteer.mission": {"state"},
}
# these differ between two records that are made alike
VOLATILE = {"id", "create_date", "write_date", "display_name", "message_ids", "activity_ids"}


@tagged("-at_install", "post_install")
class TestDoor(VolunteerCommon):
    """Every field of every model, against everybody, by every way in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.application = cls.make_application("contact")
        cls.own_officer_application = cls.make_application("contact", user=cls.user_officer)
        asked = cls.make_application(
            "to_approve", mission=cls.make_mission("Asked"), slots=[cls.slot_vals(day=1), cls.slot_vals(day=2)]
        )
        cls.records = {
            "hr.volunteer.application": cls.application,
            "hr.volunteer.slot": cls.application.slot_ids,
            "hr.volunteer.registration": cls.registration,
            "hr.volunteer.approval": cls.last_approval(asked),
            "hr.volunteer.mission": cls.mission,
            "hr.volunteer.program": cls.program,
            "hr.volunteer.shift": cls._make_chosen_shift(),
        }
        cls.fresh_mission = cls.make_mission("Fresh")

    @classmethod
    def _make_chosen_shift(cls):
        mission = cls.make_mission("Shifts", skip_contact=True)
        shift = cls.make_shift(mission, day=4)
        cls.make_application("draft", mission=mission, slots=[{"shift_id": shift.id}])
        return shift

    def _get_value(self, field):
        """Return a value that the field could take, other than its default."""
        if field.type in ("one2many", "many2many"):
            record = self.env[field.comodel_name].sudo().search([], order="id desc", limit=1)
            return [Command.link(record.id)]
        return self.forged_value(field)

    def _read(self, record):
        """Return what is stored, to see that nothing changed."""
        record = record.sudo()
        record.invalidate_recordset()
        names = [name for name, field in record._fields.items() if field.store and field.type != "binary"]
        return record.read(names, load=None)[0]

    def test_write_of_each_open_field(self):
        """What is listed can be written by those for whom it is."""
        values = {
            "hr.volunteer.application": {"motivation": "More", "slot_ids": [Command.create(self.slot_vals(day=3))]},
            "hr.volunteer.slot": self.slot_vals(day=4),
        }
        for model, vals in values.items():
            for user in (self.user_employee, self.user_officer, self.user_administrator):
                for field_name, value in vals.items():
                    if field_name in ("date_start", "date_end"):
                        continue
                    with self.subTest(model=model, field=field_name, user=user.name), self.undone():
                        self.records[model].with_user(user).write({field_name: value})
            with self.undone():
                self.records[model].with_user(self.user_employee).write(vals)
        for model in ("hr.volunteer.mission", "hr.volunteer.program", "hr.volunteer.shift"):
            record = self.records[model].with_user(self.user_officer)
            for field_name in OFFICER_OPEN[model]:
                with self.subTest(model=model, field=field_name), self.undone():
                    value = record[field_name]
                    field = record._fields[field_name]
                    record.write({field_name: field.convert_to_write(value, record)})

    def test_officer_has_no_wider_list_on_their_own(self):
        """On what is their own, officers and administrators have the list of an employee."""
        application = self.own_officer_application
        for field_name, field in application._fields.items():
            if field_name in EMPLOYEE_OPEN["hr.volunteer.application"]:
                continue
            with self.subTest(field=field_name), self.assertRaises(AccessError):
                application.with_user(self.user_officer).write({field_name: self._get_value(field)})

    def test_step_fields_are_closed_to_the_superuser(self):
        """States, decisions and seats are written by steps only, even for code that runs as superuser."""
        for model, names in STEP_FIELDS.items():
            record = self.records[model].sudo()
            for field_name in names:
                with self.subTest(model=model, field=field_name):
                    value = self._get_value(record._fields[field_name])
                    with self.assertRaises(AccessError):
                        record.write({field_name: value})
                    with self.assertRaises(AccessError):
                        record[field_name] = value
                    record.invalidate_recordset()

    def test_administrator_writes_no_step_either(self):
        """An administrator makes history when creating, and changes no state afterwards."""
        for model, names in STEP_FIELDS.items():
            for field_name in names:
                record = self.records[model].with_user(self.user_administrator).sudo(False)
                with self.subTest(model=model, field=field_name), self.assertRaises(AccessError):
                    record.write({field_name: self._get_value(record._fields[field_name])})

    # ---------------------------------------------------------------------
    # Creating
    # ---------------------------------------------------------------------

    def _get_base_values(self, model, user):
        """Return what a person sends to create a record as it should be."""
        officer = user == self.user_officer
        return {
            "hr.volunteer.application": {
                "mission_id": self.fresh_mission.id,
                **({"employee_id": self.employee.id} if officer else {}),
            },
            "hr.volunteer.slot": dict(self.slot_vals(day=3), application_id=self.application.id),
            "hr.volunteer.registration": {"employee_id": self.employee_newcomer.id} if officer else {},
            "hr.volunteer.mission": {
                "name": "New",
                "program_id": self.program.id,
                "association_id": self.association.id,
            },
            "hr.volunteer.program": {"name": "New", "company_id": self.company.id},
            "hr.volunteer.approval": {
                "application_id": self.application.id,
                "employee_id": self.employee.id,
                "company_id": self.company.id,
            },
        }[model]

    def _get_creators(self):
        """Return who may create what: ``(model, user)``."""
        newcomer = {"hr.volunteer.registration": self.user_newcomer}
        for model in ("hr.volunteer.application", "hr.volunteer.slot", "hr.volunteer.registration"):
            yield model, newcomer.get(model, self.user_employee)
            yield model, self.user_officer
        yield "hr.volunteer.mission", self.user_officer
        yield "hr.volunteer.program", self.user_officer

    def test_create_with_each_closed_field(self):
        """No person sets a field that is not theirs when creating."""
        attempts = [*self._get_creators(), ("hr.volunteer.approval", self.user_employee)]
        attempts += [("hr.volunteer.approval", self.user_manager), ("hr.volunteer.approval", self.user_officer)]
        for model, user in attempts:
            tables = OFFICER_OPEN if user == self.user_officer else EMPLOYEE_OPEN
            is_open = tables.get(model, set()) | CREATE_OPEN.get(model, set())
            for field_name, field in self.env[model]._fields.items():
                if field_name in is_open:
                    continue
                vals = dict(self._get_base_values(model, user), **{field_name: self._get_value(field)})
                for by in ("method", "rpc"):
                    with self.subTest(model=model, field=field_name, user=user.name, by=by):
                        records = self.env[model].with_user(user)
                        with self.assertRaises(AccessError):
                            if by == "rpc":
                                self.rpc(records, user, "web_save", vals, specification={})
                            else:
                                records.create(vals)

    def test_create_for_somebody_else(self):
        """Colleagues, managers and strangers make nothing in another's name."""
        for model in ("hr.volunteer.application", "hr.volunteer.slot", "hr.volunteer.registration"):
            vals = dict(self._get_base_values(model, self.user_officer))
            for name in ("colleague", "manager", "other company", "other officer", "portal"):
                with self.subTest(model=model, actor=name), self.assertRaises(AccessError):
                    self.env[model].with_user(self.actors[name]).create(vals)
        for model in ("hr.volunteer.mission", "hr.volunteer.program"):
            for name in ("employee", "colleague", "manager", "other company", "other officer", "portal"):
                with self.subTest(model=model, actor=name), self.assertRaises(AccessError):
                    self.env[model].with_user(self.actors[name]).create(
                        self._get_base_values(model, self.user_officer)
                    )

    def test_step_fields_are_closed_to_creation_by_the_superuser(self):
        """Code that runs as superuser creates no record in the middle of its way."""
        for model, names in STEP_FIELDS.items():
            for field_name in names:
                vals = dict(self._get_base_values(model, self.user_officer))
                vals[field_name] = self._get_value(self.env[model]._fields[field_name])
                with self.subTest(model=model, field=field_name), self.assertRaises(AccessError):
                    self.env[model].sudo().create(vals)

    # ---------------------------------------------------------------------
    # Defaults, of the context and of a person
    # ---------------------------------------------------------------------

    def _snapshot(self, record):
        record = record.sudo()
        record.flush_recordset()
        record.invalidate_recordset()
        values = {}
        for name, field in record._fields.items():
            if name in VOLATILE or field.type == "binary":
                continue
            value = record[name]
            if field.type in ("one2many", "many2many"):
                value = len(value)
            elif field.type == "datetime" and name not in ("date_start", "date_end"):
                value = bool(value)
            values[name] = value
        return values

    def test_defaults_decide_nothing(self):
        """Neither context nor a saved default sets a closed field."""
        for model, user in self._get_creators():
            tables = OFFICER_OPEN if user == self.user_officer else EMPLOYEE_OPEN
            is_open = tables.get(model, set()) | CREATE_OPEN.get(model, set())
            records = self.env[model].with_user(user)
            vals = self._get_base_values(model, user)
            with self.undone():
                expected = self._snapshot(records.create(vals))
            for field_name, field in records._fields.items():
                if field_name in is_open or field_name == "id":
                    continue
                value = self._get_value(field)
                for su in (False, True):
                    with self.subTest(model=model, field=field_name, user=user.name, su=su), self.undone():
                        if field.type not in ("one2many", "many2many", "binary", "json"):
                            # some of these defaults are refused by Odoo itself
                            with suppress(ValidationError, AccessError):
                                self.env["ir.default"].with_user(user).set(model, field_name, value, user_id=True)
                        creator = records.sudo(su).with_context(**{f"default_{field_name}": value})
                        if field.groups == fields.NO_ACCESS and not su:
                            # Odoo itself refuses to look at such a field
                            with self.assertRaises(AccessError):
                                creator.create(vals)
                            continue
                        record = creator.create(vals)
                        found = self._snapshot(record)
                        # a superuser invites nobody: registrations then start as the settings say
                        if su and model == "hr.volunteer.registration" and user == self.user_officer:
                            self.assertEqual(found["state"], "pending")
                            self.assertFalse(found["decided_by_id"])
                            continue
                        changed = {key: (expected[key], found[key]) for key in found if found[key] != expected[key]}
                        self.assertFalse(changed)

    def test_default_get_shows_no_forged_default(self):
        """A new form shows the model's own default of a closed field."""
        applications = self.env["hr.volunteer.application"].with_user(self.user_employee)
        self.env["ir.default"].with_user(self.user_employee).set(
            "hr.volunteer.application", "state", "confirmed", user_id=True
        )
        defaults = applications.with_context(default_state="done", default_seat_number=3).default_get(
            ["state", "seat_number", "employee_id"]
        )
        self.assertEqual(defaults.get("state"), "draft")
        self.assertFalse(defaults.get("seat_number"))
        self.assertEqual(defaults["employee_id"], self.employee.id)

    # ---------------------------------------------------------------------
    # Commands of x2many fields
    # ---------------------------------------------------------------------

    def test_commands_on_dates(self):
        """A command through the application passes the same door as the date itself."""
        slot = self.application.slot_ids
        other_slot = self.make_application("contact", user=self.user_colleague).slot_ids
        forged = {
            "state": "attended",
            "hours": 99,
            "done_hours": 99,
            "approver_id": self.user_employee.id,
            "employee_id": self.employee_colleague.id,
            "company_id": self.other_company.id,
        }
        commands = [Command.update(slot.id, {name: value}) for name, value in forged.items()]
        commands += [Command.create(dict(self.slot_vals(day=3), **{name: value})) for name, value in forged.items()]
        commands += [
            Command.link(other_slot.id),
            Command.set(other_slot.ids),
            Command.update(other_slot.id, {"time_type": "personal"}),
            Command.delete(other_slot.id),
        ]
        before = self._read(slot)
        before_other = self._read(other_slot)
        for user in (self.user_employee, self.user_colleague, self.user_manager, self.user_officer):
            for command in commands:
                if user == self.user_officer and other_slot.id in (command[1], *(command[2] or ())):
                    continue
                with self.subTest(user=user.name, command=command), self.assertRaises(AccessError):
                    self.application.with_user(user).write({"slot_ids": [command]})
        with self.assertRaises(AccessError):
            self.application.with_user(self.user_officer).write({"slot_ids": [Command.link(other_slot.id)]})
        self.assertEqual(self._read(slot), before)
        self.assertEqual(self._read(other_slot), before_other)

    def test_commands_through_other_records(self):
        """No record that points here is a way around: mission, program, approval, company, partner, user."""
        application, slot = self.application, self.application.slot_ids
        approval = self.records["hr.volunteer.approval"]
        attempts = [
            (self.mission, "application_ids", Command.update(application.id, {"state": "done"})),
            (self.mission, "application_ids", Command.delete(application.id)),
            (self.program, "mission_ids", Command.update(self.mission.id, {"state": "closed"})),
            (approval, "slot_ids", Command.update(slot.id, {"state": "attended"})),
            (application, "approval_ids", Command.update(approval.id, {"state": "approved"})),
            (application, "approval_ids", Command.create({"employee_id": self.employee.id, "state": "approved"})),
        ]
        for record, field_name, command in attempts:
            for user in (self.user_employee, self.user_manager, self.user_officer):
                with (
                    self.subTest(record=record._name, field=field_name, user=user.name),
                    self.assertRaises(AccessError),
                ):
                    record.with_user(user).sudo(False).write({field_name: [command]})
        self.assertEqual((application.sudo().state, slot.sudo().state), ("contact", "proposed"))

    def test_each_inverse_field_of_other_models(self):
        """Every one2many of Odoo that leads to our models ends at the same door."""
        forged = {"state": self._get_value}
        for name, model in self.registry.items():
            if model._abstract or model._transient or name.startswith("hr.volunteer."):
                continue
            for field_name, field in model._fields.items():
                if field.type != "one2many" or not (field.comodel_name or "").startswith("hr.volunteer."):
                    continue
                target = self.records.get(field.comodel_name)
                if target is None or "state" not in target._fields:
                    continue
                record = self.env[name].sudo().search([], limit=1)
                value = forged["state"](target._fields["state"])
                with self.subTest(model=name, field=field_name), self.assertRaises(AccessError):
                    record.write({field_name: [Command.update(target.id, {"state": value})]})

    def test_settled_dates_are_closed_to_commands(self):
        """Commands change no date while the manager is asked."""
        application = self.records["hr.volunteer.approval"].sudo().application_id
        slot = application.slot_ids[0]
        for command in (
            Command.create(self.slot_vals(day=3)),
            Command.update(slot.id, {"time_type": "personal"}),
            Command.delete(slot.id),
            Command.unlink(slot.id),
            Command.clear(),
            Command.set([]),
        ):
            for user in (self.user_employee, self.user_officer):
                with self.subTest(command=command, user=user.name), self.assertRaises(UserError):
                    application.with_user(user).sudo(False).write({"slot_ids": [command]})
        self.assertEqual(len(application.slot_ids), 2)

    # ---------------------------------------------------------------------
    # Records that are deleted, imported or copied
    # ---------------------------------------------------------------------

    def test_unlink(self):
        """Nobody deletes what others heard of."""
        for model, record in self.records.items():
            for name, user in self.actors.items():
                # proposed dates are removed by those who propose them
                if model == "hr.volunteer.slot" and name in ("employee", "officer", "administrator"):
                    continue
                # a program without missions may go, this one has some
                with self.subTest(model=model, actor=name):
                    with self.assertRaises(Exception) as error, self.env.cr.savepoint():
                        record.with_user(user).sudo(False).unlink()
                    self.assertNotIsInstance(error.exception, AssertionError)
                    self.assertTrue(record.sudo().exists())

    def test_import_passes_the_door(self):
        """The import of a file is no way around."""
        result = (
            self.env["hr.volunteer.application"]
            .with_user(self.user_employee)
            .load(["mission_id/.id", "state"], [[str(self.fresh_mission.id), "Done"]])
        )
        self.assertFalse(result["ids"])
        self.assertTrue(result["messages"])

    def test_copy_passes_the_door(self):
        """A copy with other values is checked like a new record."""
        application = self.make_application("cancelled", mission=self.fresh_mission)
        for name, value in (("state", "done"), ("employee_id", self.employee_colleague.id)):
            with self.subTest(field=name), self.assertRaises(AccessError):
                application.copy({name: value})

    def test_onchange_and_web_save(self):
        """What a client sends back from a form passes the door."""
        with self.assertRaises(AccessError):
            self.rpc(self.application, self.user_employee, "web_save", {"state": "confirmed"}, specification={})
        with self.assertRaises(AccessError):
            self.rpc(self.application, self.user_employee, "web_save", {"employee_id": 1}, specification={})
