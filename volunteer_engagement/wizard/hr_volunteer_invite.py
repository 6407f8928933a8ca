from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models.hr_volunteer_invitation import REGISTERED_STATES

# names after which the rest is a number
MAX_NAMES = 8
EMPLOYEE_MODELS = ("hr.employee", "hr.employee.public")


class HrVolunteerInvite(models.TransientModel):
    """Choose whom to invite, see who gets a mail and who does not and why, and send.

    Officers need no rights of HR: employees are found as superuser in one of the active companies, and their names are
    all that is shown.
    """

    _name = "hr.volunteer.invite"
    _description = "Invite Employees to Volunteer"
    # lets officers without rights of HR choose employees
    _inherit = ["hr.mixin"]
    _check_company_auto = True

    def _default_company_id(self):
        # of the program whose form opens the window
        program = self.env["hr.volunteer.program"].browse(self.env.context.get("default_program_id") or ())
        return program.company_id or self.env.company

    def _default_employee_ids(self):
        # those that were chosen in a list of employees
        context = self.env.context
        return context.get("active_ids") if context.get("active_model") in EMPLOYEE_MODELS else False

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self._default_company_id())
    program_id = fields.Many2one(
        "hr.volunteer.program",
        check_company=True,
        help="What they are invited to. Empty: the volunteering of the company.",
    )
    audience = fields.Selection(
        [
            ("all", "All who are not registered yet"),
            ("departments", "Departments, with those below them"),
            ("tags", "Employees with certain tags"),
            ("employees", "Employees whom I choose"),
        ],
        string="Whom",
        required=True,
        default=lambda self: "employees" if self._default_employee_ids() else "all",
    )
    department_ids = fields.Many2many("hr.department", string="Departments", check_company=True)
    tag_ids = fields.Many2many("hr.employee.category", string="Tags")
    employee_ids = fields.Many2many(
        "hr.employee",
        string="Employees",
        domain="[('company_id', '=', company_id)]",
        default=lambda self: self._default_employee_ids(),
    )
    again = fields.Boolean(
        string="Send open invitations again", help="Also to those who have one that they have not answered."
    )
    recipient_count = fields.Integer(compute="_compute_preview")
    open_count = fields.Integer(compute="_compute_preview")
    left_out = fields.Html(compute="_compute_preview", sanitize=False, string="Who Gets No Mail")

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    @api.depends("company_id", "program_id", "audience", "department_ids", "tag_ids", "employee_ids", "again")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_preview(self):
        for wizard in self:
            recipients, invited, obstacles = wizard._get_choice()
            names_by_words = {}
            for employee, words in obstacles.items():
                names_by_words.setdefault(words, []).append(employee.name)
            if invited and not wizard.again:
                names_by_words[self.env._("invited already, and the link is valid still")] = invited.mapped("name")
            wizard.recipient_count = len(recipients)
            wizard.open_count = len(invited)
            wizard.left_out = wizard._prepare_left_out(names_by_words)

    def _prepare_left_out(self, names_by_words):
        lines = Markup()
        for words, names in sorted(names_by_words.items(), key=lambda item: -len(item[1])):
            shown = ", ".join(sorted(names)[:MAX_NAMES])
            if len(names) > MAX_NAMES:
                shown = self.env._("%(names)s and %(number)s others", names=shown, number=len(names) - MAX_NAMES)
            lines += Markup("<li><strong>%s</strong> %s<br/>%s</li>") % (len(names), words, shown)
        return Markup("<ul class='mb-0'>%s</ul>") % lines if lines else False

    @api.onchange("company_id")
    def _onchange_company_id(self):
        company = self.company_id
        self.program_id = self.program_id.filtered(lambda program: program.company_id == company)
        self.department_ids = self.department_ids.filtered(
            lambda department: not department.company_id or department.company_id == company
        )
        self.employee_ids = self.employee_ids.filtered(lambda employee: employee.company_id == company)

    # ---------------------------------------------------------------------
    # Actions
    # ---------------------------------------------------------------------

    def action_send(self):
        """Invite all who get a mail, and say how many.

        :raise UserError: where nobody gets one
        """
        self.ensure_one()
        self.check_access("write")
        recipients, _invited, _obstacles = self._get_choice()
        if not recipients:
            raise UserError(self.env._("Nobody of these would get a mail: choose others, or read why below."))
        invitations = self.env["hr.volunteer.invitation"]._invite(recipients, self.program_id, self.again)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(number)s invitations are on their way.", number=len(invitations))
                if len(invitations) > 1
                else self.env._("The invitation of %(name)s is on its way.", name=invitations.display_name),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ---------------------------------------------------------------------
    # Helpers
    # ---------------------------------------------------------------------

    def _get_choice(self):
        """Return who gets a mail, those of the chosen who are invited already, and who gets none and why."""
        self.ensure_one()
        # asked here as well: a window that was never saved computes what it shows
        self.env["hr.volunteer.invitation"].check_access("create")
        employees = self._get_employees()
        obstacles = self.env["hr.volunteer.invitation"]._get_obstacles(employees, self.program_id)
        free = employees.filtered(lambda employee: employee not in obstacles)
        invitations = self.env["hr.volunteer.invitation"].search(
            [("employee_id", "in", free.ids), ("status", "in", ("sent", "opened"))]
        )
        invited = employees.browse(invitations.employee_id.ids).with_prefetch(employees.ids)
        return free if self.again else free - invited, invited, obstacles

    def _get_employees(self):
        """Return the chosen employees as superuser: active ones of the company, which is an active one."""
        # sudo: officers need no rights of HR to invite; the company is one of theirs
        employees = self.env["hr.employee"].sudo()
        if self.company_id not in self.env.companies:
            return employees
        return employees.search(Domain("company_id", "=", self.company_id.id) & self._get_audience_domain())

    def _get_audience_domain(self):
        if self.audience == "departments":
            return Domain("department_id", "child_of", self.department_ids.ids)
        if self.audience == "tags":
            return Domain("category_ids", "in", self.tag_ids.ids)
        if self.audience == "employees":
            # sudo: those of another company are left out by the search and refused to nobody
            return Domain("id", "in", self.sudo().with_context(active_test=False).employee_ids.ids)
        # sudo: also the officer's own registration counts
        registrations = self.env["hr.volunteer.registration"].sudo()
        registered = registrations.search(
            [("company_id", "=", self.company_id.id), ("state", "in", REGISTERED_STATES)]
        )
        return Domain("id", "not in", registered.employee_id.ids)
