from odoo import api, models
from odoo.exceptions import AccessError

# what a message says, to whom, in whose name and about what; marks of readers are none of it
CONTENT = frozenset(
    {
        "attachment_ids",
        "author_guest_id",
        "author_id",
        "body",
        "date",
        "email_from",
        "is_internal",
        "message_id",
        "message_type",
        "model",
        "parent_id",
        "partner_ids",
        "reply_to",
        "res_id",
        "subject",
        "subtype_id",
    }
)


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse messages about volunteering in somebody else's name, or where the user may not post.

        All ways of posting and notifying end here. Odoo lets whoever got a message answer it on any record.

        :raise AccessError: see ``_check_volunteer_content``
        """
        messages = super().create(vals_list)
        # as they are stored: values come by the context as well
        messages._check_volunteer_content()
        return messages

    def write(self, vals):
        """Keep what was said as it was said: Odoo lets everybody write a message who was notified of it.

        :raise AccessError: see ``_check_volunteer_content``
        """
        is_content = not CONTENT.isdisjoint(vals)
        if is_content:
            self._check_volunteer_content()
        result = super().write(vals)
        if is_content:
            self._check_volunteer_content()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_volunteer(self):
        self._check_volunteer_content()

    def _check_volunteer_content(self):
        """Check that the user may write these messages as they are stored now.

        :raise AccessError: for log lines of steps, which are what an auditor reads; and for messages about our records
            that are not the user's own, or that are about a record on which the user may not post. Portal users write
            on pages, which act as superuser.
        """
        if self.env.su:
            return
        door = self.pool["hr.volunteer.door.mixin"]
        # sudo: what the messages are is asked to refuse them
        messages = self.sudo()
        step_id = self.env["ir.model.data"]._xmlid_to_res_id("volunteer_engagement.mt_step")
        if step_id and step_id in messages.subtype_id.ids:
            raise AccessError(
                self.env._("Log lines of volunteering steps are kept as they are. Write a note instead.")
            )
        for model, said in messages.grouped("model").items():
            if isinstance(self.env.get(model or ""), door) and not self._may_say(model, said):
                raise AccessError(
                    self.env._(
                        "A message about volunteering is written in one's own name, by whoever takes part in what it "
                        "is about."
                    )
                )

    def _may_say(self, model, messages):
        """Return whether the user may write messages, which are superuser's, about records of one of our models."""
        if self.env.user.share:
            return False
        record_ids = set(messages.mapped("res_id"))
        records = self._filter_records_for_message_operation(model, list(filter(None, record_ids)), "create")
        if record_ids != set(records.ids):
            return False
        if self.env.is_admin():
            return True
        authors = self.env.user.partner_id
        if records._is_officer():
            # of templates: officers send these in the name of the company
            authors |= records.sudo().company_id.partner_id
        return all(message.author_id and message.author_id in authors for message in messages)
