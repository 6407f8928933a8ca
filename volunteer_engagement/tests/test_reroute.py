from datetime import timedelta

from odoo import fields
from odoo.fields import Domain
from odoo.tests import tagged

from .common import VolunteerCommon


@tagged("-at_install", "post_install")
class TestReroute(VolunteerCommon):
    """Who is asked, and who is asked instead when people move."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_second = cls._make_user("second", "Sarah Second")
        cls.employee_second = cls._make_employee(cls.user_second)
        cls.user_hr = cls._make_user("hr", "Hilde HR", groups="hr.group_hr_user")

    def _ask(self, **values):
        return self.last_approval(self.make_application("to_approve", **values))

    # ---------------------------------------------------------------------
    # The chain
    # ---------------------------------------------------------------------

    def test_chain(self):
        """The manager, else the department's, else the program's responsible; archived ones are passed over."""
        self.department.manager_id = self.employee_second
        self.employee.parent_id = self.employee_manager
        self.assertEqual(self._ask().approver_id, self.user_manager)
        self.employee_manager.with_context(no_wizard=True).active = False
        self.employee.parent_id = False
        other = self._ask(mission=self.make_mission("Second"), slots=[self.slot_vals(day=1)])
        self.assertEqual(other.approver_id, self.user_second)
        self.department.manager_id = False
        self.employee.parent_id = False
        third = self._ask(mission=self.make_mission("Third"), slots=[self.slot_vals(day=2)])
        self.assertEqual(third.approver_id, self.user_officer)

    def test_nobody_approves_their_own(self):
        """The head of a department, and the responsible of a program, are not asked about themselves."""
        self.department.manager_id = self.employee
        self.employee.parent_id = self.employee
        self.assertEqual(self._ask().approver_id, self.user_officer)
        self.employee_officer.parent_id = False
        own = self._ask(user=self.user_officer)
        self.assertFalse(own.approver_id)
        self.assertFalse(self.get_activities(own))
        waiting = self.env["hr.volunteer.approval"].with_user(self.user_administrator)
        found = waiting.search([("approver_id", "=", False), ("state", "=", "pending")])
        self.assertIn(own, found, "the filter “No Approver” shows it")
        found.filtered(lambda approval: approval == own).action_approve()
        self.assertEqual(own.application_id.state, "confirmed")

    def test_portal_user_cannot_answer(self):
        """A manager who has a portal user only gets the mail at the work address, and an officer answers."""
        self.employee.parent_id = self._make_employee(self.user_portal)
        application = self.make_application("contact")
        with self.assertMails((self.user_portal.partner_id, "Please approve")):
            application.action_confirm()
        approval = self.last_approval(application)
        self.assertEqual(approval.manager_id, self.employee.parent_id)
        self.assertFalse(approval.approver_id)

    # ---------------------------------------------------------------------
    # Moving
    # ---------------------------------------------------------------------

    def test_new_manager_without_user_gets_the_mail(self):
        """Somebody who does not log in is written to when they are asked later as well."""
        approval = self._ask()
        with self.assertMails((self.employee_silent.work_contact_id, "Please approve")):
            self.employee.with_user(self.user_hr).parent_id = self.employee_silent
        self.assertEqual(approval.manager_id, self.employee_silent)
        self.assertFalse(approval.approver_id)
        self.assertFalse(self.get_activities(approval))
        self.assertTrue(approval.message_ids.filtered(lambda line: "Asked now: Simon Sans-Compte" in line.body))

    def test_log_line_is_not_of_whoever_changed_the_manager(self):
        """HR changes managers and reads neither the question nor what is said about it."""
        approval = self._ask()
        self.employee.with_user(self.user_hr).parent_id = self.employee_second
        line = approval.message_ids.filtered(lambda message: "Asked now: Sarah Second" in message.body)
        self.assertEqual(len(line), 1)
        self.assertEqual(line.create_uid, self.env.ref("base.user_root"))
        found = self.env["mail.message"].with_user(self.user_hr)
        self.assertFalse(found.search([("model", "=", approval._name), ("res_id", "=", approval.id)]))

    def test_older_version_does_not_decide(self):
        """HR looks at an employee as of another day: asked is whoever is to be asked today."""
        head = self._make_employee(name="Old Head", email="old@maree.example")
        old = self.env["hr.department"].create({"name": "Old", "company_id": self.company.id, "manager_id": head.id})
        self.department.manager_id = self.employee_second
        self.employee.parent_id = False
        self.employee.create_version({"date_version": "2022-01-01", "department_id": self.department.id})
        former = self.employee.version_ids.sorted("date_version")[0]
        former.department_id = old
        self.employee.parent_id = False
        approval = self._ask()
        self.assertEqual(approval.approver_id, self.user_second)
        self.employee.with_user(self.user_hr).with_context(version_id=former.id).write({"parent_id": False})
        self.assertEqual(approval.approver_id, self.user_second)

    def test_removed_version_moves_the_department(self):
        """When a version goes, the department before it counts again."""
        self.employee.parent_id = False
        self.department.manager_id = self.employee_second
        self.employee.parent_id = False
        plant = self.env["hr.department"].create(
            {"name": "Plant", "company_id": self.company.id, "manager_id": self.employee_colleague.id}
        )
        version = self.employee.create_version({"date_version": fields.Date.today(), "department_id": plant.id})
        self.employee.parent_id = False
        approval = self._ask()
        self.assertEqual(approval.approver_id, self.user_colleague)
        version.unlink()
        self.assertEqual(approval.approver_id, self.user_second)

    def test_manager_of_another_company(self):
        """A manager who works for another company of the group is followed too."""
        self.employee.parent_id = self.employee_other
        approval = self._ask()
        self.assertEqual(approval.approver_id, self.user_other)
        self.user_other.active = False
        self.assertFalse(approval.approver_id)
        self.user_other.active = True
        self.assertEqual(approval.approver_id, self.user_other)

    def test_job_mends_what_slipped_by(self):
        """A question that was asked while the manager changed goes to the right person within the hour."""
        approval = self._ask()
        approval.sudo().write({"approver_id": self.user_second.id, "manager_id": self.employee_second.id})
        approval.slot_ids.sudo().approver_id = self.user_second
        with self.assertMails((self.user_manager.partner_id, "Please approve")):
            self.run_job("ir_cron_volunteer_pending")
            self.run_job("ir_cron_volunteer_pending")
        self.assertEqual(approval.approver_id, self.user_manager)
        self.assertEqual(self.get_activities(approval).user_id, self.user_manager)

    def test_new_manager_is_asked(self):
        """Mail, activity and reading go to the new manager; the former one has none of them."""
        approval = self._ask()
        with self.assertMails((self.user_second.partner_id, "Please approve")):
            self.employee.with_user(self.user_hr).parent_id = self.employee_second
        self.assertEqual((approval.manager_id, approval.approver_id), (self.employee_second, self.user_second))
        self.assertEqual(self.get_activities(approval).user_id, self.user_second)
        mine = self.env["hr.volunteer.approval"].with_user(self.user_manager)
        self.assertFalse(mine.search([("id", "=", approval.id)]))
        slots = self.env["hr.volunteer.slot"].with_user(self.user_manager)
        self.assertFalse(slots.search([("id", "in", approval.slot_ids.ids)]))
        approval.with_user(self.user_second).sudo(False).action_approve()
        self.assertEqual(approval.application_id.state, "confirmed")

    def test_decided_ones_never_move(self):
        """A manager keeps reading what they decided."""
        approval = self.last_approval(self.make_application("confirmed"))
        self.employee.with_user(self.user_hr).parent_id = self.employee_second
        self.assertEqual(approval.approver_id, self.user_manager)
        self.assertTrue(approval.with_user(self.user_manager).sudo(False).read(["state"]))

    def test_each_event_that_changes_who_is_asked(self):
        """Manager, user, archiving, department and responsible: each moves open questions."""

        def archive_manager():
            self.employee_manager.with_user(self.user_hr).with_context(no_wizard=True).action_archive()

        events = {
            "manager archived": (archive_manager, self.user_officer),
            "manager's user archived": (lambda: self.user_manager.write({"active": False}), None),
            "manager loses the user": (lambda: self.employee_manager.write({"user_id": False}), None),
            "no manager": (lambda: self.employee.write({"parent_id": False}), self.user_officer),
        }
        for name, (event, user) in events.items():
            with self.subTest(event=name), self.undone():
                approval = self._ask()
                event()
                self.assertEqual(approval.approver_id, user or self.env["res.users"])
                self.assertEqual(self.get_activities(approval).user_id, user or self.env["res.users"])

    def test_return_of_a_user(self):
        """Whoever comes back is asked again."""
        approval = self._ask()
        self.user_manager.active = False
        self.assertFalse(approval.approver_id)
        self.user_manager.active = True
        self.assertEqual(approval.approver_id, self.user_manager)

    def test_department_and_its_head(self):
        """Without a manager the department's head is asked: a new head, and another department, move questions."""
        self.employee.parent_id = False
        approval = self._ask()
        self.assertEqual(approval.approver_id, self.user_officer)
        self.department.with_user(self.user_hr).manager_id = self.employee_second
        self.assertEqual(approval.approver_id, self.user_second)
        other = self.env["hr.department"].create(
            {"name": "Plant", "company_id": self.company.id, "manager_id": self.employee_colleague.id}
        )
        self.employee.with_user(self.user_hr).write({"department_id": other.id, "parent_id": False})
        self.assertEqual(approval.approver_id, self.user_colleague)

    def test_a_new_version_moves_the_department(self):
        """A version that begins today moves open questions; one to come does so when it begins."""
        self.employee.parent_id = False
        other = self.env["hr.department"].create(
            {"name": "Plant", "company_id": self.company.id, "manager_id": self.employee_second.id}
        )
        approval = self._ask(slots=[self.slot_vals(day=28)])
        self.employee.create_version({"date_version": fields.Date.today(), "department_id": other.id})
        self.employee.parent_id = False
        self.assertEqual(approval.approver_id, self.user_second)

    def test_responsible_of_the_program(self):
        """Where the program's responsible is asked, a new one takes over."""
        self.employee.parent_id = False
        approval = self._ask()
        self.program.with_user(self.user_administrator).user_id = self.user_administrator
        self.assertEqual(approval.approver_id, self.user_administrator)

    def test_many_move_in_a_constant_number_of_queries(self):
        """A manager who leaves with many open questions costs as much as with one."""
        self._warm()
        counts = []
        for number in (2, 5):
            with self.undone():
                approvals = [
                    self._ask(mission=self.make_mission(f"Mission {day}"), slots=[self.slot_vals(day=day)])
                    for day in range(number)
                ]
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self.employee.parent_id = self.employee_second
                self.env.flush_all()
                counts.append(self.env.cr.sql_log_count - before)
                self.assertEqual({approval.approver_id for approval in approvals}, {self.user_second})
        self.assertLessEqual(counts[1], counts[0] + 4, counts)

    def _warm(self):
        with self.undone():
            self._ask()
            self.employee.parent_id = self.employee_second
            self.env.flush_all()

    def test_moved_question_has_one_mail_only(self):
        """A change that leaves the same person asked sends nothing."""
        approval = self._ask()
        with self.assertMails():
            self.employee.write({"parent_id": self.employee_manager.id})
            self.env["hr.volunteer.approval"]._reroute(Domain("id", "=", approval.id))
        self.assertEqual(len(self.get_activities(approval)), 1)
        self.assertGreater(approval.date_start, fields.Datetime.now() - timedelta(days=1))
