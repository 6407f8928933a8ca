from odoo import Command, api, fields, models
from odoo.exceptions import AccessError

# those that change which officers are named, and none that change a user
LIST_COMMANDS = {Command.LINK, Command.UNLINK, Command.SET, Command.CLEAR}


class HrVolunteerSettings(models.TransientModel):
    """The settings of volunteering, for its administrators: Odoo's own window is for those of the whole system.

    It writes the fields listed here on the active company and nothing else. They are the ones of the page in Odoo's
    window, whose way of saving (``execute`` and ``cancel``) this follows.
    """

    _name = "hr.volunteer.settings"
    _description = "Volunteering Settings"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    volunteer_validation_mode = fields.Selection(related="company_id.volunteer_validation_mode", readonly=False)
    volunteer_officer_ids = fields.Many2many(related="company_id.volunteer_officer_ids", readonly=False)
    volunteer_responsible_id = fields.Many2one(related="company_id.volunteer_responsible_id", readonly=False)
    volunteer_manager_approval = fields.Selection(related="company_id.volunteer_manager_approval", readonly=False)
    volunteer_tacit_days = fields.Integer(related="company_id.volunteer_tacit_days", readonly=False)
    volunteer_work_hours_allowance = fields.Float(related="company_id.volunteer_work_hours_allowance", readonly=False)
    volunteer_offer_hours = fields.Integer(related="company_id.volunteer_offer_hours", readonly=False)
    volunteer_retention_months = fields.Integer(related="company_id.volunteer_retention_months", readonly=False)

    @api.depends("company_id")
    def _compute_display_name(self):
        for settings in self:
            settings.display_name = self.env._("Settings")

    # ---------------------------------------------------------------------
    # CRUD
    # ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Save the settings of the active company.

        :raise AccessError: for all but administrators, and for anything else than settings of volunteering
        """
        self.browse().check_access("create")
        company = self.env.company
        for vals in vals_list:
            self._check_settings(vals)
        # sudo: companies are written by Odoo's administrators; these fields are those of volunteering alone
        settings = super(HrVolunteerSettings, self.sudo())
        records = settings.create([{**vals, "company_id": company.id} for vals in vals_list])
        return records.sudo(self.env.su)

    def write(self, vals):
        """Save the settings of the company that was active when the window was opened, see ``create``."""
        self.check_access("write")
        self._check_settings(vals)
        # sudo: see create
        return super(HrVolunteerSettings, self.sudo()).write(vals)

    # ---------------------------------------------------------------------
    # Actions
    # ---------------------------------------------------------------------

    def execute(self):
        """Show what was saved: the web client saves before it calls this."""
        self.check_access("write")
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def cancel(self):
        """Show the settings as they are."""
        self.check_access("write")
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    # ---------------------------------------------------------------------
    # Helpers
    # ---------------------------------------------------------------------

    def _check_settings(self, vals):
        fields_written = {name for name in self._fields if name.startswith("volunteer_")}
        commands = vals.get("volunteer_officer_ids") or ()
        is_list = all(isinstance(command, int) or command[0] in LIST_COMMANDS for command in commands)
        if not fields_written.issuperset(vals) or not is_list:
            raise AccessError(self.env._("Only the settings of volunteering are changed here."))
