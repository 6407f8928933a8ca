from pytz import timezone, utc

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class HrVolunteerSubstitute(models.Model):
    """A colleague who answers questions about work time for a manager, from one day to another, both included.

    While the period lasts questions that wait, and new ones, go to the colleague. A substitute of a substitute is not
    asked, and nobody answers about themselves.
    """

    _name = "hr.volunteer.substitute"
    _description = "Volunteering Substitute"
    _inherit = ["hr.volunteer.door.mixin"]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    _user_fields = frozenset({"employee_id", "date_from", "date_to"})
    _officer_fields = _user_fields
    _create_fields = frozenset({"manager_id"})

    manager_id = fields.Many2one(
        "hr.employee",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.user.employee_id,
        help="Who is away.",
    )
    manager_user_id = fields.Many2one(
        "res.users", related="manager_id.user_id", store=True, index="btree_not_null", string="Manager's User"
    )
    employee_id = fields.Many2one(
        "hr.employee",
        string="Substitute",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        help="Who answers: a colleague of the same company.",
    )
    user_id = fields.Many2one("res.users", related="employee_id.user_id", store=True, index="btree_not_null")
    company_id = fields.Many2one("res.company", related="manager_id.company_id", store=True, index=True)
    date_from = fields.Date(string="From", required=True, default=fields.Date.context_today)
    date_to = fields.Date(string="To", required=True)

    _dates_ordered = models.Constraint(
        "CHECK(date_to >= date_from)", "The last day comes before the first: change one of them."
    )
    # two people may name one at the same moment; int4range lets an integer take part without the extension btree_gist
    _one_at_a_time = models.Constraint(
        "EXCLUDE USING gist "
        "(int4range(manager_id, manager_id, '[]') WITH &&, daterange(date_from, date_to, '[]') WITH &&)",
        "There is a substitute on some of these days already: change one of the periods.",
    )

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    @api.depends("manager_id", "employee_id")
    def _compute_display_name(self):
        for substitute in self:
            name, manager = substitute.employee_id.name, substitute.manager_id.name
            substitute.display_name = f"{name} ({manager})" if name and manager else name

    # ---------------------------------------------------------------------
    # Constrains
    # ---------------------------------------------------------------------

    @api.constrains("manager_id", "employee_id")
    def _check_employee(self):
        for substitute in self.sudo():  # sudo: users are not readable by everybody
            colleague = substitute.employee_id
            if colleague == substitute.manager_id or colleague.user_id == substitute.manager_user_id:
                raise ValidationError(self.env._("Name a colleague: nobody is their own substitute."))
            if not substitute._is_able():
                raise ValidationError(
                    self.env._(
                        "%(name)s has no user who could answer: name a colleague who works in this database.",
                        name=colleague.name,
                    )
                )

    # ---------------------------------------------------------------------
    # CRUD
    # ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Name substitutes; what waits for the manager goes to them at once when their time has come."""
        substitutes = super().create(vals_list)
        substitutes._reroute(substitutes.sudo().manager_id)
        return substitutes

    def write(self, vals):
        """Change substitutes; what waits follows."""
        result = super().write(vals)
        self._reroute(self.sudo().manager_id)
        return result

    def unlink(self):
        """Remove substitutes; what waits goes back to the manager."""
        managers = self.sudo().manager_id
        result = super().unlink()
        self._reroute(managers)
        return result

    def _complete_create_vals(self, vals_list):
        for vals in vals_list:
            # sudo: by id; who may do it is asked here
            manager = self.env["hr.employee"].sudo().browse(vals.get("manager_id")) or self.env.user.employee_id.sudo()
            if not manager or not manager.exists():
                raise UserError(self.env._("There is no such employee: choose the manager who is away."))
            self._check_create_for(manager)
            vals["manager_id"] = manager.id
        return super()._complete_create_vals(vals_list)

    # ---------------------------------------------------------------------
    # Business
    # ---------------------------------------------------------------------

    @api.model
    def _get_current(self, managers):
        """Return the substitute of today by manager, today being that of the manager's zone."""
        if not managers:
            return {}
        now = fields.Datetime.now().replace(tzinfo=utc)
        today = now.date()
        # sudo: whoever asks need not read who is away
        substitutes = self.sudo().search(
            [
                ("manager_id", "in", managers.ids),
                ("date_from", "<=", fields.Date.add(today, days=1)),
                ("date_to", ">=", fields.Date.subtract(today, days=1)),
            ]
        )
        current = {}
        for substitute in substitutes:
            manager = substitute.manager_id
            zone = timezone(manager.tz or manager.company_id.resource_calendar_id.tz or "UTC")
            if substitute.date_from <= now.astimezone(zone).date() <= substitute.date_to:
                current[manager] = substitute
        return current

    def _is_able(self):
        """Return whether the substitute works here and may log in."""
        self.ensure_one()
        return self.employee_id.active and self.employee_id.user_id._is_volunteer_able()

    def _can_answer_about(self, applicant):
        """Return whether the substitute may answer a question about an employee.

        Nobody answers about themselves, nor chooses who does: an officer names nobody to decide on their own hours.
        """
        self.ensure_one()
        involved = self.user_id | self.create_uid | self.write_uid
        return self._is_able() and self.employee_id != applicant and applicant.user_id not in involved

    def _reroute(self, managers):
        self.env["hr.volunteer.approval"]._reroute(Domain("manager_id", "in", managers.ids))
