from odoo import api, fields, models


class HrVolunteerPlacesMixin(models.AbstractModel):
    """Offer a number of places, count those that are taken, and see to whoever waits when their number changes.

    The other side of ``hr.volunteer.seat.mixin``: what holds numbered seats here are the records of ``_seat_field``.
    """

    _name = "hr.volunteer.places.mixin"
    _description = "Places that can be taken"

    # the one2many of those who take the places
    _seat_field = None

    capacity = fields.Integer(string="Places", help="How many people can take part. 0: no limit.")
    seats_taken = fields.Integer(string="Places Taken", compute="_compute_seats", compute_sudo=True)
    seats_available = fields.Integer(string="Places Left", compute="_compute_seats", compute_sudo=True)
    is_full = fields.Boolean(string="Full", compute="_compute_seats", compute_sudo=True)

    @api.depends(lambda self: ("capacity", f"{self._seat_field}.seat_number") if self._seat_field else ())
    def _compute_seats(self):
        field = self._fields[self._seat_field]
        counts = dict(
            self.env[field.comodel_name]._read_group(
                [(field.inverse_name, "in", self.ids), ("seat_number", "!=", 0)], [field.inverse_name], ["__count"]
            )
        )
        for record in self:
            record.seats_taken = counts.get(record._origin, 0)
            record.seats_available = max(record.capacity - record.seats_taken, 0)
            record.is_full = bool(record.capacity) and not record.seats_available

    def write(self, vals):
        """Write; a place more goes to whoever waits, a place less is looked at again after the commit."""
        # sudo: technical, whatever the writer reads
        before = {record: record.capacity for record in self.sudo()} if "capacity" in vals else {}
        result = super().write(vals)
        if before:
            missions = self._get_missions()
            if any(0 < record.capacity < (capacity or record.capacity + 1) for record, capacity in before.items()):
                missions._trigger_sweep()
            missions._offer_places()
        return result

    def _get_missions(self):
        """Hook: return the missions whose places these are."""
        return self.env["hr.volunteer.mission"]
