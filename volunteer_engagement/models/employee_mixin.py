from odoo import api, fields, models


class HrVolunteerEmployeeMixin(models.AbstractModel):
    """Show an employee's volunteering of this year on both faces of an employee, to those whom it concerns.

    Nothing is stored: a stored number would tell every colleague. The employee and officers see it; to managers and
    colleagues it is always 0.
    """

    _name = "hr.volunteer.employee.mixin"
    _description = "Volunteering of an employee"

    volunteer_hours = fields.Float(
        string="Volunteering This Year",
        compute="_compute_volunteer_hours",
        help="Hours of this calendar year that are confirmed or attended, on work time and personal time.",
    )
    volunteer_allowance = fields.Float(
        string="Volunteering Allowance",
        compute="_compute_volunteer_hours",
        help="Hours of work time per calendar year; 0 where there is no limit.",
    )
    volunteer_balance = fields.Float(
        string="Volunteering Hours Left",
        compute="_compute_volunteer_hours",
        help="What is left of this year's allowance of work time.",
    )
    is_volunteer_visible = fields.Boolean(compute="_compute_volunteer_hours", export_string_translation=False)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_volunteer_hours(self):
        # sudo: who may see them is decided here
        employees = self.env["hr.employee"].sudo().browse(self._origin.ids)
        is_officer = self.env["hr.volunteer.registration"]._is_officer()
        visible = employees.filtered(
            lambda employee: (
                employee.user_id == self.env.user or (is_officer and employee.company_id in self.env.companies)
            )
        )
        year = fields.Date.context_today(self).year
        slots = self.env["hr.volunteer.slot"]
        used, hours = slots._get_used_hours(visible), slots._get_hours_of_year(visible, year)
        for record in self:
            employee = employees.browse(record._origin.id)
            record.is_volunteer_visible = employee in visible
            allowance = employee.company_id._get_work_hours_allowance() if employee in visible else 0
            record.volunteer_allowance = allowance
            record.volunteer_balance = allowance and allowance - used.get((employee, employee.company_id, year), 0)
            record.volunteer_hours = hours.get(employee, 0)

    def action_open_volunteer_applications(self):
        """Open the applications of this employee that the user may read."""
        self.ensure_one()
        self.env["hr.volunteer.application"].check_access("read")
        return {
            **self.env["ir.actions.actions"]._for_xml_id("volunteer_engagement.hr_volunteer_application_action"),
            "domain": [("employee_id", "=", self.id)],
            "context": {},
        }
