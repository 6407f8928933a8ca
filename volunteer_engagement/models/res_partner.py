from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    is_volunteer_association = fields.Boolean(
        string="Association for Volunteering", help="Missions can be offered for this contact."
    )
    volunteer_cause_ids = fields.Many2many("hr.volunteer.cause", string="Causes")
    volunteer_mission_count = fields.Integer(string="Mission Count", compute="_compute_volunteer_mission_count")

    @api.depends("is_volunteer_association")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_volunteer_mission_count(self):
        counts = {}
        if self.env["hr.volunteer.mission"].has_access("read"):
            counts = dict(
                self.env["hr.volunteer.mission"]._read_group(
                    [("association_id", "in", self.ids)], ["association_id"], ["__count"]
                )
            )
        for partner in self:
            partner.volunteer_mission_count = counts.get(partner, 0)

    def action_open_volunteer_missions(self):
        """Open the missions of this association."""
        self.ensure_one()
        self.env["hr.volunteer.mission"].check_access("read")
        return {
            **self.env["ir.actions.actions"]._for_xml_id("volunteer_engagement.hr_volunteer_mission_action"),
            "domain": [("association_id", "=", self.id)],
            "context": {"default_association_id": self.id},
        }
