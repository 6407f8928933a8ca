from datetime import datetime, time, timedelta
from urllib.parse import urlsplit

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import email_normalize

EMPLOYEE = "employee@company.example.com"
MANAGER = "manager@company.example.com"
OFFICER = "officer@company.example.com"
REFERENT = "referent@association.example.org"


class TourCommon(HttpCase):
    """An employee, a manager, an officer and a mission."""

    def setUp(self):
        super().setUp()
        self.officer = self._new_user("officer", "volunteer_engagement.group_volunteer_officer")
        self.manager = self._new_user("manager", "base.group_user")
        self.user = self._new_user("employee", "base.group_user")
        calendar = self.env["resource.calendar"].create({"name": "Tour", "tz": "Europe/Paris"})
        manager = self.env["hr.employee"].create({"name": "Tour Manager", "user_id": self.manager.id})
        self.employee = self.env["hr.employee"].create(
            {
                "name": "Tour Employee",
                "user_id": self.user.id,
                "parent_id": manager.id,
                "resource_calendar_id": calendar.id,
                "tz": "Europe/Paris",
            }
        )
        company = self.employee.company_id
        company.volunteer_validation_mode = "manual"
        company.volunteer_manager_approval = "required"
        company.volunteer_officer_ids = self.officer
        association = self.env["res.partner"].create(
            {
                "name": "Tour Association",
                "is_company": True,
                "is_volunteer_association": True,
                "child_ids": [Command.create({"name": "Tour Referent", "email": REFERENT})],
            }
        )
        self.program = self.env["hr.volunteer.program"].with_user(self.officer).create({"name": "Two days for others"})
        self.mission = (
            self.env["hr.volunteer.mission"]
            .with_user(self.officer)
            .create(
                {
                    "name": "Sort clothes",
                    "program_id": self.program.id,
                    "association_id": association.id,
                    "referent_id": association.child_ids.id,
                    "tz": "Europe/Paris",
                    "capacity": 1,
                }
            )
        )
        self.mission.action_publish()
        self.told = self.env["mail.mail"].search([])

    def _new_user(self, name, group):
        return new_test_user(
            self.env,
            f"tour_{name}",
            groups=group,
            name=f"Tour {name.capitalize()}",
            email=f"{name}@company.example.com",
            lang="en_US",  # the tours look for English words
            tz="Europe/Paris",
        )

    def _assert_told(self, *addresses):
        """Assert who got a mail since the last call, one each and nobody else."""
        mails = self.env["mail.mail"].search([]) - self.told
        self.told += mails
        self.assertEqual(sorted(email_normalize(mail.email_to) for mail in mails), sorted(addresses))

    def _get_activities(self, user):
        return self.env["mail.activity"].search([("user_id", "=", user.id), ("res_model", "=like", "hr.volunteer.%")])

    def _make_request(self, mission, days):
        """Let the employee ask the manager about two hours on a Tuesday, some days after the next but two."""
        self.program.with_user(self.user).action_join()
        registrations = self.env["hr.volunteer.registration"].with_user(self.officer)
        registrations.search([("employee_id", "=", self.employee.id), ("state", "=", "pending")]).action_validate()
        today = fields.Date.today()
        start = datetime.combine(today - timedelta(days=today.weekday()) + timedelta(days=22 + days), time(8))
        slot = {"date_start": start, "date_end": start + timedelta(hours=2), "time_type": "work"}
        application = (
            self.env["hr.volunteer.application"]
            .with_user(self.user)
            .create({"mission_id": mission.id, "slot_ids": [Command.create(slot)]})
        )
        application.action_apply()
        application.action_contact()
        application.action_confirm()
        return application.sudo()

    def _join(self):
        self.program.with_user(self.user).action_join()
        self.env["hr.volunteer.registration"].with_user(self.officer).search(
            [("employee_id", "=", self.employee.id)]
        ).action_validate()

    def _make_market(self):
        """Make a mission with two shifts, of which one is full."""
        monday = fields.Date.today() + timedelta(days=21 - fields.Date.today().weekday())
        hours = [(8, 10, 1), (12, 15, 2)]
        market = self.mission.with_user(self.officer).copy({"name": "Sell at the market", "capacity": 0})
        market.write(
            {
                "skip_contact": True,
                "shift_ids": [
                    Command.create(
                        {
                            "date_start": datetime.combine(monday, time(start)),
                            "date_end": datetime.combine(monday, time(end)),
                            "capacity": capacity,
                        }
                    )
                    for start, end, capacity in hours
                ],
            }
        )
        market.action_publish()
        seller = self.env["hr.employee"].create({"name": "Tour Seller", "tz": "Europe/Paris"})
        self.env["hr.volunteer.registration"].with_user(self.officer).create({"employee_id": seller.id})
        application = (
            self.env["hr.volunteer.application"]
            .with_user(self.officer)
            .create(
                {
                    "employee_id": seller.id,
                    "mission_id": market.id,
                    "slot_ids": [Command.create({"shift_id": market.shift_ids[0].id, "time_type": "work"})],
                }
            )
        )
        application.action_apply()
        application.action_confirm()
        return market


@tagged("-at_install", "post_install", "is_tour")
class TestTour(TourCommon):
    """The way through the screens, by the people who go it."""

    def test_whole_way_from_joining_to_the_approval(self):
        """Employee, officer and manager take an application from registration to confirmed dates."""
        self.start_tour("/odoo", "volunteer_employee_join", login=self.user.login)
        registration = self.env["hr.volunteer.registration"].search([("employee_id", "=", self.employee.id)])
        self.assertEqual(registration.state, "pending")
        self.assertEqual(registration.program_id, self.program)
        self._assert_told(OFFICER)
        self.assertEqual(self._get_activities(self.officer).mapped("res_id"), registration.ids)

        self.start_tour("/odoo", "volunteer_officer_validate", login=self.officer.login)
        self.assertEqual(registration.state, "validated")
        self.assertEqual(registration.decided_by_id, self.officer.partner_id)
        self._assert_told(EMPLOYEE)
        self.assertFalse(self._get_activities(self.officer))

        self.start_tour("/odoo", "volunteer_employee_apply", login=self.user.login)
        application = self.mission.sudo().application_ids
        self.assertEqual(application.employee_id, self.employee)
        self.assertEqual(application.state, "applied")
        self.assertEqual(application.motivation, "I sort quickly.")
        self.assertEqual(application.slot_ids.time_type, "work")
        self._assert_told(REFERENT)

        self.start_tour("/odoo", "volunteer_officer_contact", login=self.officer.login)
        self.assertEqual(application.state, "contact")
        self._assert_told(EMPLOYEE)

        self.start_tour("/odoo", "volunteer_employee_confirm", login=self.user.login)
        approval = application.approval_ids
        self.assertEqual(application.state, "to_approve")
        self.assertEqual(approval.approver_id, self.manager)
        self.assertEqual(approval.work_hours, 3)
        self.assertEqual(application.seat_number, 1)
        self._assert_told(MANAGER)
        self.assertEqual(self._get_activities(self.manager).mapped("res_id"), approval.ids)

        self.start_tour("/odoo", "volunteer_manager_approve", login=self.manager.login)
        self.assertEqual(approval.state, "approved")
        self.assertEqual(approval.decided_by_id, self.manager.partner_id)
        self.assertEqual(application.state, "confirmed")
        self.assertEqual(application.slot_ids.state, "confirmed")
        self._assert_told(EMPLOYEE, REFERENT)
        self.assertFalse(self._get_activities(self.manager))

    def test_manager_refuses_with_a_reason(self):
        """The manager says why; employee and association read it, and the place is free again."""
        self._join()
        today = fields.Date.today()
        tuesday = datetime.combine(today - timedelta(days=today.weekday()) + timedelta(days=22), time(8))
        application = (
            self.env["hr.volunteer.application"]
            .with_user(self.user)
            .create(
                {
                    "mission_id": self.mission.id,
                    "slot_ids": [
                        Command.create(
                            {"date_start": tuesday, "date_end": tuesday + timedelta(hours=2), "time_type": "work"}
                        )
                    ],
                }
            )
        )
        application.action_apply()
        self._assert_told(OFFICER, EMPLOYEE, REFERENT)

        self.start_tour("/odoo", "volunteer_employee_speak_and_confirm", login=self.user.login)
        application = application.sudo()
        approval = application.approval_ids
        self.assertEqual(application.state, "to_approve")
        self._assert_told(REFERENT, MANAGER)

        self.start_tour("/odoo", "volunteer_manager_refuse", login=self.manager.login)
        self.assertEqual(approval.state, "refused")
        self.assertEqual(approval.reason, "We close the accounts that week.")
        self.assertEqual(application.state, "refused")
        self.assertEqual(application.refusal_reason, "We close the accounts that week.")
        self.assertEqual(application.slot_ids.state, "cancelled")
        self.assertEqual(self.mission.seats_taken, 0)
        self._assert_told(EMPLOYEE, REFERENT)
        self.assertFalse(self._get_activities(self.manager))

    def test_manager_approves_two_at_once(self):
        """The manager chooses all rows and approves them together."""
        other = self.mission.with_user(self.officer).copy({"name": "Paint the hall"})
        other.action_publish()
        applications = self._make_request(self.mission, 0) | self._make_request(other, 1)
        self.start_tour("/odoo/volunteer-approvals", "volunteer_manager_approve_two", login=self.manager.login)
        self.assertEqual(applications.mapped("state"), ["confirmed", "confirmed"])
        self.assertEqual(applications.approval_ids.decided_by_id, self.manager.partner_id)

    def test_employee_chooses_shifts(self):
        """An employee ticks a shift, reads which one is full, and applies in three clicks."""
        self._join()
        market = self._make_market()
        self.start_tour("/odoo", "volunteer_employee_choose_shifts", login=self.user.login)
        application = market.sudo().application_ids.filtered(lambda a: a.employee_id == self.employee)
        self.assertEqual(application.state, "applied")
        self.assertEqual(application.slot_ids.shift_id, market.shift_ids[1])
        self.assertEqual(application.slot_ids.time_type, "work")


@tagged("-at_install", "post_install", "is_tour")
class TestTourPhone(TourCommon):
    """Manager and employee on a phone."""

    browser_size = "390x844"
    touch_enabled = True

    def test_manager_asks_for_a_change(self):
        """The card has the facts and the three answers; the employee reads what should change."""
        application = self._make_request(self.mission, 0)
        self.start_tour("/odoo/volunteer-approvals", "volunteer_manager_change_on_a_phone", login=self.manager.login)
        self.assertEqual(application.state, "contact")
        self.assertEqual(application.change_reason, "Please come in the afternoon.")

    def test_employee_applies_on_a_phone(self):
        """An employee applies on a phone, in three clicks after the app."""
        self._join()
        self.start_tour("/odoo", "volunteer_employee_apply_phone", login=self.user.login)
        application = self.mission.sudo().application_ids
        self.assertEqual(application.state, "applied")
        self.assertEqual(application.motivation, "I sort quickly.")
        self.assertEqual(application.slot_ids.time_type, "work")

    def test_employee_chooses_shifts_on_a_phone(self):
        """An employee ticks a shift on a phone."""
        self._join()
        market = self._make_market()
        self.start_tour("/odoo", "volunteer_employee_choose_shifts", login=self.user.login)
        application = market.sudo().application_ids.filtered(lambda a: a.employee_id == self.employee)
        self.assertEqual(application.slot_ids.shift_id, market.shift_ids[1])

    def test_invited_employee_without_account_joins_on_a_phone(self):
        """From the link in the mail: join, choose a password, apply; once the association got in touch, confirm."""
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2b")
        worker = self.env["hr.employee"].create(
            {
                "name": "Tour Worker",
                "work_email": "shop@company.example.com",
                "parent_id": self.employee.parent_id.id,
                "resource_calendar_id": self.employee.resource_calendar_id.id,
                "tz": "Europe/Paris",
            }
        )
        worker.work_contact_id.lang = "en_US"
        invitation = (
            self.env["hr.volunteer.invitation"]
            .with_user(self.officer)
            .create({"employee_id": worker.id, "program_id": self.program.id})
        )
        self.start_tour(urlsplit(invitation.sudo()._get_link_url("employee")).path, "volunteer_invitation_join")
        self.assertTrue(invitation.opened_date)
        self.assertEqual(invitation.state, "joined")
        self.assertTrue(worker.user_id._is_portal())
        self.assertTrue(worker.user_id.login_date)
        registration = self.env["hr.volunteer.registration"].search([("employee_id", "=", worker.id)])
        self.assertEqual((registration.state, registration.employee_user_id), ("validated", worker.user_id))
        application = self.mission.sudo().application_ids
        self.assertEqual((application.employee_id, application.state), (worker, "applied"))
        application.with_user(self.officer).action_contact()
        worker.user_id.password = worker.user_id.login
        self.start_tour("/my/volunteering", "volunteer_employee_page_confirm", login=worker.user_id.login)
        self.assertEqual(application.state, "to_approve")
