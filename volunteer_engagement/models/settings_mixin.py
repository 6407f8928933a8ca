from odoo import api, fields, models


class HrVolunteerSettingsMixin(models.AbstractModel):
    """The settings of volunteering of a company, for the windows that show them."""

    _name = "hr.volunteer.settings.mixin"
    _description = "The settings of volunteering"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    volunteer_validation_mode = fields.Selection(related="company_id.volunteer_validation_mode", readonly=False)
    volunteer_officer_ids = fields.Many2many(related="company_id.volunteer_officer_ids", readonly=False)
    volunteer_responsible_id = fields.Many2one(related="company_id.volunteer_responsible_id", readonly=False)
    volunteer_manager_approval = fields.Selection(related="company_id.volunteer_manager_approval", readonly=False)
    volunteer_tacit_days = fields.Integer(related="company_id.volunteer_tacit_days", readonly=False)
    volunteer_work_hours_allowance = fields.Float(related="company_id.volunteer_work_hours_allowance", readonly=False)
    volunteer_offer_hours = fields.Integer(related="company_id.volunteer_offer_hours", readonly=False)
    volunteer_invitation_days = fields.Integer(related="company_id.volunteer_invitation_days", readonly=False)
    volunteer_retention_months = fields.Integer(related="company_id.volunteer_retention_months", readonly=False)
    volunteer_public_pages = fields.Boolean(related="company_id.volunteer_public_pages", readonly=False)
    is_reply_kept = fields.Boolean(
        compute="_compute_is_reply_kept",
        compute_sudo=True,
        help="Answers to mails come back to Odoo: the company has an alias domain.",
    )

    @api.depends("company_id")
    def _compute_is_reply_kept(self):
        for settings in self:
            settings.is_reply_kept = bool(settings.company_id.catchall_email)
