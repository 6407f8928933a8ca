from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import format_datetime, format_time

from .door_mixin import OFFICER_GROUP
from .hr_volunteer_slot import MAX_HOURS


class HrVolunteerShift(models.Model):
    """A fixed date and time that a mission offers, with places of its own. Dates are in UTC."""

    _name = "hr.volunteer.shift"
    _description = "Volunteering Shift"
    _inherit = ["hr.volunteer.places.mixin", "hr.volunteer.door.mixin"]
    _order = "date_start, id"

    _officer_fields = frozenset({"date_start", "date_end", "capacity"})
    _create_fields = frozenset({"mission_id"})
    _seat_field = "slot_ids"

    mission_id = fields.Many2one("hr.volunteer.mission", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", related="mission_id.company_id", store=True, index=True)
    mission_state = fields.Selection(related="mission_id.state", store=True)
    date_start = fields.Datetime(string="Start", required=True)
    date_end = fields.Datetime(string="End", required=True)
    slot_ids = fields.One2many(
        "hr.volunteer.slot",
        "shift_id",
        string="Dates of Employees",
        groups=OFFICER_GROUP,
    )

    _capacity_positive = models.Constraint("CHECK(capacity >= 0)", "Places are 0 (no limit) or more.")
    _dates_ordered = models.Constraint(
        "CHECK(date_end > date_start)", "A shift ends before it starts: change one of the times."
    )

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    @api.depends("date_start", "date_end", "mission_id.tz")
    @api.depends_context("lang", "show_places")
    def _compute_display_name(self):
        """Name shifts by their time; in a choice of them (``show_places`` in the context) with the places left."""
        for shift in self:
            shift.display_name = shift._get_times() if shift.date_start else ""
            if shift.date_start and shift.capacity and self.env.context.get("show_places"):
                shift.display_name += f" – {shift._get_places()}"

    # ---------------------------------------------------------------------
    # Constrains and onchange
    # ---------------------------------------------------------------------

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for shift in self:
            if not shift.date_start or not shift.date_end:
                raise ValidationError(self.env._("A shift needs a start and an end."))
            # the database refuses it too, but when it writes: here the person still has the form
            if shift.date_end <= shift.date_start:
                raise ValidationError(self.env._("A shift ends before it starts: change one of the times."))
            if shift.date_end - shift.date_start > timedelta(hours=MAX_HOURS):
                raise ValidationError(
                    self.env._("A shift has %(hours)s hours at most: make several days one by one.", hours=MAX_HOURS)
                )

    @api.constrains("capacity")
    def _check_capacity(self):
        for shift in self:
            if 0 < shift.capacity < shift.seats_taken:
                raise ValidationError(
                    self.env._(
                        "%(taken)s places of the shift %(shift)s are taken: give at least as many, or cancel "
                        "applications first.",
                        taken=shift.seats_taken,
                        shift=shift.display_name,
                    )
                )

    @api.onchange("date_start")
    def _onchange_date_start(self):
        if self.date_start and (not self.date_end or self.date_end <= self.date_start):
            self.date_end = self.date_start + timedelta(hours=3)

    # ---------------------------------------------------------------------
    # CRUD
    # ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Add shifts to missions that the writer may change."""
        shifts = super().create(vals_list)
        shifts.mission_id.check_access("write")
        return shifts

    def write(self, vals):
        """Change shifts. Dates that were only proposed follow."""
        result = super().write(vals)
        if not {"date_start", "date_end"}.isdisjoint(vals):
            for shift in self.sudo():
                proposed = shift.slot_ids.filtered(lambda slot: slot.state == "proposed")
                # through the shift: the dates of a slot that has one are the shift's
                proposed.write({"shift_id": shift.id})
        return result

    def _check_values(self, vals):
        super()._check_values(vals)
        if not {"date_start", "date_end"}.isdisjoint(vals) and self._get_settled_slots():
            raise UserError(
                self.env._("Somebody has confirmed this shift or waits for it: make another one for the new time.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: also dates that the person may not read forbid it
        if self.sudo().slot_ids:
            raise UserError(self.env._("Somebody has chosen this shift: cancel their applications first."))

    # ---------------------------------------------------------------------
    # Business
    # ---------------------------------------------------------------------

    def _get_missions(self):
        return self.mission_id

    def _get_times(self):
        """Return start and end in the mission's time zone, in words; the end without its day where it is the same."""
        self.ensure_one()
        start_day, start = self._format_moment(self.date_start)
        if not self.date_end:
            return f"{start_day}, {start}"
        end_day, end = self._format_moment(self.date_end)
        return f"{start_day}, {start} – {end}" if end_day == start_day else f"{start_day}, {start} – {end_day}, {end}"

    def _format_moment(self, moment):
        """Return day and time in words, in the mission's time zone."""
        tz = self.mission_id.tz or "UTC"
        day = format_datetime(self.env, moment, tz=tz, dt_format="EEE d MMM y")
        return day, format_time(self.env, moment, tz=tz, time_format="short")

    def _get_places(self):
        """Return how many places are left, in words."""
        self.ensure_one()
        if self.is_full:
            return self.env._("full")
        if self.seats_available == 1:
            return self.env._("1 place left")
        return self.env._("%(count)s places left", count=self.seats_available)

    def _get_settled_slots(self):
        # sudo: also dates that the person may not read count
        return self.sudo().slot_ids.filtered(
            lambda slot: slot.state in ("confirmed", "attended", "absent") or slot.application_id.state == "waiting"
        )
