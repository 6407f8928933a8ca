from odoo import api, fields, models

from .door_mixin import OFFICER_GROUP


class ResPartner(models.Model):
    _inherit = "res.partner"

    is_volunteer_association = fields.Boolean(
        string="Association for Volunteering", help="Missions can be offered for this contact."
    )
    volunteer_cause_ids = fields.Many2many("hr.volunteer.cause", string="Causes")
    volunteer_mission_ids = fields.One2many(
        "hr.volunteer.mission", "association_id", string="Missions", readonly=True, groups=OFFICER_GROUP
    )
    volunteer_member_ids = fields.One2many(
        "hr.volunteer.association.member", "association_id", string="People in the Portal", groups=OFFICER_GROUP
    )
    volunteer_mission_count = fields.Integer(string="Mission Count", compute="_compute_volunteer_mission_count")
    volunteer_application_count = fields.Integer(
        string="Application Count", compute="_compute_volunteer_application_count", groups=OFFICER_GROUP
    )

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

    @api.depends("volunteer_mission_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_volunteer_application_count(self):
        counts = dict(
            self.env["hr.volunteer.application"]._read_group(
                [("association_id", "in", self.ids)], ["association_id"], ["__count"]
            )
        )
        for partner in self:
            partner.volunteer_application_count = counts.get(partner._origin, 0)

    def action_open_volunteer_applications(self):
        """Open the applications to missions of this association that the user may read."""
        self.ensure_one()
        self.env["hr.volunteer.application"].check_access("read")
        return {
            **self.env["ir.actions.actions"]._for_xml_id("volunteer_engagement.hr_volunteer_application_action"),
            "domain": [("association_id", "=", self.id)],
            "context": {},
        }

    def action_open_volunteer_missions(self):
        """Open the missions of this association."""
        self.ensure_one()
        self.env["hr.volunteer.mission"].check_access("read")
        return {
            **self.env["hr.volunteer.mission"]._get_window(),
            "domain": [("association_id", "=", self.id)],
            "context": {"default_association_id": self.id},
        }
