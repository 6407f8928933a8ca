from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_datetime

from .hr_volunteer_slot import format_hours


class HrVolunteerApplication(models.Model):
    """What guides an employee: whose turn it is, what comes next in words, and how the year stands."""

    _inherit = "hr.volunteer.application"

    turn = fields.Selection(
        [
            ("employee", "The employee"),
            ("manager", "The manager"),
            ("association", "The association"),
            ("place", "A free place"),
            ("date", "The date"),
            ("over", "Nobody: it is over"),
        ],
        string="Waits for",
        compute="_compute_turn",
        store=True,
        index=True,
    )
    next_step = fields.Char(compute="_compute_next_step", help="What comes next, and who does it.")
    first_slot_date = fields.Datetime(string="First Date", compute="_compute_first_slot_date", store=True)
    first_date = fields.Datetime(
        string="Next Date", compute="_compute_first_date", help="The first date to come, else the last one."
    )
    allowed_time_types = fields.Selection(related="mission_id.allowed_time_types")
    is_full = fields.Boolean(string="Full", compute="_compute_is_full", compute_sudo=True)
    skip_contact = fields.Boolean(related="mission_id.skip_contact")

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    @api.depends("state", "offer_deadline", "mission_id.skip_contact")
    def _compute_turn(self):
        turns = {
            "draft": "employee",
            "contact": "employee",
            "to_approve": "manager",
            "confirmed": "date",
        }
        for application in self:
            if application.state == "applied":
                application.turn = "employee" if application.mission_id.skip_contact else "association"
            elif application.state == "waiting":
                application.turn = "employee" if application.offer_deadline else "place"
            else:
                application.turn = turns.get(application.state, "over")

    @api.depends("state", "offer_deadline", "change_reason", "slot_ids.state", "slot_ids.date_start", "approval_ids")
    @api.depends_context("uid", "lang", "tz")
    def _compute_next_step(self):
        for application in self:
            application.next_step = application._describe_next_step()

    @api.depends("slot_ids.state", "slot_ids.date_start")
    def _compute_first_slot_date(self):
        for application in self:
            application.first_slot_date = min(application._get_starts(), default=False)

    @api.depends("slot_ids.state", "slot_ids.date_start")
    def _compute_first_date(self):
        now = fields.Datetime.now()
        for application in self:
            starts = application._get_starts()
            coming = [start for start in starts if start > now]
            application.first_date = min(coming, default=max(starts, default=False))

    @api.depends("mission_id", "slot_ids.shift_id", "slot_ids.state")
    def _compute_is_full(self):
        for application in self:
            application.is_full = bool(application.mission_id) and not application._has_room()

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """Order by turn as it stands in the selection: what waits for the employee first."""
        if field_name != "turn":
            return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        turn = self._field_to_sql(alias, field_name, query)
        return SQL(
            "array_position(%s, %s::text) %s %s", self._fields["turn"].get_values(self.env), turn, direction, nulls
        )

    # ---------------------------------------------------------------------
    # Actions
    # ---------------------------------------------------------------------

    def action_send(self):
        """Apply from the window of the catalogue, or join the waiting list of what is full and needs no talk.

        :return: what follows, in words; where no talk is needed, the application with its dates to confirm
        :raise UserError: with what to do; the application is kept as a draft
        """
        self.ensure_one()
        if "waiting" in self._next_states():
            self.action_wait()
            message = self.env._("You are on the waiting list: you get a mail as soon as a place is kept for you.")
        else:
            self.action_apply()
            if self.skip_contact:
                return self._get_records_action(name=self.env._("My Application"))
            message = self.env._(
                "Sent to %(association)s: they will get in touch with you.",
                association=self.association_id.display_name,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.model
    def get_volunteer_summary(self):
        """Return the user's own year in figures, and the registration, for the head of “My Volunteering”.

        :return: ``year``, hours in words (``done``, ``planned``, ``left``, ``allowance``), the state of the
            ``registration``, or nothing, and ``is_employee``
        """
        self.browse().check_access("read")
        return self._get_summary(self.env.company)

    # ---------------------------------------------------------------------
    # Helpers
    # ---------------------------------------------------------------------

    @api.model
    def _get_summary(self, company):
        """Return what ``get_volunteer_summary`` does, for the user as an employee of ``company``."""
        year = fields.Date.context_today(self).year
        employee = self._get_own_employees(company).get(company)
        domain = [("employee_user_id", "=", self.env.uid), ("company_id", "=", company.id)]
        hours = dict.fromkeys(("confirmed", "attended"), 0)
        # sudo: their own, and what parts a year is the zone of the employee
        for slot in self.env["hr.volunteer.slot"].sudo().search([*domain, ("state", "in", list(hours))]):
            hours[slot.state] += slot._get_hours_by_year().get(year, 0)
        # sudo: their own; portal users have no access to the model
        registration = self.env["hr.volunteer.registration"].sudo().search(domain, limit=1)
        allowance = employee.volunteer_allowance if employee else 0
        return {
            "year": str(year),
            "is_employee": bool(employee),
            "registration": registration.state,
            "done": format_hours(hours["attended"]),
            "planned": format_hours(hours["confirmed"]),
            "left": format_hours(max(employee.volunteer_balance, 0)) if allowance else False,
            "allowance": format_hours(allowance) if allowance else False,
        }

    def _get_starts(self):
        """Return when the dates begin, in UTC, of all that are not cancelled."""
        return [slot.date_start for slot in self.slot_ids if slot.date_start and slot.state != "cancelled"]

    def _format_in_zone(self, moment, tz, dt_format):
        """Return a moment in words in a time zone, which is named where it is not the reader's."""
        words = format_datetime(self.env, moment, tz=tz, dt_format=dt_format)
        return f"{words} ({tz})" if tz and tz != self.env.tz.zone else words

    def _get_reader_tz(self):
        """Return the time zone of the reader, else that of the mission."""
        return self.env.context.get("tz") or self.env.user.tz or self._get_mission_tz()

    def _get_mission_tz(self):
        # sudo: whoever reads the application knows where its mission is
        return self.sudo().mission_id.tz

    def _describe_next_step(self):
        """Return one sentence that says what comes next and whose turn it is, to the employee or to others."""
        self.ensure_one()
        describe = {
            "draft": self._describe_draft,
            "applied": self._describe_applied,
            "contact": self._describe_contact,
            "waiting": self._describe_waiting,
            "to_approve": self._describe_to_approve,
            "confirmed": self._describe_confirmed,
            "done": self._describe_done,
            "refused": self._describe_refused,
            "cancelled": self._describe_cancelled,
        }
        return describe[self.state]()

    def _describe_draft(self):
        if self.is_mine:
            return self.env._("Your draft: check the dates and send it.")
        return self.env._("A draft: the employee has not sent it yet.")

    def _describe_applied(self):
        if not self.skip_contact:
            return self.env._("The association was told and will get in touch.")
        if self.is_mine:
            return self.env._("No talk is needed: confirm your dates.")
        return self.env._("No talk is needed: the employee confirms the dates.")

    def _describe_contact(self):
        if self.change_reason:
            return self.env._("Change the dates, then confirm them: %(reason)s", reason=self.change_reason)
        if self.is_mine:
            return self.env._("Agree on dates with the association, then confirm them.")
        return self.env._("The employee confirms the dates once they are agreed on.")

    def _describe_waiting(self):
        if not self.offer_deadline:
            return self.env._("It is full: a mail comes as soon as a place is kept.")
        # as the mail says it
        deadline = self._format_in_zone(self.offer_deadline, self._get_mission_tz(), "short")
        if self.is_mine:
            return self.env._("A place is kept for you until %(deadline)s: take it.", deadline=deadline)
        return self.env._("A place is kept for the employee until %(deadline)s.", deadline=deadline)

    def _describe_to_approve(self):
        approval = self.approval_ids.filtered(lambda approval: approval.state == "pending")[:1]
        if approval and not approval.approver_id:
            return self.env._("Nobody is there to approve it yet: an officer looks after it.")
        if approval.deadline:
            return self.env._(
                "The manager answers until %(deadline)s, else it is agreed.",
                deadline=self._format_in_zone(approval._get_last_moment(), self._get_reader_tz(), "short"),
            )
        return self.env._("The manager was asked and has not answered yet.")

    def _describe_confirmed(self):
        now = fields.Datetime.now()
        coming = self.slot_ids.filtered(lambda slot: slot.state == "confirmed" and slot.date_start > now)
        if coming:
            # as the dates beside it
            first = min(coming.mapped("date_start"))
            date = self._format_in_zone(first, self._get_mission_tz(), "EEE d MMM, HH:mm")
            return self.env._("All is settled. Next date: %(date)s", date=date)
        unsaid = self._get_unsaid_slots()
        if any(slot.date_end > now for slot in unsaid):
            return self.env._("It is going on now.")
        if unsaid:
            return self.env._("The date is over: the association or an officer says who was there.")
        return self.env._("All is said: it will be closed.")

    def _describe_done(self):
        return self.env._("Done: %(hours)s. Thank you!", hours=self._format_done_hours())

    def _describe_refused(self):
        return self.env._("Refused: %(reason)s", reason=self.refusal_reason or "")

    def _describe_cancelled(self):
        return self.env._("Cancelled: %(reason)s", reason=self.cancel_reason or "")
