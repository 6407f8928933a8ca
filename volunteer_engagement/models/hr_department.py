from odoo import models
from odoo.fields import Domain


class HrDepartment(models.Model):
    _inherit = "hr.department"

    def write(self, vals):
        """Write; open questions of a department go to its new manager."""
        result = super().write(vals)
        if "manager_id" in vals:
            # sudo: HR users without a volunteering group change departments
            employees = self.env["hr.employee"].sudo().search([("department_id", "in", self.ids)])
            self.env["hr.volunteer.approval"]._reroute(Domain("employee_id", "in", employees.ids))
        return result
