from odoo import models
from odoo.fields import Domain


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        """Write; open questions go on when the user who is asked is archived or comes back."""
        result = super().write(vals)
        if "active" in vals:
            # sudo: whoever administers users need not read volunteering
            companies = self.sudo().company_ids
            self.env["hr.volunteer.approval"]._reroute(Domain("company_id", "in", companies.ids))
        return result
