import re
import socketserver
import threading
import xmlrpc.client
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, make_msgid
from unittest.mock import patch

from odoo.tests import HttpCase, get_db_name, tagged

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .test_gateway import PDF, GatewayCommon


class SmtpHandler(socketserver.StreamRequestHandler):
    """Take what a mail server takes, see RFC 5321."""

    def handle(self):
        self.wfile.write(b"220 sink\r\n")
        recipients, answer = [], b"250 ok\r\n"
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"RCPT":
                recipients.append(re.search(rb"<(.*)>", line)[1].decode())
            elif command == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.received.append((recipients, b"".join(line.removeprefix(b".") for line in lines)))
                recipients = []
            elif command == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(answer)


@contextmanager
def mail_sink():
    """Run a mail server on the loopback interface; its ``received`` are pairs of recipients and bytes."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), SmtpHandler) as server:
        server.daemon_threads = True
        server.received = []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@tagged("-at_install", "post_install")
class TestSmtp(GatewayCommon, HttpCase):
    """The whole way of a conversation by mail: out by SMTP, back by Odoo's gateway."""

    def setUp(self):
        super().setUp()
        self.sink = self.enterContext(mail_sink())
        # Odoo sends nothing in tests
        self.enterContext(patch.object(IrMail_Server, "_disable_send", lambda _self: False))
        self.env["mail.mail"].search([]).unlink()
        self.env["ir.mail_server"].search([]).active = False
        self.env["ir.mail_server"].create(
            {
                "name": "Sink",
                "smtp_encryption": "none",
                "smtp_host": "127.0.0.1",
                "smtp_port": self.sink.server_address[1],
            }
        )

    def send_queue(self):
        """Let the scheduled action send what is queued. Returns the mails that arrived since last time, by address."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo().method_direct_trigger()
        self.env.invalidate_all()
        arrived = {}
        received, self.sink.received = self.sink.received, []
        for recipients, content in received:
            self.assertEqual(len(recipients), 1)
            self.assertNotIn(recipients[0], arrived, "each is told once")
            arrived[recipients[0]] = message_from_bytes(content, policy=policy.default)
        return arrived

    def reply(self, mail, sender, words, headers=()):
        """Make an answer to a mail as programs do, with its text below and a file, and give it to the gateway."""
        answer = EmailMessage(policy=policy.SMTP)
        answer["From"], answer["To"] = sender, mail["Reply-To"] or mail["From"]
        answer["Subject"] = f"Re: {mail['Subject']}"
        answer["Message-ID"] = make_msgid(domain="mail.example")
        answer["In-Reply-To"] = mail["Message-ID"]
        answer["References"] = " ".join(filter(None, (mail["References"], mail["Message-ID"])))
        for name, value in headers:
            answer[name] = value
        text = mail.get_body(("plain",)).get_content()
        page = mail.get_body(("html",)).get_content()
        quoted = "\n".join(f"> {line}" for line in text.splitlines())
        answer.set_content(f"{words}\n\nOn Monday, somebody wrote:\n{quoted}\n")
        answer.add_alternative(
            f'<div dir="ltr">{words}</div><br><div class="gmail_quote"><div class="gmail_attr">On Monday:<br></div>'
            f'<blockquote class="gmail_quote">{page}</blockquote></div>',
            subtype="html",
        )
        answer.add_attachment(PDF, maintype="application", subtype="pdf", filename="way.pdf")
        # as Odoo's own script does that mail servers run
        self.xmlrpc_object.execute_kw(
            get_db_name(),
            self.ref("base.user_admin"),
            "admin",
            "mail.thread",
            "message_process",
            [False, xmlrpc.client.Binary(answer.as_bytes())],
            {},
        )
        self.env.invalidate_all()

    def test_both_directions(self):
        """Each side answers by mail, with a file; no link of the one reaches the other, and programs get nothing."""
        token = self.application._get_link_url("association").rsplit("/", 1)[-1][:24]
        self.application._say(self.partner_employee, "When shall I come?")
        arrived = self.send_queue()
        self.assertEqual(list(arrived), ["rosa@soupe.example"])
        mail = arrived["rosa@soupe.example"]
        page = mail.get_body(("html",)).get_content()
        self.assertIn("When shall I come?", page)
        self.assertIn("/volunteering/application/", page)
        addresses = getaddresses([mail[name] for name in ("From", "To", "Cc", "Reply-To") if mail[name]])
        self.assertEqual(
            {address for _name, address in addresses},
            {"rosa@soupe.example", self.domain.catchall_email, self.domain.default_from_email},
        )

        self.reply(mail, "Rosa <rosa@soupe.example>", "At nine.")
        message = self.application._get_conversation()[-1:]
        self.assertEqual((message.author_id, message.attachment_ids.raw), (self.referent, PDF))
        arrived = self.send_queue()
        self.assertEqual(list(arrived), ["employee@maree.example"])
        mail = arrived["employee@maree.example"]
        self.assertIn("At nine.", mail.get_body(("html",)).get_content())
        self.assertEqual([file.get_content() for file in mail.iter_attachments()], [PDF])
        for text in (
            mail.as_string(),
            *(part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"),
        ):
            for secret in (token, "rosa@"):
                self.assertNotIn(secret, text)

        self.reply(mail, "employee@maree.example", "I will be there.")
        message = self.application._get_conversation()[-1:]
        self.assertEqual((message.author_id, message.attachment_ids.raw), (self.partner_employee, PDF))
        arrived = self.send_queue()
        self.assertEqual(list(arrived), ["rosa@soupe.example"])
        mail = arrived["rosa@soupe.example"]
        self.assertIn("I will be there.", mail.get_body(("html",)).get_content())
        self.assertEqual([file.get_content() for file in mail.iter_attachments()], [PDF])
        self.assertNotIn("employee@", mail.as_string())

        count = self.env["mail.mail"].search_count([])
        for headers in ([("Auto-Submitted", "auto-replied")], [("Precedence", "bulk")]):
            self.reply(mail, "rosa@soupe.example", "I am away.", headers)
            self.assertEqual(self.send_queue(), {})
        self.assertEqual(self.env["mail.mail"].search_count([]), count)
        self.assertEqual(len(self.application._get_conversation()), 3)
        self.assertNotIn(token, "".join(self.application.message_ids.mapped("body")))

    def test_answer_to_the_mail_of_a_step(self):
        """What answers the mail that says that somebody would like to help is the first word of the conversation."""
        application = self.make_application("applied", user=self.user_colleague).sudo()
        mail = self.send_queue()["rosa@soupe.example"]
        self.reply(mail, "rosa@soupe.example", "Welcome.")
        self.assertEqual(application._get_conversation().author_id, self.referent)
        self.assertTrue(application._get_conversation().attachment_ids)
