from odoo import models


# extends Odoo's own, and needs its name for having a mixin besides
class ResConfigSettings(models.TransientModel):  # pylint: disable=unknown-option-value,no-wizard-in-models
    _name = "res.config.settings"
    _inherit = ["res.config.settings", "hr.volunteer.settings.mixin"]
