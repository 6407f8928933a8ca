from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import Command, api, fields, models
from odoo.fields import Domain

from .application_checks_mixin import OPEN_STATES
from .hr_volunteer_slot import MAX_HOURS

# a proposal where the mission has no dates of its own: far enough to be agreed on
PROPOSED_DAYS_AHEAD = 10
PROPOSED_HOURS = (9, 12)


class HrVolunteerMission(models.Model):
    """What the catalogue says of a mission: where it is, how many places are left, and what the reader does next."""

    _inherit = "hr.volunteer.mission"

    city = fields.Char(compute="_compute_city", store=True, help="Where the mission takes place; empty where remote.")
    color = fields.Integer(compute="_compute_color", help="Of the first cause.")
    allowed_time_types = fields.Selection(related="program_id.allowed_time_types", store=True)
    coming_shift_count = fields.Integer(
        string="Shifts to Come", compute="_compute_places", compute_sudo=True, help="Shifts that have not begun."
    )
    places_left = fields.Integer(
        string="Places to Take",
        compute="_compute_places",
        compute_sudo=True,
        help="On the mission and on its shifts to come; 0 where there is no limit.",
    )
    has_places = fields.Boolean(
        string="Places to Be Had", compute="_compute_places", compute_sudo=True, search="_search_has_places"
    )
    on_weekend = fields.Boolean(
        string="On a Weekend",
        compute="_compute_on_weekend",
        search="_search_on_weekend",
        help="A day of it, or a shift, is on a Saturday or Sunday, or its dates are flexible.",
    )
    my_application_id = fields.Many2one("hr.volunteer.application", compute="_compute_my_step")
    my_step = fields.Selection(
        [
            ("apply", "Apply"),
            ("wait", "Join the waiting list"),
            ("draft", "Send your application"),
            ("applied", "You applied"),
            ("join", "Join the program first"),
            ("pending", "Your registration is being validated"),
            ("ineligible", "Not open to you"),
            ("closed", "Takes no applications"),
        ],
        string="My Next Step",
        compute="_compute_my_step",
    )

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    @api.depends("location_type", "address_id.city")
    def _compute_city(self):
        for mission in self:
            mission.city = mission.location_type != "remote" and mission.address_id.city

    @api.depends("cause_ids.color")
    def _compute_color(self):
        for mission in self:
            mission.color = mission.cause_ids[:1].color

    @api.depends(
        "capacity",
        "application_ids.seat_number",
        "shift_ids.capacity",
        "shift_ids.date_start",
        "shift_ids.slot_ids.seat_number",
    )
    def _compute_places(self):
        now = fields.Datetime.now()
        # those of all missions at once
        self.shift_ids.mapped("seats_available")
        for mission in self:
            shifts = mission.shift_ids.filtered(lambda shift: shift.date_start > now)
            limits = [mission.seats_available] if mission.capacity else []
            if shifts and all(shift.capacity for shift in shifts):
                limits.append(sum(shifts.mapped("seats_available")))
            mission.coming_shift_count = len(shifts)
            mission.places_left = min(limits, default=0)
            mission.has_places = not limits or bool(mission.places_left)

    def _search_has_places(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: seats of colleagues count, their applications stay unread
        missions = self.sudo().search([("state", "=", "published")])
        return Domain("id", "in", missions.filtered("has_places").ids)

    @api.depends("tz", "date_start", "date_end", "shift_ids.date_start")
    def _compute_on_weekend(self):
        for mission in self:
            # flexible without a start; without an end it goes on
            is_open = not mission.shift_ids and not (mission.date_start and mission.date_end)
            mission.on_weekend = is_open or any(day.weekday() > 4 for day in mission._get_coming_days())

    def _search_on_weekend(self, operator, value):
        if operator != "in":
            return NotImplemented
        missions = self.search([("state", "=", "published")])
        return Domain("id", "in", missions.filtered("on_weekend").ids)

    @api.depends("state", "date_end", "program_id", "has_places", "skip_contact")
    @api.depends_context("uid")
    def _compute_my_step(self):
        domain = [("employee_user_id", "=", self.env.uid)]
        applications = self.env["hr.volunteer.application"].search_fetch(
            [*domain, ("mission_id", "in", self.ids), ("state", "in", OPEN_STATES)], ["mission_id", "state"]
        )
        application_by_mission = {application.mission_id.id: application for application in applications}
        registrations = self.env["hr.volunteer.registration"].search_fetch(domain, ["company_id", "state"])
        registration_by_company = {registration.company_id.id: registration.state for registration in registrations}
        # sudo: programs say for whom they are by tags and departments; the answer is about the reader alone
        programs = self.sudo().program_id
        employees = self._get_own_employees(programs.company_id)
        unmet = {
            program.id: program._get_unmet_condition(employees[program.company_id])
            for program in programs
            if program.company_id in employees
        }
        for mission in self:
            application = application_by_mission.get(mission._origin.id, self.env["hr.volunteer.application"])
            mission.my_application_id = application
            if application and application.state != "draft":
                mission.my_step = "applied"
            elif mission._is_over():
                mission.my_step = "closed"
            elif mission.program_id.id not in unmet:
                mission.my_step = False
            elif unmet[mission.program_id.id]:
                mission.my_step = "ineligible"
            elif registration_by_company.get(mission.company_id.id) not in ("pending", "validated"):
                mission.my_step = "join"
            elif registration_by_company[mission.company_id.id] == "pending":
                mission.my_step = "pending"
            elif application:
                mission.my_step = "draft"
            else:
                mission.my_step = "wait" if mission.skip_contact and not mission.has_places else "apply"

    # ---------------------------------------------------------------------
    # Actions
    # ---------------------------------------------------------------------

    def action_apply(self):
        """Open what comes next for the user.

        :return: the window to apply, the application that was sent already, or the program to join before
        """
        self.ensure_one()
        self.check_access("read")
        if self.my_step == "join":
            return self.program_id._get_records_action(name=self.env._("Join the Program"))
        application = self.my_application_id
        if application and application.state != "draft":
            return application._get_records_action(name=self.env._("My Application"))
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": application._name,
            "res_id": application.id,
            "views": [(self._ref_id("hr_volunteer_application_view_form_apply"), "form")],
            "target": "new",
            "context": {"default_mission_id": self.id, **({} if application else self._prepare_first_choice())},
        }

    @api.model
    def search_panel_select_multi_range(self, field_name, **kwargs):
        """Return the choices of the search panel, where places are told by their city."""
        result = super().search_panel_select_multi_range(field_name, **kwargs)
        if field_name == "address_id":
            for value in result.get("values", ()):
                address = self.env["res.partner"].browse(value["id"])
                value["display_name"] = ", ".join(filter(None, (address.city, address.name or address.parent_id.name)))
            result.get("values", []).sort(key=lambda value: value["display_name"])
        return result

    # ---------------------------------------------------------------------
    # Business
    # ---------------------------------------------------------------------

    def _is_over(self):
        """Return whether nobody can apply any more."""
        self.ensure_one()
        is_past = bool(self.date_end) and self.date_end < fields.Datetime.now()
        return self.state != "published" or is_past or (bool(self.shift_ids) and not self.coming_shift_count)

    def _get_coming_days(self):
        """Return the days of the shifts to come, else those from today to the end, a week at most."""
        self.ensure_one()
        zone, now = timezone(self.tz or "UTC"), fields.Datetime.now()

        def get_day(date):
            return date.replace(tzinfo=utc).astimezone(zone).date()

        if self.shift_ids:
            return [get_day(start) for start in self.shift_ids.mapped("date_start") if start and start > now]
        first, last = get_day(max(self.date_start, now)), get_day(self.date_end)
        return [first + timedelta(days=number) for number in range(min((last - first).days + 1, 7))]

    def _prepare_first_choice(self):
        """Return what the window to apply begins with, as defaults: a first date, or the shift where there is one."""
        if self.shift_ids:
            now = fields.Datetime.now()
            shifts = self.shift_ids.filtered(lambda shift: shift.date_start > now)
            choice = shifts if len(shifts) == 1 else shifts.browse()
            dates = (choice.date_start, choice.date_end)
        else:
            choice, dates = self.shift_ids, self._propose_dates()
        if not dates[0]:
            return {}
        vals = {
            "shift_id": choice.id,
            "date_start": fields.Datetime.to_string(dates[0]),
            "date_end": fields.Datetime.to_string(dates[1]),
            "time_type": self.env["hr.volunteer.slot"]._suggest_time_type(self, *dates),
        }
        return {"default_slot_ids": [Command.create(vals)]}

    def _propose_dates(self):
        """Return start and end of a first date to propose, in UTC: the mission's own, else a working day's morning.

        Both are empty where the mission ends before.
        """
        self.ensure_one()
        start, end = self.date_start, self.date_end
        if start and start > fields.Datetime.now():
            if not end or end - start > timedelta(hours=MAX_HOURS):
                end = start + timedelta(hours=PROPOSED_HOURS[1] - PROPOSED_HOURS[0])
            return start, end
        zone = timezone(self.tz)
        day = datetime.now(tz=zone).date() + timedelta(days=PROPOSED_DAYS_AHEAD)
        day += timedelta(days=max(7 - day.weekday(), 0) if day.weekday() > 4 else 0)
        start, end = (
            zone.localize(datetime.combine(day, time(hour))).astimezone(utc).replace(tzinfo=None)
            for hour in PROPOSED_HOURS
        )
        return (None, None) if self.date_end and end > self.date_end else (start, end)
