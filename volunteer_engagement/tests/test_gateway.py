import base64
import re
from email import policy
from email.message import EmailMessage
from urllib.parse import quote
from uuid import uuid4

from markupsafe import Markup

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import email_normalize, mute_logger

from ..models.incoming_mail import cut_links, cut_links_of_text
from .common import VolunteerCommon

COMMENT = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
PDF = b"%PDF-1.4\n%%EOF"


class GatewayCommon(VolunteerCommon):
    """A company with an alias domain, and an application on which both sides write."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create({"name": "replies.example"})
        cls.company.alias_domain_id = cls.domain
        cls.user_employee.notification_type = "email"
        cls.application = cls.make_application("applied").sudo()
        cls.partner_employee = cls.user_employee.partner_id
        cls.asked = cls.application.message_ids.filtered(lambda message: message.message_type == "email_outgoing")

    def get_new_mails(self, step):
        """Return the mails that a step queues."""
        last = self.env["mail.mail"].sudo().search([], order="id desc", limit=1)
        step()
        return self.env["mail.mail"].sudo().search([("id", ">", last.id)], order="id")

    def receive(self, sender, body="Yes, gladly.", *, parent=None, html="", files=(), subject="Re: help", **headers):
        """Let Odoo's gateway process a mail. Returns the messages that are new on the application."""
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"] = sender
        mail["To"] = self.domain.catchall_email
        mail["Subject"] = subject
        mail["Message-Id"] = f"<{uuid4()}@mail.example>"
        parent = parent or self.asked
        mail["In-Reply-To"] = parent.message_id
        mail["References"] = parent.message_id
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(body)
        if html:
            mail.add_alternative(html, subtype="html")
        for name, content in files:
            if isinstance(content, EmailMessage):
                mail.add_attachment(content)
            else:
                mail.add_attachment(content, maintype="application", subtype="pdf", filename=name)
        before = self.application.message_ids
        self.env["mail.thread"].message_process(False, mail.as_bytes())
        self.application.invalidate_recordset()
        return self.application.message_ids - before

    def get_addresses(self, mails):
        return sorted(mails.recipient_ids.mapped("email_normalized"))


@tagged("-at_install", "post_install")
class TestNotification(GatewayCommon):
    """Who is told of a message, with which words and which link."""

    def test_other_side_is_told_once_and_the_author_is_not(self):
        """Whoever writes, by whatever way: the other side hears of it, and nobody hears of their own words."""
        officer = self.application.with_user(self.user_officer).sudo(False)
        chatter = self.application.with_user(self.user_employee).sudo(False)
        employee, referent = "employee@maree.example", "rosa@soupe.example"
        cases = [
            ("association, page", lambda: self.application._say(self.referent, "Hello"), [employee]),
            ("employee, page", lambda: self.application._say(self.partner_employee, "Hello"), [referent]),
            ("employee, chatter", lambda: chatter.message_post(body="Hello", **COMMENT), [referent]),
            ("officer, chatter", lambda: officer.message_post(body="Hello", **COMMENT), [employee, referent]),
            ("association, mail", lambda: self.receive("rosa@soupe.example"), [employee]),
            ("employee, mail", lambda: self.receive("Elodie <Employee@Maree.example>"), [referent]),
            ("officer, mail", lambda: self.receive("officer@maree.example"), [employee, referent]),
        ]
        for words, step, expected in cases:
            with self.subTest(way=words), self.undone():
                self.assertEqual(self.get_addresses(self.get_new_mails(step)), expected)

    def test_one_person_is_told_once(self):
        """An employee with two contacts, one of which follows, gets one mail, and none of their own words."""
        contact = self.env["res.partner"].create({"name": "Elodie", "email": "elodie.work@maree.example"})
        self.employee.work_contact_id = contact
        self.application.message_subscribe(self.partner_employee.ids)
        mails = self.get_new_mails(lambda: self.application._say(self.referent, "Hello"))
        self.assertEqual(len(mails.recipient_ids), 1)
        for author in (contact, self.partner_employee):
            mails = self.get_new_mails(lambda author=author: self.application._say(author, "Hello"))
            self.assertEqual(mails.recipient_ids, self.referent)

    def test_mail_to_the_association(self):
        """The personal link is in the mail alone: not in the chatter, nor in the mail to anybody else."""
        mails = self.get_new_mails(
            lambda: self.application.with_user(self.user_officer).message_post(body="Come at nine?", **COMMENT)
        )
        to_referent = mails.filtered(lambda mail: mail.recipient_ids == self.referent)
        to_employee = mails - to_referent
        url = re.search(r"http[^\"]*/volunteering/application/[^\"]+", to_referent.body_html)
        self.assertTrue(url)
        link = self.env["hr.volunteer.application"]._find_by_link(url[0].rsplit("/", 1)[-1])
        self.assertEqual(link.record, self.application)
        self.assertIn("Reply", to_referent.body_html)
        self.assertIn("Oscar Officer, Marée SA wrote", to_referent.body_html)
        self.assertIn(f'href="{self.application._get_employee_url()}"', to_employee.body_html.replace("&amp;", "&"))
        self.assertNotIn("/volunteering/application/", to_employee.body_html)
        self.assertNotIn("/volunteering/application/", "".join(self.application.message_ids.mapped("body")))

    def test_no_address_of_anybody_is_told(self):
        """Neither the private address and number of the employee, nor those of officers, nor their signatures."""
        self.user_employee.partner_id.write({"email": "elodie@private.example", "phone": "+33 6 12 34 56 78"})
        self.user_officer.signature = Markup("<p>Call me: +33 1 11 11 11 11</p>")
        mails = self.get_new_mails(lambda: self.application._say(self.partner_employee, "Hello"))
        mails += self.get_new_mails(
            lambda: self.application.with_user(self.user_officer).message_post(body="Hello", **COMMENT)
        )
        for mail in mails:
            text = f"{mail.body_html} {mail.email_from} {mail.reply_to} {mail.headers} {mail.email_cc}"
            for secret in ("private.example", "12 34 56", "officer@", "11 11 11", "rosa@", "employee@"):
                self.assertNotIn(secret, text)
            self.assertEqual(email_normalize(mail.email_from), "hello@sa.example")

    def test_language(self):
        """Each reads in their own language what Odoo writes."""
        self.referent.lang = "fr_FR"
        self.env.flush_all()
        mails = self.get_new_mails(
            lambda: self.application.with_user(self.user_officer).message_post(body="Hello", **COMMENT)
        )
        for mail in mails:
            lang = mail.recipient_ids.lang.replace("_", "-")
            self.assertIn(f'lang="{lang}"', mail.body_html.replace("_", "-"))

    def test_association_hears_once_it_is_told(self):
        """Of a draft, and of whoever only waits for a place, the association gets no mail and no link."""
        market = self.make_mission("Market", skip_contact=True)
        slots = [self.slot_vals(start=19, end=21, time_type="personal")]
        waiting = self.make_application("draft", user=self.user_colleague, mission=market, slots=slots)
        with self.without_room(market):
            waiting._transition("waiting")
        for application, tell in (
            (self.make_application("draft", user=self.user_field), lambda record: record.action_apply()),
            (waiting, self.confirm_offered),
        ):
            with self.subTest(state=application.state):
                self.check_untold(application)
                mails = self.get_new_mails(lambda tell=tell, application=application: tell(application))
                told = mails.filtered(lambda mail: "rosa@soupe.example" in (mail.email_to or ""))
                self.assertIn("/volunteering/application/", told.body_html)
                mails = self.get_new_mails(lambda application=application: self.comment(application))
                self.assertIn("rosa@soupe.example", self.get_addresses(mails))
                self.assertTrue(application.sudo()._say(application.employee_user_id.partner_id, "Hello"))

    def check_untold(self, application):
        self.application = application.sudo()
        self.assertFalse(self.application._get_link_url("association"))
        mails = self.get_new_mails(lambda: self.comment(application))
        self.assertEqual(mails.recipient_ids | self.application.message_ids.notified_partner_ids, self.get_employee())
        with self.assertRaisesRegex(UserError, "does not know of this application"):
            self.application._say(self.get_employee(), "Hello")
        parent = self.application._get_conversation()
        self.assertTrue(self.receive("rosa@soupe.example", parent=parent).is_internal)
        self.assertFalse(self.receive(self.get_employee().email, parent=parent).is_internal)
        notified = self.application.message_ids.notified_partner_ids | self.get_new_mails(lambda: None).recipient_ids
        self.assertFalse(notified & (self.referent | self.association))

    def confirm_offered(self, application):
        application.sudo().mission_id._offer_places()
        application.action_confirm()
        self.assertEqual(application.state, "confirmed")
        self.assertFalse(application.applied_date)

    def comment(self, application):
        application.with_user(self.user_officer).message_post(body="Come at nine?", **COMMENT)

    def get_employee(self):
        return self.application.employee_user_id.partner_id

    def test_notes_reach_nobody(self):
        """A note, also with a file, goes to neither side."""
        officer = self.application.with_user(self.user_officer)
        mails = self.get_new_mails(
            lambda: officer.message_post(
                body="Often late", message_type="comment", subtype_xmlid="mail.mt_note", attachments=[("a.pdf", PDF)]
            )
        )
        self.assertFalse(mails)

    def test_approval(self):
        """Manager and employee tell one another; the manager's mail has the manager's link."""
        self.user_field.notification_type = "email"
        approval = self.last_approval(self.make_application("to_approve", user=self.user_field)).sudo()
        mails = self.get_new_mails(lambda: approval._say(self.user_field.partner_id, "Is Monday fine?"))
        self.assertEqual(self.get_addresses(mails), ["simon@maree.example"])
        self.assertIn("/volunteering/approval/", mails.body_html)
        mails = self.get_new_mails(lambda: approval._say(mails.recipient_ids, "It is."))
        self.assertEqual(self.get_addresses(mails), ["field@maree.example"])
        self.assertNotIn("/volunteering/approval/", mails.body_html)

    def test_reply_to(self):
        """Answers lead back to the record; without an alias domain to whoever wrote, at work."""
        self.assertEqual(email_normalize(self.asked.reply_to), self.domain.catchall_email)
        message = self.application._say(self.partner_employee, "Hello")
        self.assertEqual(email_normalize(message.reply_to), self.domain.catchall_email)
        self.company.alias_domain_id = False
        cases = [
            (self.partner_employee, "employee@maree.example"),
            (self.referent, "rosa@soupe.example"),
            (self.user_officer.partner_id, "hello@sa.example"),
        ]
        for author, address in cases:
            self.assertEqual(email_normalize(self.application._say(author, "Hello").reply_to), address)
        application = self.make_application("applied", user=self.user_colleague).sudo()
        asked = application.message_ids.filtered(lambda message: message.message_type == "email_outgoing")
        self.assertEqual(email_normalize(asked.reply_to), "colleague@maree.example")

    def test_composer_and_mails_to_many(self):
        """Officers write in Odoo's window to one, and to many at once."""
        other = self.make_application("applied", user=self.user_colleague)
        both = (self.application | other).with_user(self.user_officer).sudo(False)
        composer = self.env["mail.compose.message"].with_user(self.user_officer)
        one = composer.with_context(default_model=both._name, default_res_ids=both[:1].ids).create(
            {
                "body": "One",
                "subject": "Hello",
                "composition_mode": "comment",
                "subtype_id": self.ref("mail.mt_comment"),
            }
        )
        mails = self.get_new_mails(one.action_send_mail)
        self.assertEqual(self.get_addresses(mails), ["employee@maree.example", "rosa@soupe.example"])
        many = composer.with_context(default_model=both._name, default_res_ids=both.ids).create(
            {"body": "Many", "subject": "Hello", "composition_mode": "mass_mail"}
        )
        mails = self.get_new_mails(many.action_send_mail)
        self.assertEqual(self.get_addresses(mails), ["colleague@maree.example", "employee@maree.example"])
        template = self.env.ref("volunteer_engagement.mail_template_application_contact")
        company = composer.with_context(default_model=both._name, default_res_ids=both[:1].ids).create(
            {"composition_mode": "comment", "template_id": template.id, "subtype_id": self.ref("mail.mt_comment")}
        )
        company.action_send_mail()
        self.assertEqual(self.application._get_conversation()[-1:].author_id, self.company.partner_id)


@tagged("-at_install", "post_install")
class TestGateway(GatewayCommon):
    """What becomes of a mail that answers one of an application."""

    def test_comment_of_a_party(self):
        """It is said to the other side, with its files, in the name of whoever the address is known of."""
        message = self.receive("Rosa <rosa@soupe.example>", files=[("plan.pdf", PDF)])
        self.assertEqual(message.author_id, self.referent)
        self.assertEqual(message, self.application._get_conversation())
        self.assertEqual(message.attachment_ids.raw, PDF)
        self.assertTrue(self.application._get_conversation_file(message.attachment_ids.id))
        self.assertNotIn("rosa@", message.email_from)

    def test_administrator_of_the_association(self):
        """Who looks after all missions of the association writes as well, as long as they do."""
        person = self.env["res.partner"].create(
            {"name": "Ada Asso", "parent_id": self.association.id, "email": "ada@soupe.example"}
        )
        member = self.env["hr.volunteer.association.member"].create(
            {
                "association_id": self.association.id,
                "company_id": self.company.id,
                "partner_id": person.id,
                "role": "administrator",
            }
        )
        self.assertEqual(self.receive("ada@soupe.example").author_id, person)
        for record, values in (
            (member, {"active": False}),
            (person, {"active": False}),
            (person, {"parent_id": False}),
            (self.association, {"is_volunteer_association": False}),
            (member, {"role": "referent"}),
        ):
            with self.subTest(values=values), self.undone():
                record.write(values)
                self.assertTrue(self.receive("ada@soupe.example").is_internal)
        self.assertFalse(self.receive("ada@soupe.example").is_internal)

    def test_strangers_are_noted_and_not_sent_on(self):
        """A colleague, somebody unknown, an officer of another company: nobody gets it, and nobody new is known."""
        partners = self.env["res.partner"].search_count([])
        for sender in ("colleague@maree.example", "Eve <eve@evil.example>", "other_officer@maree.example", "nonsense"):
            with self.subTest(sender=sender):
                messages = self.application.message_ids
                mails = self.get_new_mails(lambda sender=sender: self.receive(sender, files=[("a.pdf", PDF)]))
                note = self.application.message_ids - messages
                self.assertFalse(mails)
                self.assertTrue(note.is_internal)
                self.assertIn("Not sent on", note.body)
                self.assertFalse(note.notified_partner_ids | note.partner_ids)
                self.assertFalse(self.application._get_conversation_file(note.attachment_ids.id))
        self.assertFalse(self.application._get_conversation())
        self.assertEqual(self.env["res.partner"].search_count([]), partners)

    def test_answer_to_a_note_is_a_note(self):
        """An officer who answers the mail of an internal note tells neither side."""
        note = self.application.with_user(self.user_officer).message_post(
            body="Often late?", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        mails = self.get_new_mails(lambda: self.receive("administrator@maree.example", "Yes.", parent=note.sudo()))
        told = mails.recipient_ids
        self.assertFalse(told & (self.referent | self.association | self.partner_employee))
        self.assertFalse(self.application._get_conversation())

    def test_programs_are_not_answered(self):
        """Absence notes and lists are noted, however often they come, and nothing is sent."""
        cases = [
            {"Auto_Submitted": "auto-replied"},
            {"Auto_Submitted": "auto-generated; owner-email=x@y.example"},
            {"Precedence": "bulk"},
            {"Precedence": "auto_reply"},
            {"Precedence": "list"},
            {"X_Autoreply": "yes"},
            {"X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
            {"Return_Path": "<>"},
        ]
        for headers in cases:
            with self.subTest(headers=headers):
                mails = self.get_new_mails(lambda headers=headers: self.receive("rosa@soupe.example", **headers))
                self.assertFalse(mails)
        self.assertFalse(
            self.get_new_mails(lambda: [self.receive("rosa@soupe.example", **cases[0]) for _ in range(25)])
        )
        self.assertFalse(self.application._get_conversation())
        with self.undone():
            self.assertTrue(
                self.receive("rosa@soupe.example", Auto_Submitted="no") & self.application._get_conversation()
            )

    def test_bounce_is_dropped(self):
        """A mail that came back is no message."""
        self.assertFalse(self.receive("MAILER-DAEMON@soupe.example"))

    def test_nobody_follows(self):
        """Writing by mail makes nobody a follower."""
        followers = self.application.message_partner_ids
        for sender in ("rosa@soupe.example", "officer@maree.example", "eve@evil.example"):
            self.receive(sender)
        self.assertEqual(self.application.message_partner_ids, followers)

    def test_after_the_end_and_after_erasure(self):
        """What comes after the end is told; after the name was erased nothing lands."""
        self.application.with_user(self.user_officer).sudo(False)._refuse("The team is complete.")
        mails = self.get_new_mails(lambda: self.assertTrue(self.receive("rosa@soupe.example")))
        self.assertEqual(self.get_addresses(mails), ["employee@maree.example"])
        parent = self.application.message_ids[:1]
        message_id = parent.message_id
        self.application._erase()
        count = self.env["mail.message"].search_count([("res_id", "=", self.application.id)])
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.receive("rosa@soupe.example", parent=self.env["mail.message"].new({"message_id": message_id}))
        self.assertFalse(self.application.message_ids)
        self.assertEqual(self.env["mail.message"].search_count([("res_id", "=", self.application.id)]), count)
        # even where a message was left
        left = self.env["mail.message"].create(
            {"model": self.application._name, "res_id": self.application.id, "message_type": "email_outgoing"}
        )
        self.assertFalse(self.receive("rosa@soupe.example", parent=left))

    def test_mission_changed_since(self):
        """An answer to a mail about the former mission goes to the application."""
        other = self.make_mission("Sort clothes")
        self.application.with_user(self.user_officer).sudo(False)._redirect(other)
        self.assertEqual(self.receive("rosa@soupe.example"), self.application._get_conversation())

    def test_mail_inside_of_a_mail(self):
        """A mail that is attached has the links that were cut out: it is left out."""
        inner = EmailMessage()
        inner["Subject"] = "Old"
        inner.set_content(self.application._get_link_url("association"))
        message = self.receive("rosa@soupe.example", files=[("", inner)])
        self.assertFalse(message.attachment_ids)
        self.assertNotIn("/volunteering/application/", message.body)

    def test_quoted_link_stays_nowhere(self):
        """A reply that quotes the mail with the personal link, as programs write it, keeps none of its letters."""
        url = self.application._get_link_url("association")
        message = self.receive(
            "rosa@soupe.example",
            f"Yes.\n\nOn Monday, Marée SA wrote:\n> Reply <{url}>\n",
            html=f'<div>Yes.</div><div class="gmail_quote"><blockquote><a href="{url}">Reply</a></blockquote></div>',
        )
        mail = self.env["mail.mail"].sudo().search([("mail_message_id", "=", message.id)])
        token = url.rsplit("/", 1)[-1]
        self.assertIn("data-o-mail-quote", message.body)
        for body in (message.body, mail.body_html):
            self.assertNotIn(token[:24], body)
            self.assertIn("Yes.", body)

    def test_stranger_to_the_catchall_is_told_what_to_do(self):
        """Who writes to the address for replies without replying reads what to do instead."""
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"], mail["To"], mail["Subject"] = "eve@evil.example", self.domain.catchall_email, "Hello"
        mail["Message-Id"] = "<direct@mail.example>"
        mail.set_content("I would like to help.")
        with mute_logger("odoo.addons.mail.models.mail_thread", "odoo.addons.mail.models.mail_mail"):
            mails = self.get_new_mails(lambda: self.env["mail.thread"].message_process(False, mail.as_bytes()))
        self.assertIn("use its button", " ".join(mails.body_html.split()))

    def test_only_superuser_prepares_what_comes_in(self):
        """People do not call the gateway."""
        for user in (self.user_employee, self.user_portal):
            with self.assertRaises(AccessError):
                self.rpc(self.application.with_user(user), user, "_prepare_incoming_mail", {}, {})


@tagged("-at_install", "post_install")
class TestQuotedLinks(VolunteerCommon):
    """Personal links are cut out of what mail programs quote, however they write it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.url = cls.make_application("applied").sudo()._get_link_url("association")
        cls.token = cls.url.rsplit("/", 1)[-1]

    def assertCut(self, body, cut=cut_links, kept="Yes. bye"):
        """Assert that no part of the token is left from which it could be made again, and the words are."""
        result = str(cut(body))
        letters = re.sub(r"[^\w-]", "", re.sub(r"<[^>]*>", "", result)) + re.sub(r"\s", "", result)
        for start in range(len(self.token) - 24):
            self.assertNotIn(self.token[start : start + 24], letters)
        for word in kept.split():
            self.assertIn(word, result)

    def wrap(self, width, between):
        return between.join(self.url[start : start + width] for start in range(0, len(self.url), width))

    def test_html(self):
        """As Gmail, Apple Mail, Thunderbird, Outlook and Yahoo quote, and services that check links wrap them."""
        url, once = self.url, quote(self.url, safe="")
        proof = url.replace("-", "-2D").replace("_", "-5F").replace("/", "_").replace(":", "-3A")
        cases = {
            "gmail": f'<div class="gmail_quote"><blockquote><a href="{url}">Reply</a></blockquote></div>',
            "apple": f'<blockquote type="cite"><div><a href="{url}">Reply</a></div></blockquote>',
            "thunderbird": f'<div class="moz-cite-prefix">wrote:</div><blockquote type="cite"><a '
            f'moz-do-not-send="true" class="moz-txt-link-freetext" href="{url}">{url}</a></blockquote>',
            "outlook": f'<div id="divRplyFwdMsg"><b>From:</b> Us</div><div><a href="https://eur01.safelinks.protection.'
            f'outlook.com/?url={once}&amp;data=05%7C01&amp;reserved=0" originalsrc="{url}">Reply</a></div>',
            "outlook, lower case": f'<a href="https://x.example/?url={once.replace("%2F", "%2f")}">Reply</a>',
            "yahoo": f'<div class="yahoo_quoted"><a href="{url}" title="{url}">Reply</a></div>',
            "wrapped twice": f"<a href='https://x.example/?u={quote(once)}'>Reply</a>",
            "proofpoint": f"<p>https://urldefense.proofpoint.com/v2/url?u={proof}&amp;d=DwMFaQ</p>",
            "proofpoint 3": f"<p>https://urldefense.com/v3/__{url}__;!!N1a2!abc$</p>",
            "google": f"<a href='https://www.google.com/url?q={once}&amp;source=gmail'>Reply</a>",
            "angle brackets": f"<p>Reply&lt;{url}&gt;</p>",
            "line breaks": f"<p>{self.wrap(70, '<br>')}</p>",
            "lines in tags": f"<p>{self.wrap(60, '</span><span>')}</p>",
            "word breaks": f"<p>{self.wrap(20, '<wbr>')}</p>",
            "invisible letters": f"<p>{self.wrap(10, chr(0x200B))}</p>",
            "picture": f'<img src="{url}/logo.png" alt="{url}">',
            "style": f"<div style=\"background-image: url('{url}')\">x</div>",
        }
        for program, body in cases.items():
            with self.subTest(program=program):
                self.assertCut(f"<div>Yes.</div>{body}<div>bye</div>")

    def test_links_that_cannot_be_read_in_quotes(self):
        """A quotation keeps no link: some services hide where they lead."""
        body = cut_links(
            '<p>See https://a.example</p><blockquote><a href="https://x.example/s/Ab1">Reply</a></blockquote>'
        )
        self.assertNotIn("x.example", body)
        self.assertIn("https://a.example", body)

    def test_plain(self):
        """In plain text, quoted once and twice, wrapped by lines, and with soft breaks."""
        cases = {
            "in brackets": f"> Reply [{self.url}]",
            "in angles": f"> Reply <{self.url}>",
            "wrapped": "> " + self.wrap(60, "\n> "),
            "wrapped, quoted twice": ">> " + self.wrap(50, "\n>> "),
            "wrapped, no marks": self.wrap(76, "\r\n"),
            "soft breaks": self.wrap(70, "=\n"),
        }
        for case, quoted in cases.items():
            with self.subTest(case=case):
                self.assertCut(f"Yes.\n\n{quoted}\n\nbye", cut_links_of_text)
                pre = Markup("<pre>%s</pre>") % f"Yes.\n\n{quoted}\n\nbye"
                self.assertCut(pre)

    def test_other_tokens(self):
        """Links to sign up, invitations and approvals are cut as well."""
        token = base64.urlsafe_b64encode(b"0123456789" * 3).decode().rstrip("=")
        for path in (
            f"volunteering/approval/{self.token}",
            f"volunteering/invitation/{self.token}/join",
            f"web/signup?db=x&token={token}",
            f"web/reset_password?token={token}",
            f"my/x?access_token={token}",
            f"web/login?auth_signup_token={token}",
        ):
            with self.subTest(path=path):
                for body in (f"<p>Yes. https://x.example/{path} bye</p>", f"<p>Yes. {quote(path, safe='')} bye</p>"):
                    result = cut_links(body)
                    self.assertNotIn(token[:10], result)
                    self.assertNotIn(self.token[:10], result)
                    self.assertIn("bye", result)

    def test_ordinary_words_stay(self):
        """What is no personal link is left as it is written."""
        for text in (
            "Volunteering is fine, see https://soupe.example/volunteering and /my/volunteering/application/12 at home",
            "Lines\nof\nwords",
            "",
        ):
            if "application" not in text:
                self.assertEqual(cut_links_of_text(text), text)
        self.assertIn("at home", cut_links_of_text("see /my/volunteering/application/12 at home"))
        self.assertEqual(cut_links(""), "")
        self.assertIn("<b>bold</b>", cut_links("<p>a <b>bold</b> &lt;word&gt; &amp; more</p>"))
        self.assertIn("&lt;word&gt; &amp; more", cut_links("<p>a &lt;word&gt; &amp; more</p>"))

    def test_long_bodies_are_quick(self):
        """Ten thousand beginnings of links, and brackets in brackets, are no trap."""
        for body in (
            "volunteering/application/" * 10_000,
            "<p>volunteering/application/x</p>" * 5_000,
            "<div>" * 2_000,
            "volunteerin\n> " * 10_000,
            # what mail programs do not show beside the subject
            "v" + " \n\t > \u200b " * 10_000,
        ):
            self.assertIsNotNone(cut_links(f"<p>{body}</p>"))
