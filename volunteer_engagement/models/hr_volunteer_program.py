from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .door_mixin import OFFICER_GROUP
from .lifecycle_mixin import Actor


class HrVolunteerProgram(models.Model):
    """A volunteering scheme of a company: who may take part, on what time, and who decides."""

    _name = "hr.volunteer.program"
    _description = "Volunteering Program"
    _inherit = ["hr.volunteer.presentation.mixin", "hr.volunteer.door.mixin"]
    _presentation_page = "program"
    _order = "name, id"
    _check_company_auto = True

    _officer_fields = frozenset(
        {
            "name",
            "description",
            "image",
            "is_published",
            "active",
            "officer_ids",
            "allowed_time_types",
            "department_ids",
            "employee_tag_ids",
            "work_location_ids",
            "min_seniority_months",
        }
    )
    # officers volunteer as well: they do not set what binds themselves
    _admin_fields = frozenset({"manager_approval", "work_hours_allowance", "user_id"})
    _create_fields = frozenset({"company_id"})

    name = fields.Char(required=True, translate=True)
    description = fields.Html(translate=True)
    is_published = fields.Boolean(
        string="Public",
        copy=False,
        help="Anybody reads the page of the program, where the settings open the pages. Employees always do.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        copy=False,
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Gets the activity for each registration to validate, and is asked where an employee has no manager.",
    )
    officer_ids = fields.Many2many(
        "res.users",
        string="Officers",
        domain=lambda self: self.env["res.company"]._get_volunteer_officer_domain(),
        help="Get the mails about new registrations. Empty: the officers of the settings.",
    )
    manager_approval = fields.Selection(
        [
            ("company", "As in the settings"),
            ("required", "Required"),
            ("tacit", "Silence is a yes"),
            ("none", "Not needed"),
        ],
        required=True,
        default="company",
        copy=False,
        help="Whether the manager is asked before work time is given. Without it the manager is told.",
    )
    allowed_time_types = fields.Selection(
        [
            ("both", "Work time and personal time"),
            ("work", "Work time only"),
            ("personal", "Personal time only"),
        ],
        string="Allowed Time",
        required=True,
        default="both",
    )
    work_hours_allowance = fields.Float(
        string="Work Time Allowance",
        copy=False,
        help="Hours of work time per employee and calendar year. 0: as in the settings.",
    )
    department_ids = fields.Many2many(
        "hr.department", string="Departments", check_company=True, help="With the departments below them. Empty: all."
    )
    employee_tag_ids = fields.Many2many(
        "hr.employee.category", string="Employee Tags", help="One is enough. Empty: all."
    )
    work_location_ids = fields.Many2many(
        "hr.work.location", string="Work Locations", check_company=True, help="Empty: all."
    )
    min_seniority_months = fields.Integer(string="Minimum Seniority", help="In months, without gaps. 0: none.")
    mission_ids = fields.One2many("hr.volunteer.mission", "program_id", string="Missions")
    mission_count = fields.Integer(compute="_compute_mission_count")
    my_registration_state = fields.Selection(
        selection=lambda self: self.env["hr.volunteer.registration"]._fields["state"]._description_selection(self.env),
        compute="_compute_my_registration_state",
        string="My Registration",
    )

    _work_hours_allowance_positive = models.Constraint(
        "CHECK(work_hours_allowance >= 0)", "The allowance is 0 (as in the settings) or more hours."
    )
    _min_seniority_positive = models.Constraint("CHECK(min_seniority_months >= 0)", "Seniority is 0 months or more.")

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    @api.depends("mission_ids")
    def _compute_mission_count(self):
        counts = dict(
            self.env["hr.volunteer.mission"]._read_group([("program_id", "in", self.ids)], ["program_id"], ["__count"])
        )
        for program in self:
            program.mission_count = counts.get(program, 0)

    @api.depends_context("uid")
    def _compute_my_registration_state(self):
        registrations = self.env["hr.volunteer.registration"].search([("employee_user_id", "=", self.env.uid)])
        state_by_company = {registration.company_id: registration.state for registration in registrations}
        for program in self:
            program.my_registration_state = state_by_company.get(program.company_id)

    # ---------------------------------------------------------------------
    # CRUD
    # ---------------------------------------------------------------------

    def write(self, vals):
        """Write; the missions of an archived program close, and open questions go to its new responsible."""
        ending = self.filtered("active") if "active" in vals and not vals["active"] else self.browse()
        result = super().write(vals)
        if ending:
            # sudo: the system closes them, also for whoever archives by another way
            missions = ending.sudo().mission_ids.filtered(lambda mission: mission.state == "published")
            missions._transition(
                "closed",
                actor=Actor("system", self.env.user.partner_id),
                reason=self.env._("The program was archived."),
            )
        if "user_id" in vals:
            self.env["hr.volunteer.approval"]._reroute(Domain("application_id.program_id", "in", self.ids))
        return result

    # ---------------------------------------------------------------------
    # Actions
    # ---------------------------------------------------------------------

    def action_join(self):
        """Register the user for volunteering through this program, or again after a refusal or a withdrawal.

        :return: the window of the registration
        :raise UserError: when the user is no employee of the company, or not among those whom the program is for
        """
        self.ensure_one()
        self.check_access("read")
        registration = self.env["hr.volunteer.registration"]._join(self)
        # there is one for each employee: no second one is made from here
        return registration._get_records_action(name=self.env._("My Registration"), context={"create": False})

    def action_open_missions(self):
        """Open the missions of this program."""
        self.ensure_one()
        self.check_access("read")
        return {
            **self.env["hr.volunteer.mission"]._get_window(),
            "domain": [("program_id", "=", self.id)],
            "context": {"default_program_id": self.id},
        }

    # ---------------------------------------------------------------------
    # Business
    # ---------------------------------------------------------------------

    def _check_eligible(self, employees):
        """Raise in words when the program is not for one of the employees.

        :raise UserError: names the person and the condition that is not met
        """
        self.ensure_one()
        # sudo: departments, tags and seniority of an employee are not readable by colleagues
        program, employees = self.sudo(), employees.sudo()
        for employee in employees:
            unmet = program._get_unmet_condition(employee)
            if unmet:
                raise UserError(
                    self.env._(
                        "The program “%(program)s” is not open to %(employee)s: %(condition)s. "
                        "Choose another program, or ask its responsible.",
                        program=program.name,
                        employee=employee.name,
                        condition=unmet,
                    )
                )

    def _get_unmet_condition(self, employee):
        """Return in words the first condition that the employee does not meet, or nothing when all are met."""
        if not self.active:
            return self.env._("it has ended")
        if employee.company_id != self.company_id:
            return self.env._("it belongs to another company")
        if self.department_ids and not self._is_in_departments(employee.department_id):
            return self.env._("it is for certain departments")
        if self.employee_tag_ids and not self.employee_tag_ids & employee.category_ids:
            return self.env._("it is for employees with certain tags")
        if self.work_location_ids and employee.work_location_id not in self.work_location_ids:
            return self.env._("it is for certain work locations")
        if self.min_seniority_months:
            since = employee._get_first_version_date()
            if not since or since + relativedelta(months=self.min_seniority_months) > fields.Date.context_today(self):
                return self.env._("it asks for %(months)s months of seniority", months=self.min_seniority_months)
        return ""

    def _is_in_departments(self, department):
        above = {int(part) for part in (department.parent_path or "").split("/") if part}
        return not above.isdisjoint(self.department_ids.ids)

    def _get_manager_approval(self):
        """Return ``required``, ``tacit`` or ``none``: the program's own mode, else the company's."""
        self.ensure_one()
        if self.manager_approval != "company":
            return self.manager_approval
        return self.company_id.volunteer_manager_approval

    def _get_work_hours_allowance(self):
        """Return the hours of work time per employee and calendar year, 0 where there is no limit."""
        self.ensure_one()
        return self.work_hours_allowance or self.company_id._get_work_hours_allowance()

    def _get_allowance_owner(self):
        """Return whose allowance hours of this program use up: its own where it has one, else the company's."""
        self.ensure_one()
        return self if self.work_hours_allowance else self.company_id

    def _get_responsible(self):
        """Return the officer who gets the activities of this program: its responsible, the company's, or another."""
        self.ensure_one()
        candidates = self.user_id + self.company_id.volunteer_responsible_id + self._get_officers()
        # whoever is named but is no officer could not answer
        return candidates.filtered(lambda user: user.active and user.has_group(OFFICER_GROUP))[:1]

    def _get_officers(self):
        """Return the users who get the mails about registrations of this program."""
        self.ensure_one()
        return self.officer_ids.filtered("active") or self.company_id._get_volunteer_officers()
