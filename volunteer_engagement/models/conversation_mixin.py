from typing import NamedTuple

from lxml import html
from markupsafe import Markup
from pytz import timezone

from odoo import SUPERUSER_ID, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext, human_size, plaintext2html
from odoo.tools.mimetypes import guess_mimetype
from odoo.tools.misc import format_datetime

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
        return self._get_conversation().attachment_ids.filtered(lambda file: file.id == file_id)

    def _get_conversation_author(self, message):
        """Return who wrote a message: the name alone, with the company for those who write for it."""
        self.ensure_one()
        # sudo: the reader need not read the author
        author = message.sudo().author_id
        if not author:
            return self.env._("Unknown sender")
        company = self.sudo().company_id
        if author in self._get_conversation_partners() or author.partner_share:
            return author.name
        return self.env._("%(name)s, %(company)s", name=author.name, company=company.name)

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
        return format_datetime(self.env, message.date, tz=self._get_conversation_tz(reader), dt_format="medium")

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
            "file_size": human_size(MAX_FILE_SIZE),
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
        # as root: whoever makes a message may read it for good
        return record.with_user(SUPERUSER_ID).message_post(
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
