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
            # managers may be asked by another company
            domain = Domain("company_id", "in", companies.ids) | Domain("approver_id", "in", self.ids)
            self.env["hr.volunteer.approval"]._reroute(domain | Domain("manager_id.user_id", "in", self.ids))
        return result

    def _is_volunteer_able(self):
        """Return whether this is a user who may answer inside Odoo: active, and no portal user."""
        # sudo: users of other companies are not readable by everybody
        user = self.sudo()
        return bool(user) and user.active and not user.share
