from odoo import api, models
from odoo.fields import Domain


class HrVersion(models.Model):
    _inherit = "hr.version"

    @api.model_create_multi
    def create(self, vals_list):
        """Create; open questions of employees whose department changes go to whoever is asked now."""
        versions = super().create(vals_list)
        versions._reroute_volunteer_approvals()
        return versions

    def write(self, vals):
        """Write; open questions of employees whose department changes go to whoever is asked now."""
        result = super().write(vals)
        if not {"department_id", "date_version", "employee_id", "active"}.isdisjoint(vals):
            self._reroute_volunteer_approvals()
        return result

    def unlink(self):
        """Remove; open questions of employees whose department changes go to whoever is asked now."""
        domain = self._get_volunteer_routing_domain()
        result = super().unlink()
        self.env["hr.volunteer.approval"]._reroute(domain)
        return result

    def _reroute_volunteer_approvals(self):
        self.env["hr.volunteer.approval"]._reroute(self._get_volunteer_routing_domain())

    def _get_volunteer_routing_domain(self):
        # sudo: HR users without a volunteering group write versions
        return Domain("employee_id", "in", self.sudo().employee_id.ids)
