import logging
from collections import defaultdict

from lxml import html
from markupsafe import Markup

from odoo import SUPERUSER_ID, models
from odoo.tools import email_normalize

_logger = logging.getLogger(__name__)


class HrVolunteerMailMixin(models.AbstractModel):
    """Send editable mail templates in batch: one mail per recipient, in the recipient's language."""

    _name = "hr.volunteer.mail.mixin"
    _description = "Mails to the people around a volunteering record"

    def _send_mails(self, template_xmlid, recipients, attachments=None):
        """Queue one mail for each recipient of each record and wake the mail queue.

        Templates are rendered once per language, as superuser: they read columns of our own models on behalf of
        people who may not. Whoever has no address is named in the chatter, so that somebody can call them.

        :param str template_xmlid: the template, without the module
        :param dict recipients: partners by record id
        :param dict attachments: an attachment by record id, optional
        """
        self._queue_mails(self._prepare_mails(template_xmlid, recipients, attachments))

    def _queue_mails(self, values_list):
        """Create prepared mails together and wake the mail queue."""
        if not values_list:
            return
        # mails belong to the system: whoever makes a message may read it for good, whatever it is about
        self.env["mail.mail"].with_user(SUPERUSER_ID).create(values_list)
        # sudo: so does their queue, whose own rhythm is hourly
        queue_id = self.env["ir.model.data"]._xmlid_to_res_id("mail.ir_cron_mail_scheduler_action")
        self.env["ir.cron"].sudo().browse(queue_id)._trigger()

    def _prepare_mails(self, template_xmlid, recipients, attachments=None):
        """Return the values of one mail for each recipient of each record, see ``_send_mails``."""
        # sudo: templates and addresses are read on behalf of people who may not
        template = self.env["mail.template"].sudo().browse(self._ref_id(template_xmlid))
        if not template:
            _logger.warning("Mail template %s is missing: nobody is told about %s", template_xmlid, self)
            return []
        # together, so that they are read at once
        partners = self.env["res.partner"].sudo().concat(*recipients.values())
        recipients_by_lang = defaultdict(lambda: defaultdict(partners.browse))
        unreachable = {}
        for record in self:
            for partner in partners.browse(recipients.get(record.id, partners.browse()).ids).with_prefetch(
                partners.ids
            ):
                if partner.email:
                    recipients_by_lang[partner.lang or self.env.lang][record.id] |= partner
                else:
                    unreachable[record.id] = self.env._(
                        "%(name)s has no e-mail address and was not told: %(subject)s",
                        name=partner.display_name,
                        subject=template.name,
                    )
        values_list = []
        for lang, lang_recipients in recipients_by_lang.items():
            records = self.browse(sorted(lang_recipients))
            values_list += records._prepare_mail_values_list(template, lang, lang_recipients, attachments or {})
        if unreachable:
            self.browse(unreachable)._log_lines(unreachable, self.env.user.partner_id)
        return values_list

    def _log_lines(self, bodies, author):
        """Log a line on each record, ``bodies`` by record id, in the name of ``author``. Returns the messages.

        As root: whoever makes a message may read it for good, also a colleague whose step has effects on others.
        """
        return self.with_user(SUPERUSER_ID)._message_log_batch(bodies, author_id=author.id)

    def _get_employee_recipients(self):
        """Return the partner at whom the employee of each record is written to, by record id."""
        # sudo: colleagues and officers need not read an employee to write to them
        return {
            record.id: record.employee_id.work_contact_id or record.employee_user_id.partner_id
            for record in self.sudo()
        }

    def _get_own_partners(self):
        """Return the contacts of the employee: at work, and of the user."""
        # sudo: see _get_employee_recipients
        record = self.sudo()
        return record.employee_id.work_contact_id | record.employee_user_id.partner_id

    def _is_own_partner(self, partner):
        """Return whether a partner is the employee: a contact of theirs, or another one with an address of theirs.

        Whoever volunteers where they help already has a contact of the association besides the one at work.
        """
        self.ensure_one()
        own = self._get_own_partners()
        # sudo: addresses are compared, and told to nobody
        employee, user = self.sudo().employee_id, self.sudo().employee_user_id
        addresses = {*own.mapped("email_normalized")}
        addresses.update(email_normalize(words or "") for words in (employee.work_email, employee.private_email))
        addresses.add(email_normalize(user.login or ""))
        return partner in own or partner.sudo().email_normalized in addresses - {False, ""}

    def _message_add_default_recipients(self):
        """Address the employees when officers write to many records at once: at work, and nobody else.

        Only whoever reads a record writes to its employee; the records of a mission have nobody to write to.
        """
        self.check_access("read")
        if "employee_id" not in self._fields:
            return super()._message_add_default_recipients()
        return {
            record_id: {"email_cc_lst": [], "email_to_lst": [], "partners": partner}
            for record_id, partner in self._get_employee_recipients().items()
        }

    def _get_employee_email(self):
        """Return the address at work of the employee, for the other side to answer to; never a private one."""
        self.ensure_one()
        # sudo: see _get_employee_recipients
        return self.sudo().employee_id.work_contact_id.email_formatted

    def _get_employee_contact(self):
        """Return the partner at whom the employee is reached at work, for the other side to read in a mail."""
        self.ensure_one()
        # sudo: see _get_employee_recipients
        return self.sudo().employee_id.work_contact_id

    def _get_mail_title(self):
        """Hook: return what stands above a mail about this record."""
        self.ensure_one()
        return self.company_id.name

    def _get_conversation_partners(self):
        """Hook: return the partners who hear of each comment, whether they follow or not."""
        return self.env["res.partner"]

    def _get_message_vals(self, message, msg_vals):
        """Return what decides who hears of a message."""
        # sudo: as Odoo does
        stored = message.sudo()
        return {
            "author_id": stored.author_id.id,
            "message_type": stored.message_type,
            "partner_ids": stored.partner_ids.ids,
            "subtype_id": stored.subtype_id.id,
            **msg_vals,
        }

    def _is_said(self, values):
        """Return whether the values of a message are those of a comment that the other side gets."""
        comment_id = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        return values["subtype_id"] == comment_id and values["message_type"] in ("comment", "email")

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Add the parties of the conversation to each comment; internal notes and log lines reach nobody."""
        msg_vals = dict(msg_vals or {})
        values = self._get_message_vals(message, msg_vals)
        if self and self._is_said(values):
            msg_vals["partner_ids"] = list({*(values["partner_ids"] or []), *self._get_conversation_partners().ids})
        return super()._notify_get_recipients(message, msg_vals, **kwargs)

    def _notify_thread_with_out_of_office(self, message, recipients_data, msg_vals=False, **kwargs):
        # sudo: the answer is of whoever is away, and not of the user
        record = self.sudo()
        return super(HrVolunteerMailMixin, record)._notify_thread_with_out_of_office(
            message, recipients_data, msg_vals, **kwargs
        )

    def _get_mail_reply_to(self, defaults):
        """Hook: return whom the mails of each record are answered to, by record id.

        :param dict defaults: what the template says, by record id
        """
        return defaults

    def _prepare_mail_values_list(self, template_sudo, lang, recipients, attachments):
        template = template_sudo.with_context(lang=lang)
        # sudo: see _send_mails
        records = self.sudo().with_context(lang=lang)
        # together: each link asks whose address its recipient has
        if "employee_id" in self._fields:
            records.mapped("employee_id.work_contact_id.email_normalized")
            records.mapped("employee_id.user_id.partner_id.email_normalized")
        rendered = {
            field: template._render_field(field, records.ids, set_lang=lang)
            for field in ("subject", "body_html", "email_from", "reply_to")
        }
        reply_to = records._get_mail_reply_to(rendered["reply_to"])
        layout = template.email_layout_xmlid or "mail.mail_notification_layout"
        values_list = []
        for record in records:
            company = record.company_id
            email_from = rendered["email_from"][record.id] or self.env.user.email_formatted
            preview, body, message_body = self._split_body(rendered["body_html"][record.id])
            # sudo: as Odoo does where it makes the message itself
            message = self.env["mail.message"].sudo().new({"body": body, **({"preview": preview} if preview else {})})
            body = template._render_encapsulate(
                layout,
                body,
                add_context={
                    "company": company,
                    "message": message,
                    "model_description": False,
                    "record_name": record._get_mail_title(),
                },
                context_record=record,
            )
            values = {
                "attachment_ids": [(4, attachments[record.id].id)] if record.id in attachments else [],
                "author_id": company.partner_id.id,
                "auto_delete": template.auto_delete,
                "body": message_body,
                "body_html": body,
                "email_from": email_from,
                # one that goes once it is sent, for the personal link in it, leaves the message in the chatter
                "is_notification": template.auto_delete,
                "mail_server_id": template.mail_server_id.id,
                "message_type": "email_outgoing",
                "model": self._name,
                "record_company_id": company.id,
                "reply_to": reply_to[record.id] or email_from,
                "res_id": record.id,
                "subject": rendered["subject"][record.id],
            }
            values_list += [dict(values, email_to=partner.email_formatted) for partner in recipients[record.id]]
        return values_list

    def _split_body(self, rendered):
        """Return what mail programs show beside the subject, the body of the mail, and what its record shows of it.

        The record shows what was written, and not a button that is another's.
        """
        fragment = html.fragment_fromstring(rendered, create_parent="div")
        preview = self._take_out(fragment, "o_volunteer_preview")
        body = self._get_inside(fragment)
        self._take_out(fragment, "o_volunteer_button")
        return preview, body, self._get_inside(fragment)

    def _take_out(self, fragment, css_class):
        """Remove the elements of a class. Returns the words of the last."""
        words = ""
        for node in fragment.find_class(css_class):
            words = " ".join(node.text_content().split())
            node.drop_tree()
        return words

    def _get_inside(self, fragment):
        """Return the HTML inside of the parent that was put around it."""
        inside = html.tostring(fragment, encoding="unicode")[len("<div>") : -len("</div>")]
        return Markup(inside)  # noqa: S704, rendered from the template
