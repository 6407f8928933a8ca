from lxml import html

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.http_routing.tests.common import MockRequest

from ..models.conversation_mixin import MAX_FILE_SIZE, MAX_FILES, MAX_LETTERS
from .common import VolunteerCommon

PDF = b"%PDF-1.4\n%%EOF"
COMMENT = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}


@tagged("-at_install", "post_install")
class TestConversation(VolunteerCommon):
    """What both sides read and write on the page of an application, and of an approval."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.application = cls.make_application("contact").sudo()
        cls.partner_employee = cls.user_employee.partner_id

    def render(self, record=None, me=None, **values):
        """Return the conversation as a page shows it."""
        record = record or self.application
        values = {
            "application": record,
            "messages": record._get_conversation(),
            "me": me or self.referent,
            "post_url": "/say",
            "file_url": "/files",
            "body": "",
            **values,
        }
        with MockRequest(self.env) as request:
            request.csrf_token = lambda: "token"
            page = self.env["ir.qweb"]._render(
                "volunteer_engagement.portal_conversation", {**values, "request": request}
            )
        return html.fromstring(page)

    def test_conversation_is_what_was_said_to_the_other_side(self):
        """Comments and mails, the oldest first; no note, log line, tracked value, nor mail of a template."""
        first = self.application._say(self.referent, "Come by the back door.")
        officer = self.application.with_user(self.user_officer).sudo(False)
        officer.message_post(body="She is often late", message_type="comment", subtype_xmlid="mail.mt_note")
        officer.message_post(body="Hidden comment", is_internal=True, **COMMENT)
        second = self.application._say(self.partner_employee, "I will.")
        self.assertTrue(self.application.message_ids - (first | second))
        self.assertEqual(self.application._get_conversation(), first + second)
        self.assertEqual(self.make_application("applied", user=self.user_colleague).sudo()._get_conversation().ids, [])

    def test_files_of_the_conversation_only(self):
        """A file of an internal note, of a mail or of another application is not found."""
        message = self.application._say(self.referent, "The way to us.", [("way.pdf", PDF)])
        note = self.application.with_user(self.user_officer).message_post(
            body="Look", attachments=[("secret.pdf", PDF)], subtype_xmlid="mail.mt_note"
        )
        other = self.make_application("contact", user=self.user_colleague).sudo()
        foreign = other._say(self.referent, "Hello", [("other.pdf", PDF)])
        self.assertEqual(self.application._get_conversation_file(message.attachment_ids.id), message.attachment_ids)
        for file in [*(note.sudo().attachment_ids | foreign.attachment_ids).ids, 2**31 - 1, 2**40]:
            self.assertFalse(self.application._get_conversation_file(file))

    def test_plain_text_stays_plain(self):
        """What is typed is shown as it was typed, with its lines."""
        message = self.application._say(self.referent, "<b>Hello</b>\nBring <script>alert(1)</script> shoes")
        self.assertIn("&lt;b&gt;Hello&lt;/b&gt;", message.body)
        self.assertIn("<br", message.body)
        self.assertNotIn("<script", message.body)

    def test_refused_in_words(self):
        """A message that is empty or too long, and files that are too many, too large or of a wrong kind."""
        cases = [
            ("Write a message first", " \n\t", ()),
            ("characters", "a" * (MAX_LETTERS + 1), ()),
            ("at most", "Hello", [("a.pdf", PDF)] * (MAX_FILES + 1)),
            ("is empty", "Hello", [("a.pdf", b"")]),
            ("too large", "Hello", [("a.pdf", PDF + b"0" * MAX_FILE_SIZE)]),
            ("cannot be sent", "Hello", [("a.exe", b"MZ")]),
            ("cannot be sent", "Hello", [("a", PDF)]),
            ("cannot be sent", "Hello", [("picture.png", b"<html><script>alert(1)</script></html>")]),
        ]
        for words, body, files in cases:
            with self.subTest(words=words, files=len(files)), self.assertRaisesRegex(UserError, words):
                self.application._say(self.referent, body, files)
        self.assertFalse(self.application._get_conversation())

    def test_author_by_name_only(self):
        """The name, and the company of those who write for it; no address and no number."""
        self.user_employee.partner_id.write({"email": "elodie@private.example", "phone": "+33 6 12 34 56 78"})
        self.application._say(self.partner_employee, "Hello from me")
        self.application._say(self.referent, "Hello from us")
        self.application.with_user(self.user_officer).message_post(body="Hello from HR", **COMMENT)
        page = self.render()
        authors = [" ".join(title.text_content().split()) for title in page.xpath("//h3")]
        self.assertRegex(authors[0], "^Elodie Martin ")
        self.assertRegex(authors[1], r"^Rosa Referent \(you\) ")
        self.assertRegex(authors[2], "^Oscar Officer, Marée SA ")
        text = html.tostring(page, encoding="unicode")
        for secret in ("@", "12 34 56"):
            self.assertNotIn(secret, text)

    def test_page(self):
        """The newest is last and is where a redirect lands; times are told in the zone of the reader."""
        self.application._say(self.referent, "First")
        message = self.application._say(self.referent, "Second", [("way.pdf", PDF)])
        message.date = "2031-07-01 10:00:00"
        page = self.render(me=self.user_manager.partner_id)
        articles = page.xpath("//article")
        self.assertEqual([article.get("id") for article in articles][-1], "newest")
        self.assertIn("Second", articles[-1].text_content())
        self.assertIn("6:00", articles[-1].text_content().replace("\N{NARROW NO-BREAK SPACE}", " "))
        self.assertIn("America/New York", page.text_content())
        self.assertEqual(
            page.xpath("//article//a/@href"), [f"/files/{message.attachment_ids.id}"], "the file is in the message"
        )
        for field in page.xpath("//form//*[@name][not(@type='hidden')]"):
            self.assertTrue(page.xpath(f"//label[@for='{field.get('id')}']"))
        self.assertIn("Europe/Paris", self.render(me=self.referent).text_content(), "that of the mission, without own")

    def test_page_keeps_what_was_typed(self):
        """After a refusal nothing has to be written again, and without an address there is nothing to write in."""
        page = self.render(body="<i>My words</i>")
        self.assertEqual(page.xpath("//textarea")[0].text_content(), "<i>My words</i>")
        self.assertFalse(self.render(post_url="").xpath("//form"))

    def test_page_folds_quotes(self):
        """What a mail program repeats is folded."""
        message = self.application._say(self.referent, "x")
        message.body = '<div>Yes.</div><blockquote type="cite">Will you come?</blockquote>'
        self.assertIn("data-o-mail-quote", message.body)
        page = self.render()
        self.assertEqual(page.xpath("//details/div")[0].text_content().strip(), "Will you come?")
        self.assertEqual(
            page.xpath("//article//div[contains(@class, 'text-break')]")[0].text_content().strip(), "Yes."
        )

    def test_approval(self):
        """Manager and employee write on the approval."""
        approval = self.last_approval(self.make_application("to_approve", user=self.user_field)).sudo()
        partner = approval._get_manager_recipients()[approval.id]
        approval._say(partner, "Tuesday?")
        page = self.render(record=approval, me=partner)
        self.assertIn("Simon Sans-Compte", page.text_content())

    @mute_logger("odoo.sql_db")
    def test_erased(self):
        """Nobody writes on what was erased."""
        application = self.make_application("refused", user=self.user_colleague).sudo()
        application._erase()
        with self.assertRaisesRegex(UserError, "erased"):
            application._say(self.referent, "Hello")
