from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import OFFICER_GROUP, VolunteerCommon


@tagged("-at_install", "post_install")
class TestCompany(VolunteerCommon):
    """Two companies in one database."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        both = cls.company | cls.other_company
        cls.user_both = cls._make_user("both", "Berta Both", groups=OFFICER_GROUP)
        cls.user_both.company_ids = [Command.set(both.ids)]
        cls.other_program = (
            cls.env["hr.volunteer.program"]
            .with_user(cls.user_other_officer)
            .create({"name": "Other", "company_id": cls.other_company.id})
        )
        cls.other_mission = (
            cls.env["hr.volunteer.mission"]
            .with_user(cls.user_other_officer)
            .create(
                {
                    "name": "Plant trees",
                    "program_id": cls.other_program.id,
                    "association_id": cls.association.id,
                    "referent_id": cls.referent.id,
                }
            )
        )
        cls.other_mission.action_publish()

    def test_everything_is_of_one_company(self):
        """Application, dates and approval have the company of the mission."""
        application = self.make_application("to_approve")
        for record in (application, application.slot_ids, self.last_approval(application), self.registration):
            with self.subTest(model=record._name):
                self.assertEqual(record.sudo().company_id, self.company)
        self.assertEqual(self.other_mission.company_id, self.other_company)

    def test_other_company_is_not_seen(self):
        """Employees and officers of another company read nothing of this one."""
        application = self.make_application("to_approve")
        records = [
            self.mission,
            self.program,
            application,
            application.slot_ids,
            self.last_approval(application),
            self.registration,
        ]
        for record in records:
            for user in (self.user_other, self.user_other_officer):
                with self.subTest(model=record._name, user=user.name):
                    found = self.env[record._name].with_user(user).search([("company_id", "=", self.company.id)])
                    self.assertFalse(found)
                    with self.assertRaises(AccessError):
                        record.with_user(user).sudo(False).read(["display_name"])

    def test_nobody_applies_across_companies(self):
        """A mission of another company is out of reach."""
        with self.assertRaises(AccessError):
            self.make_application(mission=self.other_mission)
        with self.assertRaises(AccessError):
            self.make_application(user=self.user_other)
        self.user_employee.company_ids = [Command.link(self.other_company.id)]
        with self.assertRaisesRegex(UserError, "You are no employee of Autre Rive"):
            self.make_application(mission=self.other_mission)

    def test_officer_works_in_the_active_companies(self):
        """An officer of two companies sees the active ones."""
        application = self.make_application("applied")
        companies = {
            self.company: True,
            self.other_company: False,
            self.company | self.other_company: True,
        }
        for active, sees in companies.items():
            with self.subTest(active=active.mapped("name")):
                found = application.with_user(self.user_both).with_context(allowed_company_ids=active.ids)
                self.assertEqual(bool(found.search([("id", "=", application.id)])), sees)
                if not sees:
                    with self.assertRaises(AccessError):
                        found.action_contact()
        application.with_user(self.user_both).with_context(allowed_company_ids=self.company.ids).action_contact()
        self.assertEqual(application.state, "contact")

    def test_manager_answers_from_any_company(self):
        """A request is read and answered whatever company is active."""
        self.user_manager.company_ids = [Command.link(self.other_company.id)]
        application = self.make_application("to_approve")
        approval = self.last_approval(application).with_user(self.user_manager).sudo(False)
        approval = approval.with_context(allowed_company_ids=self.other_company.ids)
        self.assertTrue(approval.search([("id", "=", approval.id)]))
        self.assertTrue(approval.slot_ids.read(["hours"]))
        approval.action_approve()
        self.assertEqual(application.state, "confirmed")

    def test_employee_of_two_companies(self):
        """One user with an employee in each company registers and applies in each."""
        self.user_newcomer.company_ids = [Command.link(self.other_company.id)]
        second = self._make_employee(self.user_newcomer, company=self.other_company)
        for program, officer, employee, mission in (
            (self.program, self.user_officer, self.employee_newcomer, self.mission),
            (self.other_program, self.user_other_officer, second, self.other_mission),
        ):
            with self.subTest(program=program.name):
                window = program.with_user(self.user_newcomer).action_join()
                registration = self.env["hr.volunteer.registration"].browse(window["res_id"])
                self.assertEqual(registration.employee_id, employee)
                registration.with_user(officer).action_validate()
                application = self.make_application("applied", user=self.user_newcomer, mission=mission)
                self.assertEqual(application.employee_id.id, employee.id)
                self.assertEqual(application.sudo().company_id, program.company_id)

    def test_mode_of_each_company(self):
        """Validation and approval follow the settings of the company concerned."""
        self.other_company.write({"volunteer_validation_mode": "automatic", "volunteer_manager_approval": "none"})
        self.assertEqual(self.program._get_manager_approval(), "required")
        self.assertEqual(self.other_program.sudo()._get_manager_approval(), "none")
        window = self.other_program.with_user(self.user_other).action_join()
        self.assertEqual(self.env["hr.volunteer.registration"].browse(window["res_id"]).state, "validated")
        window = self.program.with_user(self.user_newcomer).action_join()
        self.assertEqual(self.env["hr.volunteer.registration"].browse(window["res_id"]).state, "pending")

    def test_officers_of_the_company_are_asked(self):
        """A registration is mailed to the officers of its company only."""
        with self.assertMails(
            (self.user_other_officer.partner_id, "Otto Other"), (self.user_both.partner_id, "Otto Other")
        ):
            self.env["hr.volunteer.registration"].with_user(self.user_other).create({})

    def test_companies_do_not_mix(self):
        """An officer does not register or enter the people of another company."""
        for model, values in (
            ("hr.volunteer.registration", {"employee_id": self.employee_other.id}),
            (
                "hr.volunteer.registration",
                {"employee_id": self.employee_newcomer.id, "program_id": self.other_program.id},
            ),
            ("hr.volunteer.application", {"employee_id": self.employee_other.id, "mission_id": self.mission.id}),
            ("hr.volunteer.application", {"employee_id": self.employee.id, "mission_id": self.other_mission.id}),
            ("hr.volunteer.program", {"name": "Theirs", "company_id": self.other_company.id}),
        ):
            with self.subTest(model=model, values=values), self.assertRaises(UserError):
                self.env[model].with_user(self.user_officer).create(values)

    def test_redirect_stays_in_the_company(self):
        """A mission of the same association for another company is not proposed."""
        application = self.make_application("applied")
        officer = application.with_user(self.user_both)
        with self.assertRaisesRegex(UserError, "is not a mission of"):
            officer._redirect(self.other_mission.with_user(self.user_both))

    def test_manager_in_another_company(self):
        """A manager who works in another company only is asked, reads the dates and answers."""
        # the org chart may cross companies, as in a group
        self.employee.sudo().parent_id = self.employee_other
        application = self.make_application("contact")
        with self.assertMails((self.user_other.partner_id, "Please approve")):
            application.action_confirm()
        approval = self.last_approval(application).with_user(self.user_other).sudo(False)
        self.assertEqual(approval.approver_id, self.user_other)
        self.assertEqual(approval.slot_ids.read(["hours"])[0]["hours"], 3)
        with self.assertRaises(AccessError):
            approval.application_id.read(["state"])
        self.rpc(approval, self.user_other, "action_approve")
        self.assertEqual((application.state, approval.company_id), ("confirmed", self.company))
        found = self.env["hr.volunteer.approval"].with_user(self.user_other)
        self.assertTrue(found.search([("id", "=", approval.id)]))

    def test_association_is_shared(self):
        """One association works with two companies; neither learns of the other's missions and applications."""
        for user, mission in ((self.user_officer, self.mission), (self.user_other_officer, self.other_mission)):
            with self.subTest(user=user.name):
                association = self.association.with_user(user)
                association.invalidate_recordset()
                self.assertEqual(association.volunteer_mission_count, 1)
                window = association.action_open_volunteer_missions()
                self.assertEqual(self.env["hr.volunteer.mission"].with_user(user).search(window["domain"]), mission)

    def test_association_of_one_company_stays_there(self):
        """A contact that belongs to one company is no association of another's missions."""
        self.association.company_id = self.company
        with self.assertRaises(UserError):
            self.env["hr.volunteer.mission"].with_user(self.user_other_officer).create(
                {
                    "name": "Sort clothes",
                    "program_id": self.other_program.id,
                    "association_id": self.association.id,
                    "referent_id": self.referent.id,
                }
            )

    def test_mails_come_from_the_company_concerned(self):
        """The sender is the company of the record, whatever company its sender works in."""
        self.user_officer.write({"company_ids": [Command.link(self.other_company.id)]})
        application = self.make_application("applied")
        officer = self.user_officer
        application.with_user(officer).with_company(self.other_company).with_context(
            allowed_company_ids=[self.other_company.id, self.company.id]
        ).action_contact()
        mail = self.env["mail.mail"].search(
            [("model", "=", application._name), ("res_id", "=", application.id)], limit=1
        )
        self.assertIn(self.company.email, mail.email_from)
        self.assertEqual(mail.record_company_id, self.company)

    def test_allowance_and_silence_of_each_company(self):
        """Hours and days to answer are those of the company of the application."""
        self.company.write({"volunteer_work_hours_allowance": 7, "volunteer_manager_approval": "tacit"})
        self.other_company.write({"volunteer_work_hours_allowance": 1, "volunteer_manager_approval": "required"})
        application = self.make_application("to_approve", slots=[self.slot_vals(day=21)])
        self.assertEqual(application.allowance, 7)
        self.assertTrue(self.last_approval(application).deadline)
