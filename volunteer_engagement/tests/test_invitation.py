import re
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from lxml import html
from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.auth_signup.models.res_users import SignupError

from .common import OFFICER_GROUP, VolunteerCommon
from .test_route import RouteCommon

PASSWORD = "correct horse battery"  # noqa: S105, of an account in a test


class InvitationCommon(VolunteerCommon):
    """Employees with and without a user who may be invited."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.employee_shop = cls._make_employee(
            name="Sofia Shop", email="sofia@maree.example", department_id=cls.department.id, tz="America/Lima"
        )
        cls.employee_shop.work_contact_id.lang = "en_US"
        # nobody but invited people signs up
        cls.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2b")

    @classmethod
    def invite(cls, employee=None, user=None, program=None, **values):
        """Invite an employee as the officer."""
        employee = employee or cls.employee_shop
        program = cls.program if program is None else program
        invitations = cls.env["hr.volunteer.invitation"].with_user(user or cls.user_officer)
        return invitations.create({"employee_id": employee.id, "program_id": program.id, **values})

    def get_link(self, invitation):
        """Return the address in the last mail about an invitation."""
        domain = [("model", "=", invitation._name), ("res_id", "=", invitation.id)]
        mail = self.env["mail.mail"].sudo().search(domain, order="id desc", limit=1)
        links = {link for link in re.findall(r'href="([^"]+)"', mail.body_html) if "/volunteering/invitation/" in link}
        self.assertEqual(len(links), 1)
        return links.pop()

    def get_registration(self, employee):
        return self.env["hr.volunteer.registration"].sudo().search([("employee_id", "=", employee.id)])

    def join(self, invitation):
        """Join as the link does."""
        link = self.env["hr.volunteer.invitation"]._find_by_link(self.get_link(invitation).rsplit("/", 1)[-1])
        self.assertTrue(link)
        link.record._join(link.actor)
        return link.record

    def get_proof(self, invitation):
        """Return what the link of an invitation brings to the signup."""
        (proof,) = parse_qs(urlsplit(invitation.sudo()._get_account_url()).query)["volunteer_proof"]
        return proof

    def sign_up(self, employee, proof=None, login=None, **values):
        """Sign up as Odoo does with the token of the employee's contact."""
        partner = employee.work_contact_id
        partner.signup_prepare()
        token = partner._generate_signup_token()
        values = {"login": login or partner.email, "name": partner.name, "password": PASSWORD, **values}
        self.env["res.users"].sudo().with_context(volunteer_signup_proof=proof).signup(values, token)
        return self.env["res.users"].search([("partner_id", "=", partner.id)])


@tagged("-at_install", "post_install")
class TestInvitation(InvitationCommon):
    """Officers invite employees by mail; joining by it counts as validated."""

    # ---------------------------------------------------------------------
    # Sending
    # ---------------------------------------------------------------------

    def test_invitation_is_sent(self):
        """An officer invites: one mail in the language of the employee, with a link of 30 days."""
        with self.assertMails((self.employee_shop.work_contact_id, "Oscar Officer")) as mails:
            invitation = self.invite()
        self.assertEqual(invitation.state, "sent")
        self.assertEqual(invitation.status, "sent")
        self.assertEqual(invitation.invited_by_id, self.user_officer)
        self.assertEqual(invitation.company_id, self.company)
        self.assertEqual(invitation.department_id, self.department)
        self.assertEqual((invitation.expiration_date - invitation.sent_date).days, 30)
        self.assertIn("/volunteering/invitation/", mails.records.body_html)
        self.assertIn("Solidarity", mails.records.body_html)
        # the chatter has the mail without its link
        self.assertNotIn("/volunteering/invitation/", "".join(invitation.sudo().message_ids.mapped("body")))
        self.assertNotIn(self.user_officer.partner_id, invitation.sudo().message_partner_ids)

    def test_languages(self):
        """Each mail is rendered in the language of its employee."""
        self.employee_shop.work_contact_id.lang = "fr_FR"
        template = self.env.ref("volunteer_engagement.mail_template_invitation")
        template.with_context(lang="fr_FR").subject = "Venez donner un coup de main"
        with self.assertMails(
            (self.employee_shop.work_contact_id, "coup de main"), (self.employee_silent.work_contact_id, "invites you")
        ):
            self.env["hr.volunteer.invitation"].with_user(self.user_officer)._invite(
                self.employee_shop + self.employee_silent, self.program
            )

    def test_who_is_not_invited(self):
        """Whoever can't be invited is named with the reason, and nothing is done."""
        elsewhere = self.env["hr.department"].create({"name": "Elsewhere", "company_id": self.company.id})
        closed = self.program.copy({"name": "Closed", "department_ids": [Command.set(elsewhere.ids)]})
        asked = self.env["hr.volunteer.registration"].with_user(self.user_newcomer).create({})
        self.assertEqual(asked.state, "pending")
        self.employee_silent.work_contact_id.email = False
        cases = [
            (self.employee, self.program, UserError, "registered already"),
            (self.employee_newcomer, self.program, UserError, "validate the registration"),
            (self.employee_silent, self.program, UserError, "no e-mail address"),
            (self.employee_shop, closed, UserError, "certain departments"),
            (self.employee_officer, self.program, AccessError, "Nobody invites themselves"),
            (self.employee_other, self.program.browse(), AccessError, "officer of the company"),
        ]
        for employee, program, error, words in cases:
            with self.subTest(employee=employee.name), self.assertMails(), self.assertRaisesRegex(error, words):
                self.invite(employee, program=program)
        self.employee_shop.active = False
        with self.assertRaisesRegex(UserError, "no longer with the company"):
            self.invite()

    def test_one_open_invitation(self):
        """The database keeps one open invitation an employee; after joining there may be another."""
        self.invite()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.invite()

    def test_who_may_invite(self):
        """Employees, managers, officers of another company and portal users do not invite."""
        for name in ("employee", "manager", "other company", "other officer", "portal"):
            with self.subTest(who=name), self.assertRaises(AccessError):
                self.invite(user=self.actors[name])

    def test_registered_without_user(self):
        """Whoever takes part and has no user may be invited to have one."""
        self.env["hr.volunteer.registration"].with_user(self.user_officer).create(
            {"employee_id": self.employee_shop.id}
        )
        invitation = self.invite().sudo()
        self.assertEqual(invitation._get_page_state(), "account")

    # ---------------------------------------------------------------------
    # Its life
    # ---------------------------------------------------------------------

    def test_expiry(self):
        """After its days the link ends and the invitation is shown as expired, until it is sent again."""
        self.company.volunteer_invitation_days = 3
        invitation = self.invite()
        token = self.get_link(invitation).rsplit("/", 1)[-1]
        invitations = self.env["hr.volunteer.invitation"].with_user(self.user_officer)
        with freeze_time(fields.Datetime.now() + timedelta(days=2)):
            self.assertTrue(invitations._find_by_link(token))
        with freeze_time(fields.Datetime.now() + timedelta(days=4)):
            self.assertFalse(invitations._find_by_link(token))
            invitation.invalidate_recordset()
            self.assertEqual(invitation.status, "expired")
            self.assertIn(invitation, invitations.search([("status", "=", "expired")]))
            self.assertNotIn(invitation, invitations.search([("status", "=", "sent")]))
            self.assertNotIn(invitation, invitations.search([("status", "!=", "expired")]))
            self.assertIn(invitation, invitations.search([("state", "=", "sent")]))
            with self.assertMails((self.employee_shop.work_contact_id, "invites you")):
                invitation.action_send_again()
            self.assertEqual(invitation.status, "sent")
            self.assertNotIn(invitation, invitations.search([("status", "=", "expired")]))
            self.assertFalse(invitations._find_by_link(token))
            self.assertTrue(invitations._find_by_link(self.get_link(invitation).rsplit("/", 1)[-1]))

    def test_days_of_the_setting(self):
        """An invitation is valid for 1 to 365 days."""
        for days in (0, -1, 366):
            with self.subTest(days=days), mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                self.company.volunteer_invitation_days = days
                self.env.flush_all()

    def test_send_again(self):
        """Sent again it is the same record with a new link, by whoever sends; the old link ends."""
        invitation = self.invite()
        link = invitation._find_by_link(self.get_link(invitation).rsplit("/", 1)[-1])
        link.record._open(link.actor)
        self.assertEqual(invitation.state, "opened")
        former = self.get_link(invitation).rsplit("/", 1)[-1]
        with self.assertMails((self.employee_shop.work_contact_id, "Ada Admin")):
            invitation.with_user(self.user_administrator).action_send_again()
        self.assertEqual(invitation.state, "sent")
        self.assertEqual(invitation.invited_by_id, self.user_administrator)
        self.assertFalse(invitation.opened_date)
        self.assertFalse(invitation._find_by_link(former))
        self.assertTrue(invitation._find_by_link(self.get_link(invitation).rsplit("/", 1)[-1]))

    def test_revoke(self):
        """A revoked invitation lets nobody join, and may be sent again."""
        invitation = self.invite()
        with self.assertMails():
            invitation.action_revoke()
        with self.assertRaisesRegex(UserError, "has ended"):
            self.join(invitation)
        self.assertFalse(self.get_registration(self.employee_shop))
        self.assertEqual(invitation.next_states, "sent")
        invitation.action_send_again()
        self.join(invitation)
        self.assertEqual(self.get_registration(self.employee_shop).state, "validated")

    def test_many_are_sent_again_and_revoked(self):
        """Both steps take many records."""
        invitations = self.invite() + self.invite(self.employee_silent)
        with self.assertMails((self.employee_shop.work_contact_id,), (self.employee_silent.work_contact_id,)):
            invitations.action_send_again()
        invitations.action_revoke()
        self.assertEqual(set(invitations.mapped("state")), {"revoked"})

    def test_sent_again_to_whom_it_is_not_for_any_more(self):
        """The rules of a first invitation hold for a second."""
        invitation = self.invite()
        self.program.with_user(self.user_officer).active = False
        with self.assertMails(), self.assertRaisesRegex(UserError, "it has ended"):
            invitation.action_send_again()

    def test_steps_of_others(self):
        """Nobody but officers of the company sends again or revokes, and no officer their own."""
        own = self.env["hr.volunteer.invitation"].with_user(self.user_administrator)
        self.env["hr.volunteer.registration"].sudo().search([("employee_id", "=", self.employee_officer.id)]).unlink()
        own = own.create({"employee_id": self.employee_officer.id})
        invitation = self.invite()
        others = ("employee", "manager", "other company", "other officer", "portal")
        for invitation, name in [*((invitation, name) for name in others), (own, "officer")]:
            for method in ("action_send_again", "action_revoke"):
                with self.subTest(who=name, method=method), self.assertRaises(AccessError):
                    self.rpc(invitation, self.actors[name], method)

    def test_steps_are_closed(self):
        """Dates, state and inviter are written by steps alone, whoever asks."""
        invitation = self.invite()
        values = {
            "state": "joined",
            "invited_by_id": self.user_administrator.id,
            "sent_date": "2020-01-01",
            "expiration_date": "2099-01-01",
            "opened_date": "2020-01-01",
            "joined_date": "2020-01-01",
            "link_version": 7,
            "program_id": False,
            "employee_id": self.employee_silent.id,
        }
        for name, value in values.items():
            with self.subTest(field=name), self.assertRaises(AccessError):
                invitation.write({name: value})
            if name not in ("program_id", "employee_id"):
                with self.subTest(created=name), self.assertRaises(AccessError):
                    self.invite(self.employee_silent, **{name: value})

    def test_departure_revokes(self):
        """Open invitations of an employee who leaves are revoked by the system, and the link says that it ended."""
        invitation = self.invite()
        token = self.get_link(invitation).rsplit("/", 1)[-1]
        with self.assertMails():
            self.employee_shop.active = False
        self.assertEqual(invitation.state, "revoked")
        self.assertEqual(invitation._find_by_link(token).record._get_page_state(), "ended")
        with self.assertRaisesRegex(UserError, "no longer with the company"):
            invitation.action_send_again()

    def test_departure_by_another_way(self):
        """The daily job finds who left without a write of their employee."""
        invitation = self.invite()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE resource_resource SET active = FALSE WHERE id = %s", [self.employee_shop.resource_id.id]
        )
        self.env.cr.execute("UPDATE hr_employee SET active = FALSE WHERE id = %s", [self.employee_shop.id])
        self.env.invalidate_all()
        self.run_job("ir_cron_volunteer_left")
        self.assertEqual(invitation.state, "revoked")

    # ---------------------------------------------------------------------
    # Joining
    # ---------------------------------------------------------------------

    def test_join_is_validated_by_the_inviter(self):
        """Joining registers, validated in the name of the inviter; officers get no mail, the employee a welcome."""
        invitation = self.invite()
        with self.assertMails((self.employee_shop.work_contact_id, "Marée SA")):
            self.join(invitation)
        registration = self.get_registration(self.employee_shop)
        self.assertEqual(registration.state, "validated")
        self.assertEqual(registration.decided_by_id, self.user_officer.partner_id)
        self.assertEqual(registration.program_id, self.program)
        self.assertEqual(invitation.state, "joined")
        self.assertTrue(invitation.opened_date and invitation.joined_date)
        self.assertFalse(self.get_activities(registration))

    def test_join_twice_is_once(self):
        """A second click changes nothing."""
        invitation = self.invite(self.employee_newcomer)
        self.join(invitation)
        before = self.get_registration(self.employee_newcomer).decision_date
        with self.assertMails():
            self.join(invitation)
        self.assertEqual(self.get_registration(self.employee_newcomer).decision_date, before)

    def test_join_revives_a_registration(self):
        """Whoever had withdrawn, was refused or waits joins on the same record."""
        for state in ("withdrawn", "refused", "pending"):
            with self.subTest(state=state), self.undone():
                registration = self.env["hr.volunteer.registration"].with_user(self.user_newcomer).create({})
                officer = registration.with_user(self.user_officer)
                if state == "withdrawn":
                    officer.action_validate()
                    officer.action_withdraw()
                if state != "pending":
                    officer._refuse("Not yet.") if state == "refused" else None
                    invitation = self.invite(self.employee_newcomer)
                else:
                    registration.sudo().unlink()
                    invitation = self.invite(self.employee_newcomer)
                    registration = self.env["hr.volunteer.registration"].with_user(self.user_newcomer).create({})
                    self.assertEqual((registration.state, invitation.state), ("pending", "sent"))
                self.join(invitation)
                found = self.get_registration(self.employee_newcomer)
                self.assertEqual(found, registration.sudo())
                self.assertEqual(found.state, "validated")
                self.assertEqual(found.decided_by_id, self.user_officer.partner_id)

    def test_inviter_who_is_no_officer_any_more(self):
        """Then it goes the way of the settings: an officer is asked."""
        for case in ("group", "archived", "company", "oneself"):
            with self.subTest(case=case), self.undone():
                user = self._make_user(f"former{case}", "Flora Former", groups=OFFICER_GROUP)
                invitation = self.invite(self.employee_shop, user=user)
                if case == "group":
                    user.group_ids = self.env.ref("base.group_user")
                elif case == "archived":
                    user.active = False
                elif case == "company":
                    user.write(
                        {"company_id": self.other_company.id, "company_ids": [Command.set(self.other_company.ids)]}
                    )
                else:
                    self.employee_shop.work_contact_id = user.partner_id
                    self.employee_shop.user_id = user
                    self.employee_shop.work_contact_id = user.partner_id
                    invitation.sudo()._get_link_url("employee")
                record = invitation.sudo()
                record._join(type(record._get_system_actor())("employee", record._get_link_partner("employee")))
                registration = self.get_registration(self.employee_shop)
                self.assertEqual(registration.state, "pending")
                self.assertEqual(invitation.sudo().state, "joined")

    def test_program_that_has_become_another(self):
        """Whoever the program is not for any more reads why, and nothing is half done."""
        invitation = self.invite()
        elsewhere = self.env["hr.department"].create({"name": "Elsewhere", "company_id": self.company.id})
        self.program.with_user(self.user_officer).department_ids = [Command.set(elsewhere.ids)]
        with self.assertRaisesRegex(UserError, "certain departments"):
            self.join(invitation)
        self.assertFalse(self.get_registration(self.employee_shop))
        self.assertEqual(invitation.state, "sent")

    def test_joined_by_another_way(self):
        """An invitation ends where its employee is registered by somebody else, and the link says so."""
        invitation = self.invite(self.employee_newcomer)
        self.env["hr.volunteer.registration"].with_user(self.user_officer).create(
            {"employee_id": self.employee_newcomer.id}
        )
        self.assertEqual(invitation.state, "joined")
        self.assertEqual(invitation.sudo()._get_page_state(), "login")

    def test_refused_or_withdrawn_since(self):
        """The same mail does not bring back whom an officer refused, or who has withdrawn."""
        invitation = self.invite(self.employee_newcomer)
        registration = self.env["hr.volunteer.registration"].with_user(self.user_newcomer).create({})
        registration.with_user(self.user_officer)._refuse("Not this year.")
        self.assertEqual(invitation.state, "revoked")
        invitation.action_send_again()
        self.join(invitation)
        registration.with_user(self.user_officer).action_withdraw()
        with self.assertRaisesRegex(UserError, "has ended"):
            self.join(invitation)
        self.assertEqual(registration.state, "withdrawn")

    # ---------------------------------------------------------------------
    # Signing up
    # ---------------------------------------------------------------------

    def test_signup_links_the_employee(self):
        """Whoever has joined and signs up is a portal user of their own employee; language and zone stay."""
        self.employee_shop.work_contact_id.lang = "fr_FR"
        proof = self.get_proof(self.join(self.invite()))
        user = self.sign_up(self.employee_shop, proof, lang="en_US")
        self.assertEqual(self.employee_shop.user_id, user)
        self.assertTrue(user._is_portal())
        self.assertEqual(user.login, "sofia@maree.example")
        self.assertEqual(user.company_ids, self.company)
        self.assertEqual(user.company_id, self.company)
        self.assertEqual((user.lang, user.tz), ("fr_FR", "America/Lima"))
        self.assertEqual(self.employee_shop.tz, "America/Lima")
        self.assertEqual(self.employee_shop.work_contact_id, user.partner_id)
        self.assertEqual(self.employee_shop.name, "Sofia Shop")
        self.assertEqual(self.get_registration(self.employee_shop).employee_user_id, user)
        # the zone of the browser, which Odoo notes at the first login
        user.tz = "Asia/Tokyo"
        self.assertEqual(self.employee_shop.tz, "America/Lima")

    def test_signup_keeps_the_address_at_work(self):
        """An address that was typed over is not taken: it would be the address of the employee."""
        proof = self.get_proof(self.join(self.invite()))
        user = self.sign_up(self.employee_shop, proof, login="elsewhere@private.example")
        self.assertEqual(user.login, "sofia@maree.example")
        self.assertEqual(self.employee_shop.work_email, "sofia@maree.example")

    def test_signup_of_whom_is_not_linked(self):
        """Without a joined invitation, or where the contact is not one employee's own, nobody is linked."""

        def make_shared():
            self._make_employee(
                name="Twin", email="x@maree.example"
            ).work_contact_id = self.employee_shop.work_contact_id

        joined = self.join(self.invite())
        proof = self.get_proof(joined)
        cases = {
            "not joined": lambda: joined.with_user(self.user_officer).sudo()._write_step({"state": "opened"}),
            "revoked": lambda: joined._write_step({"state": "revoked"}),
            "withdrawn": lambda: (
                self.get_registration(self.employee_shop).with_user(self.user_officer).action_withdraw()
            ),
            "shared contact": make_shared,
            "left": lambda: self.employee_shop.write({"active": False}),
            "links ended": lambda: joined.with_user(self.user_officer).action_revoke_links(),
        }
        for case, change in cases.items():
            with self.subTest(case=case), self.undone():
                change()
                self.sign_up(self.employee_shop, proof)
                self.assertFalse(self.employee_shop.user_id)

    def test_signup_token_of_a_colleague_is_no_proof(self):
        """Where all sign up freely, Odoo gives colleagues the token of a contact: it links nobody, and the address at
        work stays.
        """
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        invitation = self.join(self.invite())
        contact = self.employee_shop.work_contact_id
        token = contact.with_user(self.user_colleague).signup_get_auth_param()[contact.id]["auth_signup_token"]
        self.env["res.users"].sudo().signup({"login": "x", "password": PASSWORD}, token)
        self.assertFalse(self.employee_shop.user_id)
        self.assertEqual(contact.user_ids.login, "x")
        self.assertEqual(self.employee_shop.work_email, "sofia@maree.example")
        self.assertEqual(contact.email, "sofia@maree.example")
        # the employee reads what to do
        with self.assertRaisesRegex(UserError, "else to remove it"):
            invitation._join(invitation._get_system_actor())

    def test_proof_is_of_one_link(self):
        """Neither a proof of somebody else, nor the link itself, nor what is malformed or too old, links anybody."""
        invitation = self.join(self.invite())
        proof = self.get_proof(invitation)
        own = self.get_proof(self.join(self.invite(self.employee_silent)))
        link = self.get_link(invitation).rsplit("/", 1)[-1]
        malformed = [None, False, "", "x", "é", "\udc80", "AQ", proof[:-2], proof[:20], 1, [proof], {"a": 1}, b"x"]
        for value in (*malformed, own, link):
            with self.subTest(proof=value), self.undone():
                self.sign_up(self.employee_shop, value)
                self.assertFalse(self.employee_shop.user_id)
        with freeze_time(fields.Datetime.now() + timedelta(days=2)), self.undone():
            self.sign_up(self.employee_shop, proof)
            self.assertFalse(self.employee_shop.user_id)
        self.assertTrue(self.sign_up(self.employee_shop, proof))
        self.assertTrue(self.employee_shop.user_id)

    def test_proof_links_no_user_that_is_there(self):
        """The first who signs up for the contact is not replaced."""
        proof = self.get_proof(self.join(self.invite()))
        user = self.sign_up(self.employee_shop)
        self.assertEqual(self.sign_up(self.employee_shop, proof), user)
        self.assertFalse(self.employee_shop.user_id)

    def test_withdrawal_ends_the_signup(self):
        """Whoever was withdrawn before choosing a password signs up no more."""
        invitation = self.join(self.invite())
        self.assertIn("/web/signup", invitation._get_account_url())
        token = self.employee_shop.work_contact_id._generate_signup_token()
        self.get_registration(self.employee_shop).with_user(self.user_officer).action_withdraw()
        with self.assertRaises(UserError):
            self.env["res.users"].sudo().signup({"login": "sofia@maree.example", "password": PASSWORD}, token)

    def test_signup_of_a_colleague(self):
        """Somebody else's contact is linked to nobody's employee but their own."""
        proof = self.get_proof(self.join(self.invite()))
        user = self.sign_up(self.employee_silent, proof)
        self.assertTrue(user)
        self.assertFalse(self.employee_shop.user_id)
        self.assertFalse(self.employee_silent.user_id)
        stranger = self.env["res.partner"].create({"name": "Stranger", "email": "sofia@maree.example"})
        stranger.signup_prepare()
        self.env["res.users"].sudo().with_context(volunteer_signup_proof=proof).signup(
            {"login": "stranger@x.example", "name": "Stranger", "password": PASSWORD},
            stranger._generate_signup_token(),
        )
        self.assertFalse(self.employee_shop.user_id)

    def test_signup_without_token(self):
        """A free signup, where it is on, links nobody."""
        proof = self.get_proof(self.join(self.invite()))
        users = self.env["res.users"].sudo().with_context(volunteer_signup_proof=proof)
        values = {"login": "sofia@maree.example", "name": "Sofia Shop", "password": PASSWORD}
        with self.assertRaises(SignupError):
            users.signup(dict(values))
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        users.signup(dict(values))
        self.assertFalse(self.employee_shop.user_id)

    def test_existing_account(self):
        """A link lets nobody in to an account that is there: words say what to do, and nothing is done."""
        contact = self.employee_shop.work_contact_id
        cases = {
            "login of another": {"login": "SOFIA@maree.example", "name": "Another"},
            "archived": {"login": "sofia@maree.example", "name": "Another", "active": False},
            "own contact": {"login": "sofia", "partner_id": contact.id},
        }
        for case, values in cases.items():
            with self.subTest(case=case), self.undone():
                user = self.env["res.users"].with_context(no_reset_password=True).create(values)
                invitation = self.invite()
                with self.assertRaisesRegex(UserError, "ask your HR officer to link it, else to remove it"):
                    self.join(invitation)
                self.assertEqual(invitation.state, "sent")
                self.assertFalse(self.get_registration(self.employee_shop))
                with self.assertRaises(UserError):
                    invitation.sudo()._get_account_url()
                self.assertFalse(user.partner_id.signup_type)

    def test_erasure(self):
        """Invitations of an employee whose names are erased go, also of whoever never joined."""
        invitation = self.invite()
        self.company.volunteer_retention_months = 6
        self.employee_shop.active = False
        self.employee_shop.departure_date = fields.Date.today() - timedelta(days=400)
        self.run_job("ir_cron_volunteer_erase")
        self.assertFalse(invitation.exists())


@tagged("-at_install", "post_install")
class TestInvite(InvitationCommon):
    """The window in which officers choose whom to invite."""

    def setUp(self):
        super().setUp()
        self.wizards = self.env["hr.volunteer.invite"].with_user(self.user_officer)

    def _choose(self, audience, **values):
        return self.wizards.create({"audience": audience, "program_id": self.program.id, **values})

    def _get_invited(self):
        return self.env["hr.volunteer.invitation"].search([("company_id", "=", self.company.id)]).employee_id

    def test_officer_has_no_rights_of_hr(self):
        """The window needs no rights of HR."""
        self.assertFalse(self.user_officer.has_group("hr.group_hr_user"))
        with Form(self.wizards) as form:
            form.audience = "employees"
            form.employee_ids.add(self.employee_shop)
            form.employee_ids.add(self.employee)
            self.assertEqual(form.recipient_count, 1)
            self.assertIn("registered already", form.left_out)
            self.assertIn("Elodie Martin", form.left_out)
        with self.assertMails((self.employee_shop.work_contact_id,)):
            form.record.action_send()
        self.assertEqual(self._get_invited(), self.employee_shop)

    def test_departments_with_those_below(self):
        """A department brings those below it."""
        below = self.env["hr.department"].create(
            {"name": "Shop", "parent_id": self.department.id, "company_id": self.company.id}
        )
        self.employee_silent.department_id = below
        wizard = self._choose("departments", department_ids=[Command.set(self.department.ids)])
        self.assertEqual(wizard.recipient_count, 2)
        wizard.action_send()
        self.assertEqual(self._get_invited(), self.employee_shop + self.employee_silent)

    def test_employees_with_tags(self):
        """One of the tags is enough."""
        tags = self.env["hr.employee.category"].create([{"name": "First aid"}, {"name": "Driver"}])
        self.employee_shop.category_ids = tags[0]
        self._choose("tags", tag_ids=[Command.set(tags.ids)]).action_send()
        self.assertEqual(self._get_invited(), self.employee_shop)

    def test_all_who_are_not_registered(self):
        """All active employees of the company but the registered ones and oneself."""
        self.env["hr.volunteer.registration"].sudo().search([("employee_id", "=", self.employee_officer.id)]).unlink()
        wizard = self._choose("all")
        self.assertIn("that is you", wizard.left_out)
        self.assertNotIn("Elodie", wizard.left_out or "")
        wizard.action_send()
        invited = self._get_invited()
        expected = self.employee_manager + self.employee_silent + self.employee_newcomer + self.employee_shop
        self.assertEqual(set(invited), set(expected))

    def test_open_invitations_are_sent_again_when_asked(self):
        """Open ones stay unless one asks; expired and revoked ones are sent again on the same record."""
        invitation = self.invite()
        wizard = self._choose("employees", employee_ids=[Command.set(self.employee_shop.ids)])
        self.assertEqual((wizard.recipient_count, wizard.open_count), (0, 1))
        self.assertIn("invited already", wizard.left_out)
        with self.assertMails(), self.assertRaisesRegex(UserError, "Nobody"):
            wizard.action_send()
        wizard.again = True
        self.assertEqual(wizard.recipient_count, 1)
        with self.assertMails((self.employee_shop.work_contact_id,)):
            wizard.action_send()
        invitation.action_revoke()
        wizard.again = False
        wizard.program_id = False
        wizard.action_send()
        self.assertEqual(
            self.env["hr.volunteer.invitation"].search([("employee_id", "=", self.employee_shop.id)]), invitation
        )
        self.assertEqual(invitation.state, "sent")
        self.assertFalse(invitation.program_id)

    def test_without_address_or_not_eligible(self):
        """Whoever gets no mail is named with the reason, before anything is sent."""
        self.employee_silent.work_contact_id.email = False
        elsewhere = self.env["hr.department"].create({"name": "Elsewhere", "company_id": self.company.id})
        closed = self.program.copy({"name": "Closed", "department_ids": [Command.set(elsewhere.ids)]})
        wizard = self._choose("employees", employee_ids=[Command.set((self.employee_silent + self.employee_shop).ids)])
        self.assertEqual(wizard.recipient_count, 1)
        self.assertIn("no e-mail address at work", wizard.left_out)
        wizard.program_id = closed
        self.assertEqual(wizard.recipient_count, 0)
        self.assertIn("it is for certain departments", wizard.left_out)

    def test_names_are_text(self):
        """A name with a tag in it is shown as it is written."""
        self.employee_shop.name = "<script>alert(1)</script>"
        self.employee_shop.work_contact_id.email = False
        wizard = self._choose("employees", employee_ids=[Command.set(self.employee_shop.ids)])
        self.assertNotIn("<script>", wizard.left_out)

    def test_other_company(self):
        """Employees of another company are neither invited nor named."""
        employees = self.employee_other + self.employee_shop
        wizard = self._choose("employees", employee_ids=[Command.set(employees.ids)])
        self.assertEqual(wizard.recipient_count, 1)
        self.assertNotIn("Otto", wizard.left_out or "")
        wizard.action_send()
        self.assertFalse(
            self.env["hr.volunteer.invitation"].sudo().search([("employee_id", "=", self.employee_other.id)])
        )
        with self.assertRaises(AccessError):
            self.wizards.create({"company_id": self.other_company.id}).action_send()
        shown = self.wizards.new({"company_id": self.other_company.id, "audience": "all"})
        self.assertFalse(shown.recipient_count or shown.left_out)

    def test_nobody_else_looks(self):
        """A window that was never saved shows nothing to whoever may not invite."""
        for user in (self.user_employee, self.user_manager, self.user_portal):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.env["hr.volunteer.invite"].with_user(user).new({"audience": "all"}).left_out  # noqa: B018

    def test_odd_input(self):
        """What is not there, or not of the kind, sends nothing."""
        for audience in ("employees", "departments", "tags"):
            with self.subTest(audience=audience), self.assertMails(), self.assertRaisesRegex(UserError, "Nobody"):
                self._choose(audience).action_send()
        for employee_id in (False, 0, -1, 2**31 - 1, 2**40, "x", [1]):
            with self.subTest(employee=employee_id), self.assertMails(), self.assertRaises(UserError):
                self.rpc(
                    self.env["hr.volunteer.invitation"], self.user_officer, "create", [{"employee_id": employee_id}]
                )

    def test_lists_of_employees_open_it(self):
        """Chosen employees of either list, and the program of a form, are in the window."""
        for model in ("hr.employee", "hr.employee.public"):
            wizard = self.wizards.with_context(active_model=model, active_ids=self.employee_shop.ids).create({})
            self.assertEqual((wizard.audience, wizard.employee_ids), ("employees", self.employee_shop))
            action = self.env["ir.actions.actions"].with_user(self.user_officer).get_bindings(model)["action"]
            self.assertIn("Invite to Volunteer", [found["name"] for found in action])
            action = self.env["ir.actions.actions"].with_user(self.user_employee).get_bindings(model).get("action", [])
            self.assertNotIn("Invite to Volunteer", [found["name"] for found in action])
        wizard = self.wizards.with_context(default_program_id=self.program.id).create({})
        self.assertEqual((wizard.program_id, wizard.company_id, wizard.audience), (self.program, self.company, "all"))

    def test_queries_do_not_grow(self):
        """A window and its sending cost no queries for each employee."""
        employees = self.env["hr.employee"].create(
            [
                {
                    "name": f"Employee {number}",
                    "work_email": f"employee{number}@maree.example",
                    "company_id": self.company.id,
                    "department_id": self.department.id,
                    "date_version": "2020-01-01",
                }
                for number in range(101)
            ]
        )
        counts = {}
        for count in (1, 1, 101):
            with self.undone():
                wizard = self._choose("employees", employee_ids=[Command.set(employees[:count].ids)])
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self.assertEqual(wizard.recipient_count, count)
                counts["look", count] = self.env.cr.sql_log_count - before
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                wizard.action_send()
                self.env.flush_all()
                counts["send", count] = self.env.cr.sql_log_count - before
                self.env.invalidate_all()
                invitations = self.env["hr.volunteer.invitation"].with_user(self.user_officer).search([])
                before = self.env.cr.sql_log_count
                invitations.action_send_again()
                self.env.flush_all()
                counts["again", count] = self.env.cr.sql_log_count - before
        for what, allowance in (("look", 3), ("send", 15), ("again", 15)):
            with self.subTest(what=what):
                self.assertLessEqual(counts[what, 101] - counts[what, 1], allowance, counts)


@tagged("-at_install", "post_install")
class TestInvitationPage(InvitationCommon, RouteCommon, HttpCase):
    """The page behind the link, as the employee."""

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)
        self.shop_invitation = self.invite()

    def _get_path(self, invitation=None, step=""):
        return urlsplit(self.get_link(invitation or self.shop_invitation)).path + step

    def _read(self, response):
        page = html.fromstring(response.content)
        return " ".join(page.find(".//main").text_content().split())

    def test_page_says_what_it_is(self):
        """First name, inviter, program, rules, and one button; looking changes nothing."""
        self.program.with_user(self.user_officer).description = "<p>Two days a year.</p>"
        before = self.get_rows()
        response = self.url_open(self._get_path())
        self.assertEqual(response.status_code, 200)
        text = self._read(response)
        for words in ("Sofia", "Oscar Officer", "Solidarity", "Two days a year", "sofia@maree.example"):
            self.assertIn(words, text)
        self.assertNotIn("Shop,", text)
        self.assertEqual(len(html.fromstring(response.content).findall(".//main//button[@type='submit']")), 1)
        self.assertEqual(self.get_rows(), before)
        self.assertEqual(self.shop_invitation.state, "sent")

    def test_opened(self):
        """The script of the page notes the first look."""
        path = self._get_path(step="/opened")
        self.assertEqual(self.send(path).status_code, 204)
        self.assertEqual(self.shop_invitation.state, "opened")
        first = self.shop_invitation.opened_date
        self.assertEqual(self.send(path).status_code, 204)
        self.assertEqual(self.shop_invitation.opened_date, first)
        page = html.fromstring(self.url_open(self._get_path()).content)
        self.assertFalse(page.xpath("//*[@data-opened-url]"))

    def test_join_and_sign_up(self):
        """An employee without a user joins, signs up with the address at work, and is logged in as themselves."""
        response = self.send(self._get_path(step="/join"))
        self.assertEqual(response.status_code, 303)
        self.assertEqual(response.cookies["frontend_lang"], "en_US")
        url = urlsplit(response.headers["Location"])
        self.assertEqual(url.path, "/web/signup")
        self.assertEqual(parse_qs(url.query)["redirect"], ["/my/volunteering"])
        self.assertEqual(self.shop_invitation.state, "joined")
        self.assertFalse(self.employee_shop.user_id)
        token = parse_qs(url.query)["token"][0]
        for message in self.env["mail.message"].search([("model", "ilike", "hr.volunteer")]):
            self.assertNotIn(token, message.body or "")
        # whoever stops before the password comes back by the same link
        again = self.send(self._get_path(step="/join"))
        self.assertIn("/web/signup", again.headers["Location"])
        signup = self.url_open(response.headers["Location"])
        form = html.fromstring(signup.content).find(".//form[@class='oe_signup_form']")
        self.assertEqual(form.fields["login"], "sofia@maree.example")
        self.assertIsNotNone(form.inputs["login"].get("readonly"))
        self.assertIn("Marée SA", signup.text)
        response = self.send(
            f"/web/signup?{url.query}",
            {
                **{name: form.fields[name] for name in ("name", "token", "redirect", "volunteer_proof")},
                "login": "typed@elsewhere.example",
                "password": PASSWORD,
                "confirm_password": PASSWORD,
            },
        )
        self.assertEqual(response.status_code, 303)
        self.assertEqual(urlsplit(response.headers["Location"]).path, "/my/volunteering")
        user = self.employee_shop.user_id
        self.assertEqual(user.login, "sofia@maree.example")
        self.assertTrue(user._is_portal())
        # the token of the signup is spent, and the link leads to login
        self.authenticate(None, None)
        self.assertIn("Invalid signup token", self.url_open(f"/web/signup?{url.query}").text)
        text = self._read(self.url_open(self._get_path()))
        self.assertIn("joined", text)
        self.assertIn("Log In", text)
        self.assertEqual(self.send(self._get_path(step="/join")).headers["Location"], "/my/volunteering")
        self.assertFalse(user.partner_id.signup_type)

    def test_signup_page_without_the_link(self):
        """With the token alone the signup is Odoo's own: no word of the invitation, and nobody is linked."""
        url = urlsplit(self.send(self._get_path(step="/join")).headers["Location"])
        query = {name: values[0] for name, values in parse_qs(url.query).items() if name != "volunteer_proof"}
        path = f"/web/signup?{urlencode(query)}"
        signup = self.url_open(path)
        form = html.fromstring(signup.content).find(".//form[@class='oe_signup_form']")
        self.assertIsNone(form.inputs["login"].get("readonly"))
        self.assertNotIn("Marée SA", form.text_content())
        self.assertNotIn("Choose a password", signup.text)
        typed = {
            **{name: form.fields[name] for name in ("name", "token")},
            "login": "typed@elsewhere.example",
            "password": PASSWORD,
            "confirm_password": PASSWORD,
        }
        # one that is wrong, or of somebody else, is refused in words: the account would be nobody's
        other = self.get_proof(self.join(self.invitation))
        for proof in ("x", other):
            with self.subTest(proof=proof):
                page = self.url_open(f"{path}&volunteer_proof={proof}").text
                self.assertIn("Open the link in your invitation", page)
                response = self.send("/web/signup", {**typed, "volunteer_proof": proof})
                self.assertEqual(response.status_code, 200)
                self.assertIn("Open the link in your invitation", response.text)
                self.assertFalse(self.employee_shop.work_contact_id.user_ids)
        self.assertEqual(self.send("/web/signup", typed).status_code, 303)
        self.assertEqual(self.employee_shop.work_contact_id.user_ids.login, "typed@elsewhere.example")
        self.assertFalse(self.employee_shop.user_id)
        self.assertEqual(self.employee_shop.work_email, "sofia@maree.example")
        # the employee, later
        self.authenticate(None, None)
        self.assertIn("else to remove it", self._read(self.send(self._get_path(step="/join"))))

    def test_join_with_a_user(self):
        """An employee with a user goes to their own pages, by the login."""
        invitation = self.invite(self.employee_newcomer)
        text = self._read(self.url_open(self._get_path(invitation)))
        self.assertIn("log in as usual", text)
        self.employee_newcomer.work_contact_id.signup_cancel()
        response = self.send(self._get_path(invitation, "/join"))
        self.assertEqual(response.headers["Location"], "/my/volunteering")
        self.assertEqual(self.get_registration(self.employee_newcomer).state, "validated")
        # no token with which the password of the account could be changed
        self.assertFalse(self.employee_newcomer.work_contact_id.signup_type)

    def test_existing_account_on_the_page(self):
        """Words on the page say what to do, and nothing was done."""
        self._make_user("sofia", "Another Sofia").login = "sofia@maree.example"
        before = self.get_rows()
        response = self.send(self._get_path(step="/join"))
        self.assertEqual(response.status_code, 200)
        self.assertIn("ask your HR officer to link it, else to remove it", self._read(response))
        self.assertEqual(self.get_rows(), before)

    def test_ended(self):
        """Links of revoked invitations, and of people who left, say so."""
        self.shop_invitation.action_revoke()
        self.assertIn("has ended", self._read(self.url_open(self._get_path())))
        self.assertIn("has ended", self._read(self.send(self._get_path(step="/join"))))
        self.assertEqual(self.send(self._get_path(step="/opened")).status_code, 204)
        self.assertEqual(self.shop_invitation.state, "revoked")
        self.assertFalse(self.get_registration(self.employee_shop))

    def test_language(self):
        """The page speaks the language of the employee."""
        self.employee_shop.work_contact_id.lang = "fr_FR"
        self.program.with_context(lang="fr_FR").name = "Solidarité"
        self.assertIn("Solidarité", self._read(self.url_open(self._get_path())))

    def test_tracking_by_a_scanner(self):
        """A program that opens links of mails neither opens nor joins."""
        for _look in range(2):
            self.url_open(self._get_path(), headers={"User-Agent": "scanner"})
        self.url_open(self._get_path(step="/join"))
        self.url_open(self._get_path(step="/opened"))
        self.assertEqual(self.shop_invitation.state, "sent")
