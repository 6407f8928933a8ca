import re
from datetime import timedelta

import vobject
from lxml import html

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools.misc import format_date

from ..models.lifecycle_mixin import Actor
from .common import VolunteerCommon

PERSONAL = {"start": 19, "end": 21, "time_type": "personal"}


@tagged("-at_install", "post_install")
class TestMail(VolunteerCommon):
    """Who is told, in which language and with which words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner_employee = cls.user_employee.partner_id
        cls.partner_manager = cls.user_manager.partner_id

    # ---------------------------------------------------------------------
    # Registration
    # ---------------------------------------------------------------------

    def _register(self):
        return (
            self.env["hr.volunteer.registration"].with_user(self.user_newcomer).create({"program_id": self.program.id})
        )

    def test_registration_asks_all_officers(self):
        """Without a list each officer of the company gets the mail, and the responsible one activity."""
        words = ("Nina Neuf would like to take part", "Solidarity")
        with self.assertMails((self.user_officer.partner_id, *words), (self.user_administrator.partner_id, *words)):
            registration = self._register()
        activity = self.get_activities(registration)
        self.assertEqual(activity.user_id, self.user_officer)
        self.assertEqual(
            activity.activity_type_id, self.env.ref("volunteer_engagement.mail_activity_type_registration")
        )

    def test_registration_asks_the_officers_of_the_company(self):
        """The list of the settings is who gets the mails."""
        self.company.volunteer_officer_ids = self.user_administrator
        with self.assertMails((self.user_administrator.partner_id, "Nina Neuf")):
            self._register()

    def test_registration_asks_the_officers_of_the_program(self):
        """The list of the program goes before that of the company."""
        self.company.volunteer_officer_ids = self.user_administrator
        self.program.with_user(self.user_officer).officer_ids = self.user_officer
        with self.assertMails((self.user_officer.partner_id, "Nina Neuf")):
            self._register()

    def test_registration_activity_goes_to_the_responsible(self):
        """Program, then settings, then an officer; never the employee."""
        self.program.with_user(self.user_administrator).user_id = False
        self.company.volunteer_responsible_id = self.user_administrator
        with self.undone():
            self.assertEqual(self.get_activities(self._register()).user_id, self.user_administrator)
        self.company.volunteer_responsible_id = False
        with self.undone():
            self.assertIn(self.get_activities(self._register()).user_id, self.user_officer | self.user_administrator)
        self.env["hr.volunteer.registration"].sudo().search([("employee_user_id", "=", self.user_officer.id)]).unlink()
        self.company.volunteer_responsible_id = self.user_officer
        own = self.env["hr.volunteer.registration"].with_user(self.user_officer).create({})
        self.assertEqual(self.get_activities(own).user_id, self.user_administrator)

    def test_registration_activity_is_closed_by_whoever_decides(self):
        """The activity goes with the decision, made by anybody."""
        for step in ("action_validate", "refuse"):
            for user in (self.user_officer, self.user_administrator):
                with self.subTest(step=step, user=user.name), self.undone():
                    registration = self._register()
                    self.make_step(registration, user, step, reason="Because.")
                    self.assertFalse(self.get_activities(registration))

    def test_registration_answers(self):
        """The employee is told of the answer, with the reason of a refusal."""
        partner = self.user_newcomer.partner_id
        registration = self._register().with_user(self.user_officer)
        with self.undone(), self.assertMails((partner, "Welcome to volunteering at Marée SA", "Nina Neuf")):
            registration.action_validate()
        with self.assertMails((partner, "was refused", "Wait for your first month.")):
            registration._refuse("Wait for your first month.")

    def test_automatic_registration_tells_the_employee_only(self):
        """A welcome to the employee, nothing to anybody else."""
        self.company.volunteer_validation_mode = "automatic"
        with self.assertMails((self.user_newcomer.partner_id, "Welcome to volunteering")):
            registration = self._register()
        self.assertFalse(self.get_activities(registration))

    def test_invitation(self):
        """An invited employee gets the welcome."""
        with self.assertMails((self.user_newcomer.partner_id, "Welcome to volunteering")):
            self.env["hr.volunteer.registration"].with_user(self.user_officer).create(
                {"employee_id": self.employee_newcomer.id}
            )

    def test_asking_again_asks_the_officers_again(self):
        """After a refusal the officers are asked as if it were new."""
        registration = self._register()
        registration.with_user(self.user_officer)._refuse("Not yet.")
        with self.assertMails(
            (self.user_officer.partner_id, "Nina Neuf"), (self.user_administrator.partner_id, "Nina Neuf")
        ):
            registration.action_ask_again()
        self.assertEqual(len(self.get_activities(registration)), 1)

    # ---------------------------------------------------------------------
    # Application
    # ---------------------------------------------------------------------

    def test_each_step_tells_those_concerned(self):
        """For each step: who is written to and what they read; nobody else gets a mail."""
        employee, referent, manager = self.partner_employee, self.referent, self.partner_manager
        officer = self.user_officer
        other = self.make_mission("Sort clothes")
        work, personal = [self.slot_vals()], [self.slot_vals(**PERSONAL)]
        association = Actor("association", referent)

        def approval(application):
            return self.last_approval(application).sudo(False)

        cases = [
            (
                "applied",
                "draft",
                work,
                lambda a: a.action_apply(),
                [(referent, "Elodie Martin would like to help: Serve meals", "I cook for thirty.", "Rosa Referent")],
            ),
            (
                "in contact, says the employee",
                "applied",
                work,
                lambda a: a.action_contact(),
                [(referent, "You are in contact with Elodie Martin")],
            ),
            (
                "in contact, says an officer",
                "applied",
                work,
                lambda a: a.with_user(officer).action_contact(),
                [(employee, "You are in contact with La Soupe")],
            ),
            (
                "in contact, says the association",
                "applied",
                work,
                lambda a: a.sudo()._transition("contact", actor=association),
                [(employee, "You are in contact with La Soupe")],
            ),
            (
                "refused",
                "applied",
                work,
                lambda a: a.with_user(officer)._refuse("The team is complete."),
                [(employee, "was not accepted: Serve meals", "The team is complete.")],
            ),
            (
                "another mission",
                "contact",
                work,
                lambda a: a.with_user(officer)._redirect(other),
                [(employee, "La Soupe proposes another mission: Sort clothes")],
            ),
            (
                "to approve",
                "contact",
                work,
                lambda a: a.action_confirm(),
                [(manager, "Please approve: Elodie Martin, 3 h", "Serve meals", "La Soupe", "1 rue des Halles")],
            ),
            (
                "personal time confirmed",
                "contact",
                personal,
                lambda a: a.action_confirm(),
                [(employee, "Confirmed: Serve meals", "2 h"), (referent, "Confirmed: Elodie Martin comes")],
            ),
            (
                "approved",
                "to_approve",
                work,
                lambda a: approval(a).with_user(self.user_manager).action_approve(),
                [(employee, "Confirmed: Serve meals", "3 h"), (referent, "Confirmed: Elodie Martin comes")],
            ),
            (
                "change asked",
                "to_approve",
                work,
                lambda a: approval(a).with_user(self.user_manager)._request_changes("Not on Monday."),
                [
                    (employee, "Please change your dates: Serve meals", "Not on Monday."),
                    (referent, "The dates of Elodie Martin may change"),
                ],
            ),
            (
                "work time refused",
                "to_approve",
                work,
                lambda a: approval(a).with_user(self.user_manager)._refuse("Inventory week."),
                [
                    (employee, "was not accepted: Serve meals", "Inventory week."),
                    (referent, "Elodie Martin cannot come: Serve meals"),
                ],
            ),
            (
                "taken back",
                "to_approve",
                work,
                lambda a: a.action_take_back(),
                [(manager, "Elodie Martin does not need the work time any more", "Serve meals")],
            ),
            ("draft cancelled", "draft", work, lambda a: a._cancel("Ill."), []),
            (
                "cancelled by the employee before anything was asked",
                "contact",
                work,
                lambda a: a._cancel("Ill."),
                [(referent, "Elodie Martin cannot come", "Ill.")],
            ),
            (
                "cancelled by the employee while asked",
                "to_approve",
                work,
                lambda a: a._cancel("Ill."),
                [(referent, "Elodie Martin cannot come", "Ill."), (manager, "does not need the work time")],
            ),
            (
                "cancelled by an officer after the approval",
                "confirmed",
                work,
                lambda a: a.with_user(officer)._cancel("Strike."),
                [
                    (employee, "Cancelled: Serve meals", "Strike."),
                    (referent, "Elodie Martin cannot come", "Strike."),
                    (manager, "does not need the work time"),
                ],
            ),
            (
                "personal time cancelled by an officer",
                "confirmed",
                personal,
                lambda a: a.with_user(officer)._cancel("Strike."),
                [(employee, "Cancelled: Serve meals"), (referent, "Elodie Martin cannot come")],
            ),
        ]
        for words, source, slots, step, expected in cases:
            with self.subTest(event=words), self.undone():
                application = self.make_application(source, slots=slots)
                with self.assertMails(*expected):
                    step(application)

    def test_reason_of_the_manager_is_not_for_the_association(self):
        """What the manager writes is read by the employee only."""
        for method in ("_request_changes", "_refuse"):
            with self.subTest(method=method), self.undone():
                approval = self.last_approval(self.make_application("to_approve")).sudo(False)
                with self.assertMails((self.partner_employee, "Secret audit."), (self.referent,)) as capture:
                    getattr(approval.with_user(self.user_manager), method)("Secret audit.")
                to_referent = capture.records.filtered(lambda mail: "rosa" in mail.email_to)
                self.assertNotIn("Secret audit", to_referent.body_html + to_referent.subject)

    def test_manager_is_told_in_mode_none(self):
        """Without approval the manager gets one mail that asks for nothing."""
        self.company.volunteer_manager_approval = "none"
        application = self.make_application("contact")
        with self.assertMails(
            (self.partner_employee, "Confirmed"),
            (self.referent, "Confirmed"),
            (self.partner_manager, "Elodie Martin volunteers for 3 h", "You need not do anything"),
        ):
            application.action_confirm()
        with self.assertMails(
            (self.referent, "cannot come"), (self.partner_manager, "does not need the work time any more")
        ):
            application._cancel("Ill.")

    def test_thanks(self):
        """The employee is thanked with the hours done."""
        application = self.make_application("confirmed")
        with self.after(application):
            application.slot_ids.with_user(self.user_officer).action_attended()
            with self.assertMails((self.partner_employee, "Thank you for helping La Soupe", "3 h")):
                application.with_user(self.user_officer).action_done()

    def test_mission_without_referent_writes_to_the_association(self):
        """Where there is no referent any more the association itself is told."""
        application = self.make_application()
        self.mission.referent_id = False
        with self.assertMails((self.association, "would like to help", "La Soupe")):
            application.action_apply()

    def test_calendar_file(self):
        """The confirmation carries a calendar file with each confirmed date, in UTC."""
        slots = [self.slot_vals(**PERSONAL), self.slot_vals(**dict(PERSONAL, day=1))]
        application = self.make_application("contact", slots=slots)
        with self.assertMails((self.partner_employee,), (self.referent,)) as capture:
            application.action_confirm()
        for mail in capture.records:
            attachment = mail.attachment_ids
            self.assertEqual(attachment.mimetype, "text/calendar")
            calendar = vobject.readOne(attachment.raw.decode())
            events = calendar.vevent_list
            self.assertEqual(len(events), 2)
            self.assertEqual(
                events[0].dtstart.value.replace(tzinfo=None), application.slot_ids[0].date_start, "in UTC"
            )
            self.assertEqual(len({event.uid.value for event in events}), 2)
            self.assertIn("Serve meals", events[0].summary.value)

    # ---------------------------------------------------------------------
    # Language, zone, sender
    # ---------------------------------------------------------------------

    def test_language_of_the_recipient(self):
        """Each recipient reads their own language, whoever made the step."""
        template = self.env.ref("volunteer_engagement.mail_template_application_confirmed")
        template.with_context(lang="fr_FR").subject = "C'est confirmé : {{ object.mission_id.name }}"
        template = self.env.ref("volunteer_engagement.mail_template_approval_asked")
        template.with_context(lang="fr_FR").subject = "À approuver : {{ object.employee_id.name }}"
        self.partner_employee.lang = "fr_FR"
        application = self.make_application("contact")
        with self.assertMails((self.partner_manager, "Please approve")):
            application.action_confirm()
        approval = self.last_approval(application).sudo(False)
        with self.undone(), self.assertMails((self.partner_employee, "C'est confirmé"), (self.referent,)):
            approval.with_user(self.user_manager).action_approve()
        application.action_take_back()
        self.partner_manager.lang = "fr_FR"
        with self.assertMails((self.partner_manager, "À approuver : Elodie Martin")):
            application.action_confirm()

    def test_one_batch_in_two_languages(self):
        """A batch writes to each recipient in their language."""
        template = self.env.ref("volunteer_engagement.mail_template_application_contact")
        template.with_context(lang="fr_FR").subject = "En contact avec {{ object.association_id.name }}"
        self.partner_employee.lang = "fr_FR"
        applications = self.make_application("applied") + self.make_application("applied", user=self.user_colleague)
        with self.assertMails(
            (self.partner_employee, "En contact avec La Soupe"),
            (self.user_colleague.partner_id, "You are in contact with La Soupe"),
        ):
            applications.with_user(self.user_officer).action_contact()

    def test_dates_in_words_of_the_recipient(self):
        """Dates are written in the recipient's language and the mission's time zone."""
        self.mission.tz = "America/New_York"
        self.referent.lang = "fr_FR"
        application = self.make_application()
        with self.assertMails((self.referent, "lundi", "America/New_York")):
            application.action_apply()
        self.referent.lang = "en_US"
        other = self.make_application(user=self.user_colleague)
        with self.assertMails((self.referent, "Monday", ":00 AM")):
            other.action_apply()

    def test_mails_of_the_company_at_explicit_addresses(self):
        """Mails come from the record's company, are queued, and answers go to the other side's work address."""
        application = self.make_application()
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        triggers = self.env["ir.cron.trigger"].sudo().search_count([("cron_id", "=", queue.id)])
        with self.assertMails((self.referent, "would like to help")) as capture:
            application.action_apply()
        mail = capture.records
        self.assertEqual(mail.state, "outgoing")
        self.assertIn(self.company.email, mail.email_from)
        self.assertIn(self.employee.work_email, mail.reply_to)
        self.assertEqual(mail.record_company_id, self.company)
        self.assertFalse(mail.recipient_ids)
        self.assertTrue(mail.auto_delete, "it has a personal link")
        self.assertGreater(self.env["ir.cron.trigger"].sudo().search_count([("cron_id", "=", queue.id)]), triggers)

    def test_private_address_is_never_shown(self):
        """The association gets the work contact, not what the employee keeps private."""
        self.employee.write({"private_email": "elodie@home.example", "private_phone": "+33 6 00 00 00 00"})
        application = self.make_application()
        with self.assertMails((self.referent, "employee@maree.example")) as capture:
            application.action_apply()
        self.assertNotIn("home.example", capture.records.body_html + capture.records.reply_to)
        self.assertNotIn("00 00 00", capture.records.body_html)

    def test_recipient_without_address(self):
        """Whoever can't be written to is named in the chatter, and the step is made."""
        application = self.make_application()
        self.referent.email = False
        with self.assertMails():
            application.action_apply()
        self.assertEqual(application.state, "applied")
        bodies = " ".join(application.sudo().message_ids.mapped("body"))
        self.assertIn("Rosa Referent", bodies)
        self.assertIn("no e-mail address", bodies)

    def test_chatter_shows_what_was_written_and_no_button(self):
        """The manager's mail has the button to answer; whoever reads it on the record, the employee too, has none."""
        approval = self.last_approval(self.make_application("to_approve")).sudo()
        mail = self.env["mail.mail"].sudo().search([("model", "=", approval._name), ("res_id", "=", approval.id)])
        button = "o_volunteer_button"
        self.assertIn(button, mail.body_html)
        self.assertNotIn(button, mail.mail_message_id.body)
        self.assertIn("Serve meals", mail.mail_message_id.body)

    def test_missing_template_stops_nothing(self):
        """A template that somebody deleted is missed in the log, not by the people at work."""
        application = self.make_application()
        self.env.ref("volunteer_engagement.mail_template_application_applied").unlink()
        with self.assertLogs("odoo.addons.volunteer_engagement.models.mail_mixin", "WARNING"), self.assertMails():
            application.action_apply()
        self.assertEqual(application.state, "applied")

    def test_edited_template_counts(self):
        """Officers' own words in a template are what people read."""
        template = self.env.ref("volunteer_engagement.mail_template_application_applied")
        template.write({"subject": "Hello from {{ object.company_id.name }}"})
        template.with_context(lang="fr_FR").write({"subject": "Bonjour de {{ object.company_id.name }}"})
        self.referent.lang = "fr_FR"
        application = self.make_application()
        with self.assertMails((self.referent, "Bonjour de Marée SA")):
            application.action_apply()

    # ---------------------------------------------------------------------
    # Form
    # ---------------------------------------------------------------------

    def _get_links(self, mail):
        return [link.get("href") for link in html.fromstring(mail.body_html).iter("a") if link.get("href")]

    def test_preview_is_said_once(self):
        """Mail programs show the days beside the subject; whoever opens the mail does not read them twice."""
        application = self.make_application("contact", slots=[self.slot_vals(day=day) for day in range(4)])
        with self.assertMails((self.partner_manager, "Serve meals")) as capture:
            application.action_confirm()
        body = html.fromstring(capture.records.body_html)
        (hidden,) = (node for node in body.iter("div") if "display: none" in node.get("style", ""))
        days = [self.monday + timedelta(days=day) for day in range(3)]
        expected = ", ".join(format_date(self.env, day, date_format="d MMM", lang_code="en_US") for day in days)
        self.assertIn(f"{expected} … – Serve meals, La Soupe", hidden.text_content())
        hidden.drop_tree()
        self.assertNotIn(expected, body.text_content())
        self.assertFalse(body.find_class("o_volunteer_preview"))

    def test_template_without_preview(self):
        """A template that somebody wrote anew needs no preview."""
        template = self.env.ref("volunteer_engagement.mail_template_application_applied")
        template.body_html = "<p>Somebody would like to help.</p>"
        with self.assertMails((self.referent, "Somebody would like to help.")):
            self.make_application().action_apply()

    def test_button_of_those_who_have_an_account(self):
        """The button opens the record or its page; who has no account gets no link, and an officer to answer to."""
        application = self.make_application("contact")
        with self.assertMails((self.partner_manager,)) as capture:
            application.action_confirm()
        approval = self.last_approval(application)
        view = f"/mail/view?model=hr.volunteer.approval&res_id={approval.id}"
        self.assertIn(view, " ".join(self._get_links(capture.records)))
        with self.assertMails((self.partner_employee, "Change my dates"), (self.referent,)) as capture:
            approval.sudo(False).with_user(self.user_manager)._request_changes("Not on Monday.")
        view = f"/mail/view?model=hr.volunteer.application&res_id={application.id}"
        self.assertIn(view, " ".join(self._get_links(capture.records[0])))
        for user in (self.env["res.users"], self.user_portal):
            with self.subTest(user=user.name), self.undone():
                self.employee.user_id = user
                partner = application.sudo()._get_employee_recipients()[application.id]
                partner.email = "elodie@maree.example"
                (vals,) = application._prepare_mails("mail_template_application_changes", {application.id: partner})
                self.assertNotIn("/mail/view", vals["body_html"])
                page = f"/my/volunteering/application/{application.id}"
                self.assertIn(page if user else "Reply to this mail", vals["body_html"])
                self.assertIn(self.user_officer.email, vals["reply_to"])

    def test_question_to_a_manager_without_account(self):
        """A manager without a user answers by the link; a reply goes to an officer, who can answer as well."""
        application = self.make_application("contact", user=self.user_field)
        with self.assertMails((self.employee_silent.work_contact_id, "Approve", "Refuse")) as capture:
            application.action_confirm()
        self.assertIn(self.user_officer.email, capture.records.reply_to)
        self.assertNotIn("/mail/view", capture.records.body_html)

    def test_associations_get_no_link_into_odoo(self):
        """The buttons of an association open its page, which needs no account."""
        with self.assertMails((self.referent, "Get in touch")) as capture:
            self.make_application().action_apply()
        links = self._get_links(capture.records)
        self.assertTrue([link for link in links if "/volunteering/application/" in link])
        self.assertFalse([link for link in links if "/mail/" in link or "/odoo/" in link])

    def test_links_lead_somewhere(self):
        """A path that mails name is that of an action which employees may open."""
        templates = self.env["mail.template"].search([("model", "=like", "hr.volunteer.%")])
        bodies = " ".join(templates.mapped("body_html"))
        self.assertIn("object._get_employee_missions_url()", bodies)
        bodies += self.registration.sudo()._get_employee_missions_url()
        paths = set(re.findall(r"/odoo/([\w-]+)", bodies))
        self.assertTrue(paths)
        actions = self.env["ir.actions.act_window"].search([("path", "in", list(paths))])
        self.assertEqual(set(actions.mapped("path")), paths)
        for action in actions:
            self.assertTrue(self.env[action.res_model].with_user(self.user_employee).has_access("read"))

    def test_layout_of_all_mails(self):
        """All templates use the layout, which is no wider than a phone and needs nothing that Outlook lacks."""
        data = self.env["ir.model.data"].search(
            [("module", "=", "volunteer_engagement"), ("model", "=", "mail.template")]
        )
        templates = self.env["mail.template"].browse(data.mapped("res_id"))
        self.assertEqual(set(templates.mapped("email_layout_xmlid")), {"volunteer_engagement.mail_layout"})
        with self.assertMails((self.referent,)) as capture:
            self.make_application().action_apply()
        body = capture.records.body_html
        self.assertIn('width="590"', body)
        self.assertIn("max-width: 100%", body)
        for word in ("min-width", "flex", "grid", "<style"):
            self.assertNotIn(word, body)

    # ---------------------------------------------------------------------
    # Conversation and followers
    # ---------------------------------------------------------------------

    def test_comment_reaches_the_other_side(self):
        """A comment on an application reaches employee and referent, a note and a log line nobody."""
        application = self.make_application("applied")
        comment = {"body": "See you there?", "message_type": "comment"}
        message = application.message_post(subtype_xmlid="mail.mt_comment", **comment).sudo()
        self.assertIn(self.referent, message.notified_partner_ids)
        message = application.with_user(self.user_officer).message_post(subtype_xmlid="mail.mt_comment", **comment)
        self.assertLessEqual(self.referent | self.partner_employee, message.sudo().notified_partner_ids)
        note = application.with_user(self.user_officer).message_post(subtype_xmlid="mail.mt_note", **comment)
        self.assertNotIn(self.referent, note.sudo().notified_partner_ids)
        self.assertFalse(self.get_log_lines(application).notified_partner_ids)
        for name in ("colleague", "manager", "other company", "other officer", "portal"):
            with self.subTest(actor=name), self.assertRaises(AccessError):
                application.with_user(self.actors[name]).message_post(subtype_xmlid="mail.mt_comment", **comment)

    def test_associations_and_managers_never_follow(self):
        """Subscribing somebody who has no business here does nothing."""
        application = self.make_application("to_approve")
        stranger = self.user_colleague.partner_id
        application.with_user(self.user_officer).message_subscribe(
            partner_ids=(self.referent | self.association | self.partner_manager | stranger).ids
        )
        followers = application.sudo().message_partner_ids
        self.assertFalse(followers & (self.referent | self.association | self.partner_manager | stranger))
        application.with_user(self.user_officer).message_subscribe(partner_ids=self.user_officer.partner_id.ids)
        self.assertIn(self.user_officer.partner_id, application.sudo().message_partner_ids)
