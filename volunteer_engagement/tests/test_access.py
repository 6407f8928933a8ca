from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import VolunteerCommon

STAFF = {"officer", "administrator"}
INSIDE = {"employee", "colleague", "manager"} | STAFF


@tagged("-at_install", "post_install")
class TestAccess(VolunteerCommon):
    """Who reads what, by each way of reading."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        slots = [cls.slot_vals(), cls.slot_vals(day=5, time_type="personal")]
        cls.application = cls.make_application("to_approve", slots=slots)
        cls.approval = cls.last_approval(cls.application)
        work, personal = cls.application.slot_ids
        # what, the record, who reads it
        cls.matrix = [
            ("application", cls.application, {"employee"} | STAFF),
            ("work date", work, {"employee", "manager"} | STAFF),
            ("personal date", personal, {"employee"} | STAFF),
            ("registration", cls.registration, {"employee"} | STAFF),
            ("approval", cls.approval, {"employee", "manager"} | STAFF),
            ("mission", cls.mission, INSIDE),
            ("program", cls.program, INSIDE),
            (
                "cause",
                cls.env.ref("volunteer_engagement.hr_volunteer_cause_goal_01"),
                INSIDE | {"other company", "other officer"},
            ),
        ]

    def test_read(self):
        """Reading a record works for those whom the table names, and for nobody else."""
        for words, record, readers in self.matrix:
            for name, user in self.actors.items():
                for by in ("method", "rpc"):
                    with self.subTest(what=words, actor=name, by=by):
                        record.invalidate_recordset()
                        seen = record.with_user(user).sudo(False)
                        if name in readers:
                            read = self.rpc(record, user, "read", ["id"]) if by == "rpc" else seen.read()
                            self.assertEqual(read[0]["id"], record.id)
                        else:
                            with self.assertRaises(AccessError):
                                if by == "rpc":
                                    self.rpc(record, user, "read", ["id"])
                                else:
                                    seen.read()

    def test_search_count_group_and_export(self):
        """Searching, counting, grouping and exporting find what may be read, and no more."""
        for words, record, readers in self.matrix:
            domain = [("id", "in", record.ids)]
            for name, user in self.actors.items():
                records = self.env[record._name].with_user(user)
                with self.subTest(what=words, actor=name):
                    if name == "portal":
                        for method in ("search", "search_count"):
                            with self.assertRaises(AccessError):
                                getattr(records, method)(domain)
                        continue
                    expected = 1 if name in readers else 0
                    self.assertEqual(records.search_count(domain), expected)
                    self.assertEqual(len(records.search_read(domain, ["id"])), expected)
                    groups = records.formatted_read_group(domain, ["create_uid"], ["__count"])
                    self.assertEqual(sum(group["__count"] for group in groups), expected)
                    self.assertEqual(len(records.name_search("", domain)), expected)

    def test_paths_are_no_oracle(self):
        """Nobody learns of a record by searching through another one."""
        slots, approvals, missions = (
            self.env[model] for model in ("hr.volunteer.slot", "hr.volunteer.approval", "hr.volunteer.mission")
        )
        questions = [
            (self.user_manager, slots, [("application_id.motivation", "ilike", "cook")]),
            (self.user_manager, slots, [("application_id.slot_ids.time_type", "=", "personal")]),
            (self.user_manager, approvals, [("application_id.motivation", "ilike", "cook")]),
            (self.user_manager, approvals, [("application_id.time_type", "=", "mixed")]),
        ]
        for user, model, domain in questions:
            with self.subTest(user=user.name, model=model._name, domain=domain):
                self.assertFalse(model.with_user(user).search(domain))
        closed = [
            (missions, [("application_ids", "!=", False)]),
            (missions, [("application_ids.employee_id", "=", self.employee.id)]),
            (self.env["hr.volunteer.program"], [("mission_ids.application_ids.motivation", "ilike", "cook")]),
        ]
        for model, domain in closed:
            for user in (self.user_colleague, self.user_manager):
                with self.subTest(user=user.name, model=model._name, domain=domain), self.assertRaises(AccessError):
                    model.with_user(user).search(domain)

    def test_manager_sees_only_work_through_the_approval(self):
        """The dates on the approval are those on work time; the application stays closed."""
        approval = self.approval.with_user(self.user_manager).sudo(False)
        self.assertEqual(len(approval.slot_ids), 1)
        self.assertEqual(approval.slot_ids.read(["time_type"])[0]["time_type"], "work")
        with self.assertRaises(AccessError):
            approval.application_id.read(["motivation"])
        with self.assertRaises(AccessError):
            approval.slot_ids.application_id.read(["state"])
        totals = self.env["hr.volunteer.slot"].with_user(self.user_manager).formatted_read_group([], [], ["hours:sum"])
        self.assertEqual(totals[0]["hours:sum"], 3)

    def test_manager_keeps_what_was_asked(self):
        """A manager reads own approvals for good, also after a move in the org chart."""
        self.last_approval(self.application).with_user(self.user_manager).action_approve()
        self.employee.parent_id = self.employee_silent
        approval = self.approval.with_user(self.user_manager).sudo(False)
        self.assertEqual(approval.read(["state"])[0]["state"], "approved")

    def test_manager_of_the_manager_reads_nothing(self):
        """Only who was asked reads the question."""
        boss = self._make_user("boss", "Bea Boss")
        self.employee_manager.parent_id = self._make_employee(boss)
        for model in ("hr.volunteer.application", "hr.volunteer.slot", "hr.volunteer.approval"):
            with self.subTest(model=model):
                self.assertFalse(self.env[model].with_user(boss).search([]))

    def test_messages_activities_and_files(self):
        """Chatter, activities and calendar files are as closed as their record."""
        self.approval.with_user(self.user_manager).action_approve()
        domain = [("model", "=", "hr.volunteer.application"), ("res_id", "=", self.application.id)]
        self.assertTrue(self.env["mail.message"].with_user(self.user_officer).search(domain))
        mails = self.env["mail.mail"].sudo().search(domain)
        attachments = mails.attachment_ids
        self.assertTrue(attachments)
        for name in ("colleague", "manager", "other company", "other officer", "portal"):
            user = self.actors[name]
            with self.subTest(actor=name):
                # everybody reads what they wrote, such as the line of their own decision
                others = [*domain, ("author_id", "!=", user.partner_id.id)]
                self.assertFalse(self.env["mail.message"].with_user(user).search(others))
                with self.assertRaises(AccessError):
                    attachments.with_user(user).read(["raw"])

    def test_officers_see_their_own_as_employees(self):
        """What is their own officers read, with the steps of an employee."""
        application = self.make_application("applied", user=self.user_officer)
        self.assertEqual(set(application._next_states()), {"contact", "cancelled"})
        self.assertNotIn("refused", application.next_states)

    def test_employee_card_tells_nothing(self):
        """No stored field of ours is on the employee, where every colleague could read it."""
        for model in ("hr.employee", "hr.employee.public"):
            for name, field in self.env[model]._fields.items():
                with self.subTest(model=model, field=name):
                    self.assertFalse(field._module == "volunteer_engagement" and field.store)

    def test_program_and_cause_are_written_by_their_people(self):
        """Officers look after programs, administrators after causes."""
        cause = self.env.ref("volunteer_engagement.hr_volunteer_cause_goal_01")
        for name, user in self.actors.items():
            for words, record, writers in (
                ("program", self.program, STAFF),
                ("mission", self.mission, STAFF),
                ("cause", cause, {"administrator"}),
            ):
                with self.subTest(what=words, actor=name), self.undone():
                    if name in writers:
                        record.with_user(user).write({"name": "New name"})
                    else:
                        with self.assertRaises(AccessError):
                            record.with_user(user).write({"name": "New name"})

    def test_settings_are_not_for_officers(self):
        """Who validates and who approves is decided by those who may set up the company."""
        for name, user in self.actors.items():
            with self.subTest(actor=name), self.assertRaises(AccessError):
                self.company.with_user(user).write({"volunteer_validation_mode": "automatic"})

    def test_associations_are_marked_by_officers(self):
        """Employees do not turn a contact into an association."""
        partner = self.env["res.partner"].create({"name": "Shop"})
        for name in ("employee", "manager", "portal"):
            with self.subTest(actor=name), self.assertRaises(AccessError):
                partner.with_user(self.actors[name]).write({"is_volunteer_association": True})
        partner.with_user(self.user_officer).is_volunteer_association = True
        self.assertEqual(self.association.with_user(self.user_employee).volunteer_mission_count, 1)
