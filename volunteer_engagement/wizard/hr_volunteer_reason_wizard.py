from odoo import fields, models
from odoo.exceptions import UserError

from ..models.door_mixin import is_id

# the steps that need a reason or a mission, by model: nothing else is ever called
STEPS_BY_MODEL = {
    "hr.volunteer.registration": {"refuse"},
    "hr.volunteer.application": {"refuse", "cancel", "redirect", "request_changes", "exceed"},
    "hr.volunteer.approval": {"refuse", "request_changes"},
}


class HrVolunteerReasonWizard(models.TransientModel):
    """Ask why (or where to), then make the step on the records it was opened for."""

    _name = "hr.volunteer.reason.wizard"
    _description = "Reason of a Volunteering Step"

    res_model = fields.Char(required=True, readonly=True)
    res_ids = fields.Json(required=True, readonly=True)
    step = fields.Selection(
        [
            ("refuse", "Refuse"),
            ("cancel", "Cancel"),
            ("request_changes", "Ask for a change"),
            ("redirect", "Propose another mission"),
            ("exceed", "Exceed the allowance"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Text()
    association_id = fields.Many2one("res.partner", compute="_compute_association_id")
    mission_id = fields.Many2one(
        "hr.volunteer.mission",
        domain="[('state', '=', 'published'), ('association_id', '=', association_id)]",
    )

    def _compute_association_id(self):
        for wizard in self:
            wizard.association_id = wizard.step == "redirect" and wizard._get_records()[:1].association_id

    def action_confirm(self):
        """Make the step with the reason that was given.

        :raise UserError: when the reason, or the mission to propose, is missing
        """
        self.ensure_one()
        records = self._get_records()
        if self.step == "redirect":
            if not self.mission_id:
                raise UserError(self.env._("Choose the mission to propose."))
            records._redirect(self.mission_id)
        elif self.step == "cancel":
            records._cancel(self.reason)
        elif self.step == "request_changes":
            records._request_changes(self.reason)
        elif self.step == "exceed":
            records._exceed(self.reason)
        else:
            records._refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}

    def _get_records(self):
        ids = self.res_ids if isinstance(self.res_ids, list) else []
        if not ids or not all(map(is_id, ids)) or self.step not in STEPS_BY_MODEL.get(self.res_model, ()):
            raise UserError(self.env._("Open this window from a button of the record."))
        records = self.env[self.res_model].browse(ids)
        records.check_access("read")
        return records
