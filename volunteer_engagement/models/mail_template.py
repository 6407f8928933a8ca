from odoo import models


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def _generate_template(self, res_ids, render_fields, *args, **kwargs):
        """Render for people who may read the records, whatever the window that writes a mail has read before."""
        lifecycle = self.pool["hr.volunteer.lifecycle.mixin"]
        for template in self:
            records = self.env.get(template.model)
            if isinstance(records, lifecycle):
                records.sudo(False).browse(res_id for res_id in res_ids if res_id).check_access("read")
        return super()._generate_template(res_ids, render_fields, *args, **kwargs)
