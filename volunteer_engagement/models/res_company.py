from odoo import api, fields, models

from .door_mixin import OFFICER_GROUP

MAX_INVITATION_DAYS = 365
MAX_RETENTION_MONTHS = 600


class ResCompany(models.Model):
    _inherit = "res.company"

    volunteer_validation_mode = fields.Selection(
        [
            ("manual", "By an officer"),
            ("automatic", "Automatically"),
        ],
        string="Validation of Registrations",
        required=True,
        default="manual",
        help="Automatically suits companies with single sign-on: whoever can log in is known to be an employee.",
    )
    volunteer_officer_ids = fields.Many2many(
        "res.users",
        "res_company_volunteer_officer_rel",
        string="Volunteering Officers",
        domain=lambda self: self.env["res.company"]._get_volunteer_officer_domain(),
        help="Get a mail for each registration to validate. Empty: all officers of the company.",
    )
    volunteer_responsible_id = fields.Many2one(
        "res.users",
        string="Volunteering Responsible",
        domain=lambda self: self.env["res.company"]._get_volunteer_officer_domain(),
        help="Gets one activity for each registration to validate, where the program names nobody.",
    )
    volunteer_manager_approval = fields.Selection(
        [
            ("required", "Required"),
            ("tacit", "Silence is a yes"),
            ("none", "Not needed"),
        ],
        string="Approval of Work Time",
        required=True,
        default="required",
        help="Required: the manager approves, asks for a change or refuses. Silence is a yes: without an answer in "
        "time the work time counts as given. Not needed: the manager is told by mail.",
    )

    volunteer_tacit_days = fields.Integer(
        string="Days to Answer",
        default=5,
        help="Working days of the manager after which silence is a yes.",
    )
    volunteer_work_hours_allowance = fields.Float(
        string="Work Time Allowance", help="Hours of work time per employee and calendar year. 0: no limit."
    )
    volunteer_offer_hours = fields.Integer(
        string="Time to Take a Place",
        default=48,
        help="Hours for which a place that became free is kept for the first on the waiting list.",
    )

    volunteer_invitation_days = fields.Integer(
        string="Invitations Are Valid",
        default=30,
        help="Days after which the link of an invitation ends; it can be sent again.",
    )
    volunteer_retention_months = fields.Integer(
        string="Keep Names",
        default=24,
        help="Months after which names, motivation and conversation of employees who withdrew, were refused or left "
        "are erased; hours stay without a name. 0: never.",
    )

    volunteer_public_pages = fields.Boolean(
        string="Public Pages",
        help="Anybody on the Internet may read the published programs and their missions. Otherwise only employees "
        "who are logged in do.",
    )

    _volunteer_retention_months_valid = models.Constraint(
        f"CHECK(volunteer_retention_months BETWEEN 0 AND {MAX_RETENTION_MONTHS})",
        f"Names are kept for 0 (for ever) to {MAX_RETENTION_MONTHS} months.",
    )
    _volunteer_invitation_days_valid = models.Constraint(
        f"CHECK(volunteer_invitation_days BETWEEN 1 AND {MAX_INVITATION_DAYS})",
        f"Invitations are valid for 1 to {MAX_INVITATION_DAYS} days.",
    )
    _volunteer_work_hours_allowance_positive = models.Constraint(
        "CHECK(volunteer_work_hours_allowance >= 0)", "The allowance of work time is 0 (no limit) or more hours."
    )
    _volunteer_tacit_days_valid = models.Constraint(
        "CHECK(volunteer_tacit_days BETWEEN 1 AND 60)", "Managers have 1 to 60 working days to answer."
    )
    _volunteer_offer_hours_positive = models.Constraint(
        "CHECK(volunteer_offer_hours > 0)", "A place is kept for one hour at least."
    )

    def _get_work_hours_allowance(self):
        """Return the hours of work time per employee and calendar year, 0 where there is no limit."""
        self.ensure_one()
        return self.volunteer_work_hours_allowance

    def _get_volunteer_officers(self):
        """Return the users who get the mails to officers: those of the settings, else all who are officers here."""
        self.ensure_one()
        if officers := self.volunteer_officer_ids.filtered("active"):
            return officers
        # sudo: users of a group are not readable by everybody
        return (
            self.env["res.users"]
            .sudo()
            .search([*self._get_volunteer_officer_domain(), ("company_ids", "in", self.id)])
        )

    @api.model
    def _get_volunteer_officer_domain(self):
        return [("all_group_ids", "in", self.env.ref(OFFICER_GROUP).ids)]
