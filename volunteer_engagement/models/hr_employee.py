from odoo import models
from odoo.fields import Domain

from .lifecycle_mixin import Actor

# what decides who is asked
ROUTING_FIELDS = {"parent_id", "user_id", "active", "department_id", "current_version_id"}


class HrEmployee(models.Model):
    _name = "hr.employee"
    _inherit = ["hr.employee", "hr.volunteer.employee.mixin"]

    def write(self, vals):
        """Write; an employee who leaves ends their volunteering, and open questions go to whoever is asked now."""
        leaving = self.filtered("active") if "active" in vals and not vals["active"] else self.browse()
        result = super().write(vals)
        if leaving:
            leaving._leave_volunteering()
        if not ROUTING_FIELDS.isdisjoint(vals):
            domain = Domain("employee_id", "in", self.ids) | Domain("manager_id", "in", self.ids)
            if not {"active", "user_id"}.isdisjoint(vals):
                # sudo: HR users without a volunteering group change employees
                # a manager who comes back is asked again
                domain |= Domain("company_id", "in", self.sudo().company_id.ids)
            self.env["hr.volunteer.approval"]._reroute(domain)
        return result

    def _leave_volunteering(self):
        """End the memberships of employees who leave; whoever had been told of their plans is told."""
        actor = Actor("system", self.env.user.partner_id)
        # sudo: HR users without a volunteering group archive employees
        registrations = self.env["hr.volunteer.registration"].sudo()
        registrations.search([("employee_id", "in", self.ids), ("state", "in", ("pending", "validated"))])._transition(
            "withdrawn", actor=actor, reason=self.env._("No longer with the company.")
        )
        # of those who were not registered any more
        applications = self.env["hr.volunteer.application"].sudo().search([("employee_id", "in", self.ids)])
        applications._end_open(actor, self.env._("No longer with the company."))
