from email.message import EmailMessage
from typing import NamedTuple

from lxml import html
from markupsafe import Markup
from pytz import timezone

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import email_normalize, formataddr, html2plaintext, human_size, plaintext2html
from odoo.tools.mimetypes import guess_mimetype
from odoo.tools.misc import format_datetime

from .incoming_mail import cut_links, cut_links_of_text, is_automatic

MAX_LETTERS = 10_000
MAX_FILES = 5
MAX_FILE_SIZE = 10 * 1024 * 1024
# what a page takes: texts, pictures, tables, calendars; nothing that a click runs
FILE_TYPES = {
    "csv": "text/",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "gif": "image/gif",
    "ics": "text/",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "png": "image/png",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "txt": "text/plain",
    "webp": "image/webp",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Upload(NamedTuple):
    """A file that somebody sends with a message."""

    name: str
    content: bytes


class HrVolunteerConversationMixin(models.AbstractModel):
    """Let both sides of a record write to one another: on a page, in the chatter, or by answering a mail.

    The conversation is what was said to the other side: comments, and mails that came in. Internal notes, log lines,
    tracked values and the mails of templates are not part of it, nor are their files.
    """

    _name = "hr.volunteer.conversation.mixin"
    _description = "Records on which two sides write to one another"

    # ---------------------------------------------------------------------
    # Reading
    # ---------------------------------------------------------------------

    def _get_conversation(self):
        """Return the messages that both sides see, as superuser, the oldest first."""
        # sudo: the page that asks has checked who reads; nothing else than the conversation is found
        return self.env["mail.message"].sudo().search(self._get_conversation_domain(), order="id")

    def _get_conversation_domain(self):
        comment_id = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        return (
            Domain("model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain("subtype_id", "=", comment_id)
            & Domain("is_internal", "=", False)
            & Domain("message_type", "in", ("comment", "email"))
        )

    def _get_conversation_file(self, file_id):
        """Return the file of the conversation that has this id, as superuser, or nothing.

        :param int file_id: as it stands in the address
        """
        files = self._get_conversation_files(self._get_conversation())
        return files.filtered(lambda file: file.id == file_id)

    def _get_conversation_files(self, messages):
        """Return the files of ``messages`` that both sides see, as superuser.

        They are their records' or nobody's, and no other message has them: a file of an internal note stays there.
        """
        own = {(False, False), *((message.model, message.res_id) for message in messages)}
        files = messages.attachment_ids.filtered(lambda file: (file.res_model, file.res_id) in own)
        # sudo: see _get_conversation
        others = (
            self.env["mail.message"]
            .sudo()
            .search([("attachment_ids", "in", files.ids), ("id", "not in", messages.ids)])
        )
        return files - others.attachment_ids

    def _get_conversation_author(self, message):
        """Return who wrote a message, as the other side reads it."""
        # sudo: the reader need not read the author
        author = message.sudo().author_id
        return self._get_conversation_name(author) if author else self.env._("Unknown sender")

    def _get_conversation_name(self, author):
        """Return the name alone, with the company for those who write for it: no address and no number."""
        self.ensure_one()
        # sudo: see _get_conversation_author
        parties = self._get_own_partners() | self._get_other_people()
        if author in parties or author.sudo().partner_share:
            return author.sudo().name
        return self.env._("%(name)s, %(company)s", name=author.sudo().name, company=self.sudo().company_id.name)

    def _get_conversation_tz(self, reader):
        """Return the time zone in which a partner reads the conversation."""
        self.ensure_one()
        # sudo: the zone of a partner, and of the mission
        return (reader and reader.sudo().tz) or self._get_place_tz() or "UTC"

    def _get_place_tz(self):
        """Hook: return the time zone of the place that the record is about."""
        return ""

    def _format_message_date(self, message, reader):
        """Return when a message was written, in the zone of whoever reads it."""
        return format_datetime(self.env, message.date, tz=self._get_conversation_tz(reader), dt_format="short")

    def _format_conversation_zone(self, reader):
        """Return the zone of ``_format_message_date`` in words."""
        return timezone(self._get_conversation_tz(reader)).zone.replace("_", " ")

    def _split_message(self, message):
        """Return what a message says, and what it repeats of earlier ones: programs that write mails quote them."""
        fragment = html.fragment_fromstring(message.body or "", create_parent="div")
        quoted = html.Element("div")
        for node in fragment.xpath(".//*[@data-o-mail-quote][not(ancestor::*[@data-o-mail-quote])]"):
            tail, node.tail = node.tail, None
            previous, parent = node.getprevious(), node.getparent()
            if tail and previous is not None:
                previous.tail = (previous.tail or "") + tail
            elif tail:
                parent.text = (parent.text or "") + tail
            quoted.append(node)
        own, quote = (
            Markup(html.tostring(part, encoding="unicode"))  # noqa: S704, the body was cleaned when it was stored
            for part in (fragment, quoted)
        )
        return own, quote if html2plaintext(quote).strip() else ""

    def _format_file_size(self, file):
        return human_size(file.file_size)

    def _get_message_limits(self):
        """Return what a form says of the messages that it takes."""
        return {
            "endings": ",".join(f".{ending}" for ending in FILE_TYPES),
            "file_size": f"{MAX_FILE_SIZE // 1024**2} MB",
            "files": MAX_FILES,
            "letters": MAX_LETTERS,
        }

    # ---------------------------------------------------------------------
    # Writing
    # ---------------------------------------------------------------------

    def _say(self, partner, body, attachments=()):
        """Write a message in the name of ``partner``, and tell the other side.

        :param res.partner partner: who writes; whether they may was checked
        :param str body: plain text, as it was typed
        :param attachments: pairs of a file's name and its content
        :return: the message, as superuser
        :raise UserError: with what to change; nothing is written then
        """
        self.ensure_one()
        # sudo: whoever has a page has no access to the model
        record = self.sudo()
        body = (body or "").replace("\0", "").strip()
        uploads = [Upload(*attachment) for attachment in attachments]
        record._check_message(body, uploads)
        body = cut_links_of_text(body)
        # as root: whoever makes a message may read it for good
        poster = record.with_user(SUPERUSER_ID).with_context(mail_post_autofollow_author_skip=True)
        return poster.message_post(
            attachments=[(upload.name, upload.content) for upload in uploads],
            author_id=partner.id,
            body=plaintext2html(body),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    def _check_message(self, body, uploads):
        """Raise in words when a message can't be sent as it is."""
        if self.erased_date:
            raise UserError(self.env._("The name behind this record was erased: nobody reads here any more."))
        if not body:
            raise UserError(self.env._("Write a message first."))
        if len(body) > MAX_LETTERS:
            raise UserError(
                self.env._(
                    "Your message has %(length)s characters, and at most %(most)s are sent: shorten it, or attach a "
                    "file.",
                    length=len(body),
                    most=MAX_LETTERS,
                )
            )
        if len(uploads) > MAX_FILES:
            raise UserError(self.env._("Attach at most %(most)s files to a message.", most=MAX_FILES))
        for upload in uploads:
            self._check_upload(upload)

    def _check_upload(self, upload):
        """Raise in words when a file is empty, too large, or not of a kind that a page takes."""
        if not upload.content:
            raise UserError(self.env._("The file “%(name)s” is empty.", name=upload.name))
        if len(upload.content) > MAX_FILE_SIZE:
            raise UserError(
                self.env._(
                    "The file “%(name)s” is too large: at most %(most)s.",
                    name=upload.name,
                    most=human_size(MAX_FILE_SIZE),
                )
            )
        ending = upload.name.rpartition(".")[2].lower()
        expected = FILE_TYPES.get(ending)
        if not expected or not guess_mimetype(upload.content).startswith(expected):
            raise UserError(
                self.env._(
                    "The file “%(name)s” cannot be sent: choose a text, a picture, a PDF, a table or a presentation.",
                    name=upload.name,
                )
            )

    def _check_can_update_message_content(self, messages):
        """Keep what portal users wrote on a page: it was looked at there, and was sent."""
        if not self.env.su and self.env.user.share:
            raise AccessError(self.env._("What was sent stays as it is: write another message."))
        return super()._check_can_update_message_content(messages)

    # ---------------------------------------------------------------------
    # Who
    # ---------------------------------------------------------------------

    def _get_other_people(self):
        """Hook: return the partners who may write for the side that is not the employee's."""
        return self.env["res.partner"]

    def _get_conversation_links(self):
        """Hook: return where the button of a notification leads, as pairs of partners and an address.

        Runs as superuser: only the system puts mails together.
        """
        return []

    def _find_writer(self, address):
        """Return the partner whose mails are taken as a part of the conversation, or none.

        The employee, the other side, and officers of the company: by the address that they are known with here.

        :param str address: who sent the mail; whether that is true, mail servers judge
        """
        address = email_normalize(address)
        if not address:
            return self.env["res.partner"]
        # sudo: the gateway reads who people are
        record = self.sudo()
        parties = record._get_own_partners() | record._get_other_people()
        if found := parties.filtered(lambda partner: partner.email_normalized == address):
            return found[:1]
        officers = record.env["res.users"].search(
            Domain(record.env["res.company"]._get_volunteer_officer_domain())
            & Domain("company_ids", "in", record.company_id.ids)
            & Domain("partner_id.email_normalized", "=", address),
            limit=1,
        )
        return officers.partner_id

    # ---------------------------------------------------------------------
    # Mails that come in
    # ---------------------------------------------------------------------

    def _prepare_incoming_mail(self, message, values):
        """Return what is posted of a mail that answers one of this record, or nothing where it is dropped.

        A mail of a party is a comment, which the other side gets. One of anybody else, and one that a program wrote,
        is an internal note, which nobody gets: what is not sent on cannot go round in circles.

        :param email.message.EmailMessage message: as it came in
        :param dict values: what Odoo read of it; not changed
        """
        self.ensure_one()
        if self.erased_date:
            return {}
        author = self._find_writer(values["email_from"])
        if is_automatic(message):
            note = self.env._("Answered by a program, and not sent on.")
        elif not author:
            note = self.env._("Not sent on: the sender is nobody who takes part in this conversation.")
        else:
            note = ""
        body = cut_links(values.get("body"))
        files = [file for file in values.get("attachments") or () if self._is_incoming_file(file)]
        incoming = dict(
            values,
            attachments=[self._cut_incoming_file(file) for file in files],
            author_id=author.id,
            body=body,
            date=min(values.get("date") or "9", fields.Datetime.to_string(fields.Datetime.now())),
            # an officer who answers a note writes a note
            is_internal=bool(note or values.get("is_internal")),
            # who may read a message is said by the record, and not by who else got the mail
            partner_ids=[],
        )
        if note:
            # nobody hears of it, neither as author of what it answers nor for a count of mails from one sender
            incoming.pop("parent_id", None)
            incoming["message_type"] = "auto_comment"
            incoming["body"] = Markup("<p><em>%s</em></p>%s") % (note, body)
        return incoming

    def _is_incoming_file(self, file):
        """Return whether a file of a mail is kept: mails inside of mails have the links that were cut out."""
        name, content = file[:2]
        return not isinstance(content, EmailMessage) and not name.lower().endswith((".eml", ".msg"))

    def _cut_incoming_file(self, file):
        name, content, *info = file
        return (name, cut_links_of_text(content) if isinstance(content, str) else content, *info)

    # ---------------------------------------------------------------------
    # Mails that go out
    # ---------------------------------------------------------------------

    def message_post(self, *, message_type="notification", subtype_xmlid=None, subtype_id=False, **kwargs):
        """Post as Odoo does; what the other side gets names nobody's own address, nor what is in a signature."""
        if subtype_xmlid:
            subtype_id = self.env["ir.model.data"]._xmlid_to_res_id(subtype_xmlid)
        if message_type == "email":
            # whoever answers a mail does not ask to follow
            self = self.with_context(mail_post_autofollow_author_skip=True)  # noqa: PLW0642
        if self and self._is_said({"message_type": message_type, "subtype_id": subtype_id}):
            self.ensure_one()
            author_id, _email = self._message_compute_author(kwargs.get("author_id"), kwargs.get("email_from"))
            if author_id:
                # sudo: by id; the author is the user, or was found by whoever posts for others
                kwargs.update(self.sudo()._prepare_said_vals(self.env["res.partner"].sudo().browse(author_id)))
        return super().message_post(message_type=message_type, subtype_id=subtype_id, **kwargs)

    def _prepare_said_vals(self, author):
        """Return how a comment of ``author`` goes out by mail."""
        company = self.company_id
        if author in self._get_own_partners():
            direct = self._get_employee_email()
        elif author in self._get_other_people():
            direct = author.email_formatted
        else:
            direct = company.email_formatted
        # of the company, so that mail servers trust it and nobody's own address is told
        sender = email_normalize(company.email) or company.default_from_email or email_normalize(direct)
        email_from = formataddr((self._get_conversation_name(author), sender)) if sender else author.email_formatted
        return {
            "author_id": author.id,
            "email_add_signature": False,
            "email_from": email_from,
            "email_layout_xmlid": "volunteer_engagement.mail_conversation_layout",
            # where replies leave Odoo, whoever wrote is answered to, at work
            "reply_to": self._notify_get_reply_to(default=direct or email_from, author_id=author.id)[self.id],
        }

    def _message_compute_subject(self):
        """Return the name of the record, which is the same for all who read it."""
        self.ensure_one()
        # as root: a name may say less to the one who writes
        return self.with_user(SUPERUSER_ID).display_name

    def _get_mail_reply_to(self, defaults):
        """Lead answers back to the record, where the company has an alias domain; else to whom the template says."""
        replies = dict(super()._get_mail_reply_to(defaults))
        for record in self:
            company = record.company_id
            if company.catchall_email:
                replies[record.id] = record._notify_get_reply_to_formatted_email(
                    company.catchall_email, author_id=company.partner_id.id
                )
        return replies

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Tell each party once, and not whoever wrote."""
        msg_vals = dict(msg_vals or {})
        values = self._get_message_vals(message, msg_vals)
        if not self or not self._is_said(values):
            return super()._notify_get_recipients(message, msg_vals, **kwargs)
        if values["message_type"] == "email":
            # nobody is told for having written what the mail answers
            msg_vals["partner_ids"] = []
        author = self.env["res.partner"].sudo().browse(values["author_id"] or [])
        return self._drop_twice(super()._notify_get_recipients(message, msg_vals, **kwargs), author)

    def _drop_twice(self, recipients, author):
        """Return recipients without the author, and each person once, whatever contacts they have."""
        own_ids = set(self._get_own_partners().ids)
        people = dict.fromkeys(own_ids, "employee")
        seen = {people.get(author.id, author.id), author.email_normalized}
        kept = []
        # those who log in first: they are told where they look
        for data in sorted(recipients, key=lambda data: not data["uid"]):
            keys = {people.get(data["id"], data["id"]), data["email_normalized"]} - {False, None, ""}
            if keys.isdisjoint(seen):
                kept.append(data)
                seen |= keys
        return kept

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        """Give each party a button that leads to where they write."""
        groups = super()._notify_get_recipients_groups(message, model_description, msg_vals)
        if not self:
            return groups
        self.ensure_one()
        own = []
        # sudo: only the system puts mails together
        for partners, url in self.sudo()._get_conversation_links():
            access = {"title": self.env._("Reply"), "url": url} if url else {}
            own.append(
                [
                    f"volunteer_{len(own)}",
                    lambda data, ids=frozenset(partners.ids): data["id"] in ids,
                    {"active": True, "button_access": access, "has_button_access": bool(url)},
                ]
            )
        return own + groups

    def _notify_by_email_prepare_rendering_context(self, message, *args, **kwargs):
        """Put the mission above a mail, as the other mails have it."""
        values = super()._notify_by_email_prepare_rendering_context(message, *args, **kwargs)
        if self:
            # sudo: whoever writes need not read what the title is made of
            values["record_name"] = self.sudo()._get_mail_title()
            values["volunteer_author"] = values["record"]._get_conversation_author(message)
            values["volunteer_stays"] = bool(self.sudo().company_id.catchall_email)
        return values

    def _notify_by_email_get_headers(self, headers=None):
        """Name no other recipient: one side does not read the address of the other."""
        headers = super()._notify_by_email_get_headers(headers)
        headers.pop("X-Msg-To-Add", None)
        return headers
