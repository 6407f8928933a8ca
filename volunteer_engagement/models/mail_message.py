from odoo import api, models
from odoo.exceptions import AccessError


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse log lines of steps to everybody but the step itself, which makes them as superuser.

        All ways of posting and notifying end here.
        """
        step_id = self._get_volunteer_step_id()
        if not self.env.su and any(step_id and vals.get("subtype_id") == step_id for vals in vals_list):
            raise self._prepare_volunteer_step_error()
        return super().create(vals_list)

    def write(self, vals):
        """Keep log lines of steps as they were written: they are what an auditor reads."""
        content = {
            "author_id",
            "body",
            "date",
            "email_from",
            "message_type",
            "model",
            "res_id",
            "subject",
            "subtype_id",
        }
        if not content.isdisjoint(vals):
            self._check_volunteer_step(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_volunteer_step(self):
        self._check_volunteer_step({})

    def _check_volunteer_step(self, vals):
        if self.env.su:
            return
        step_id = self._get_volunteer_step_id()
        # sudo: the subtype alone is read
        if step_id and (vals.get("subtype_id") == step_id or step_id in self.sudo().subtype_id.ids):
            raise self._prepare_volunteer_step_error()

    @api.model
    def _get_volunteer_step_id(self):
        return self.env["ir.model.data"]._xmlid_to_res_id("volunteer_engagement.mt_step")

    @api.model
    def _prepare_volunteer_step_error(self):
        return AccessError(self.env._("Log lines of volunteering steps are kept as they are. Write a note instead."))
