from odoo import Command, api, fields, models
from odoo.exceptions import AccessError

# those that change which officers are named, and none that change a user
LIST_COMMANDS = {Command.LINK, Command.UNLINK, Command.SET, Command.CLEAR}


class HrVolunteerSettings(models.TransientModel):
    """The settings of volunteering, for its administrators: Odoo's own window is for those of the whole system.

    It writes the fields of the mixin on the active company and nothing else. The page in Odoo's window has the same;
    its way of saving (``execute`` and ``cancel``) this follows.
    """

    _name = "hr.volunteer.settings"
    _description = "Volunteering Settings"
    _inherit = ["hr.volunteer.settings.mixin"]

    company_id = fields.Many2one(readonly=True)

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
