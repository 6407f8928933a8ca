from collections import defaultdict
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import vobject
from babel.dates import format_skeleton
from dateutil.relativedelta import relativedelta
from markupsafe import Markup
from pytz import timezone, utc

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools.intervals import Intervals
from odoo.tools.misc import babel_locale_parse, format_date, format_datetime, format_time

from .lifecycle_mixin import steps

MAX_HOURS = 24
MAX_YEARS_AHEAD = 2
MAX_SLOTS = 200
# of the application, while attendance is said: also when dates to come were taken back
ATTENDANCE_STATES = ("contact", "waiting", "confirmed")
# and where dates that had begun outlived an early end
ATTENDANCE_DOMAIN = Domain("application_id.state", "in", (*ATTENDANCE_STATES, "refused")) | (
    Domain("application_id.state", "=", "done") & Domain("application_id.cancel_reason", "!=", False)
)
# far enough for every date, near enough for every time zone
EARLIEST = date(1970, 1, 1)
LATEST = date(2999, 12, 31)


def format_hours(hours):
    """Return hours in words: 3 h, or 3 h 30."""
    whole, minutes = divmod(round(hours * 60), 60)
    return f"{whole} h {minutes:02}" if minutes else f"{whole} h"


def format_day(env, day):
    """Return a day as the reader writes it, short and with its weekday; with the year where it is another one."""
    skeleton = "MMMEd" if day.year == fields.Date.context_today(env["hr.volunteer.slot"]).year else "yMMMEd"
    return format_skeleton(skeleton, day, locale=babel_locale_parse(env.lang))


class HrVolunteerSlot(models.Model):
    """One date and time of an application: the atom of every figure.

    Columns are stored and set once, so that a later move of the employee rewrites no history. Dates are in UTC.
    """

    _name = "hr.volunteer.slot"
    _description = "Volunteering Date"
    _inherit = ["hr.volunteer.lifecycle.mixin", "hr.volunteer.seat.mixin", "hr.volunteer.erasure.mixin"]
    _order = "date_start, id"

    _user_fields = frozenset({"date_start", "date_end", "time_type", "shift_id"})
    _officer_fields = _user_fields
    _create_fields = frozenset({"application_id"})
    _step_fields = frozenset({"state", "seat_number"})
    _seat_parent = "shift_id"
    _steps = steps(
        "proposed > confirmed: system",
        "confirmed > proposed: system",
        "proposed, confirmed > cancelled: system",
        "confirmed, absent > attended: officer association",
        "confirmed, attended > absent: officer association",
    )

    application_id = fields.Many2one("hr.volunteer.application", required=True, index=True, ondelete="cascade")
    shift_id = fields.Many2one(
        "hr.volunteer.shift",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('mission_id', '=', mission_id)]",
        help="A fixed date of the mission; start and end are the shift's.",
    )
    date_start = fields.Datetime(string="Start", required=True)
    date_end = fields.Datetime(string="End", required=True)
    time_type = fields.Selection(
        [
            ("work", "Work time"),
            ("personal", "Personal time"),
        ],
        string="Time",
        help="Work time is asked from your manager; of personal time your manager hears nothing.",
    )
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("confirmed", "Confirmed"),
            ("attended", "Attended"),
            ("absent", "Absent"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="proposed",
        copy=False,
        index=True,
    )
    hours = fields.Float(
        readonly=True,
        copy=False,
        help="On work time the hours of your working schedule inside these times, else the duration.",
    )
    done_hours = fields.Float(readonly=True, copy=False, help="Hours that were really done.")
    is_flexible = fields.Boolean(
        string="Flexible Schedule",
        readonly=True,
        copy=False,
        help="The employee has no fixed working hours: whether personal time lies outside them is not known.",
    )
    employee_id = fields.Many2one("hr.employee", related="application_id.employee_id", store=True, index=True)
    employee_user_id = fields.Many2one(
        "res.users", string="User", related="application_id.employee_user_id", store=True, index="btree_not_null"
    )
    approver_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The manager who was asked about this work time.",
    )
    department_id = fields.Many2one("hr.department", related="application_id.department_id", store=True)
    mission_id = fields.Many2one("hr.volunteer.mission", related="application_id.mission_id", store=True, index=True)
    association_id = fields.Many2one("res.partner", related="application_id.association_id", store=True)
    program_id = fields.Many2one("hr.volunteer.program", related="application_id.program_id", store=True)
    company_id = fields.Many2one("res.company", related="application_id.company_id", store=True, index=True)
    standing = fields.Char(
        string="Status",
        compute="_compute_standing",
        compute_sudo=True,
        help="The state, and that it is only asked yet.",
    )
    # the causes of today: a mission has several, and each of them counts its hours whole
    cause_ids = fields.Many2many(related="mission_id.cause_ids", string="Causes")

    _seat_uniq = models.UniqueIndex(
        "(shift_id, seat_number) WHERE seat_number > 0", "This place of the shift was just taken: try again."
    )
    _dates_ordered = models.Constraint(
        "CHECK(date_end > date_start)", "A date ends before it starts: change one of the times."
    )
    # int4range lets an integer take part in GiST without the extension btree_gist
    _confirmed_overlap = models.Constraint(
        "EXCLUDE USING gist "
        "(int4range(employee_id, employee_id, '[]') WITH &&, tsrange(date_start, date_end) WITH &&) "
        "WHERE (state = 'confirmed' AND employee_id IS NOT NULL)",
        "Two confirmed dates of one employee overlap: change one of them.",
    )

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    @api.depends("date_start", "mission_id.tz")
    @api.depends_context("tz", "lang", "uid", "show_mission")
    def _compute_display_name(self):
        """Name dates by when they are; in a calendar (``show_mission`` in the context) by what they are for."""
        for slot in self:
            if self.env.context.get("show_mission"):
                own = slot.employee_user_id == self.env.user
                # sudo: whoever reads the date knows its mission; managers do not read the application
                slot.display_name = slot.sudo().mission_id.name if own else slot.sudo().application_id.display_name
                continue
            # sudo: a manager in another company does not read the mission; zones are named where they differ
            tz = slot.sudo().mission_id.tz
            start = slot.date_start and format_datetime(self.env, slot.date_start, tz=tz, dt_format="medium")
            slot.display_name = f"{start} ({tz})" if start and tz and tz != self.env.tz.zone else start or ""

    # sudo by the field: managers do not read the application
    @api.depends("state", "time_type", "application_id.state")
    @api.depends_context("lang")
    def _compute_standing(self):
        for slot in self:
            slot.standing = slot._describe_standing()

    # ---------------------------------------------------------------------
    # Constrains
    # ---------------------------------------------------------------------

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        latest = fields.Datetime.now() + relativedelta(years=MAX_YEARS_AHEAD)
        for slot in self:
            if not slot.date_start or not slot.date_end:
                raise ValidationError(self.env._("A date needs a start and an end."))
            # the database refuses it too, but when it writes: here the person still has the form
            if slot.date_end <= slot.date_start:
                raise ValidationError(self.env._("A date ends before it starts: change one of the times."))
            if slot.date_end - slot.date_start > timedelta(hours=MAX_HOURS):
                raise ValidationError(
                    self.env._("A date has %(hours)s hours at most: propose several days one by one.", hours=MAX_HOURS)
                )
            if slot.date_start > latest:
                raise ValidationError(self.env._("Dates lie %(years)s years ahead at most.", years=MAX_YEARS_AHEAD))

    @api.constrains("shift_id", "application_id")
    def _check_shift(self):
        for slot in self.filtered("shift_id"):
            # sudo: the mission of the application, whatever the writer reads of it
            application = slot.sudo().application_id
            if slot.sudo().shift_id.mission_id != application.mission_id:
                raise ValidationError(self.env._("This shift belongs to another mission: choose one of this mission."))
            same = application.slot_ids.filtered(
                lambda other, slot=slot: other.shift_id == slot.shift_id and other.state != "cancelled"
            )
            if len(same) > 1:
                raise ValidationError(
                    self.env._(
                        "The shift %(shift)s is chosen twice: once is enough.", shift=slot.shift_id.display_name
                    )
                )

    @api.constrains("application_id")
    def _check_count(self):
        for application in self.application_id:
            if len(application.slot_ids) > MAX_SLOTS:
                raise ValidationError(
                    self.env._("An application has %(count)s dates at most: make another one.", count=MAX_SLOTS)
                )

    @api.onchange("shift_id")
    def _onchange_shift_id(self):
        if self.shift_id:
            self.date_start = self.shift_id.date_start
            self.date_end = self.shift_id.date_end

    @api.onchange("date_start")
    def _onchange_date_start(self):
        if self.date_start and (not self.date_end or self.date_end <= self.date_start):
            self.date_end = self.date_start + timedelta(hours=3)

    @api.onchange("date_start", "date_end", "shift_id")
    def _onchange_time_type(self):
        """Propose what alone can be confirmed; whoever has a flexible schedule chooses."""
        application = self.application_id
        # sudo: by id; the schedule of an employee is asked by those who may enter dates for them
        employee = application.sudo().employee_id
        if employee:
            application._check_create_for(employee)
        suggestion = self._suggest_time_type(application.mission_id, self.date_start, self.date_end, employee)
        if suggestion:
            self.time_type = suggestion

    def onchange(self, values, field_names, fields_spec):
        """Compute a form, for an application that the person may read.

        :raise AccessError: for another one: columns copied from it are computed as superuser
        """
        defaults = self.default_get(["application_id"])
        application_id = values.get("application_id") or defaults.get("application_id")
        if isinstance(application_id, dict):
            # the form that holds the list of dates sends its own values
            application_id = application_id.get("id")
        self.env["hr.volunteer.application"].browse(application_id or ()).check_access("read")
        return super().onchange(values, field_names, fields_spec)

    # ---------------------------------------------------------------------
    # CRUD
    # ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Propose dates on an application that is not under way to approval."""
        slots = super().create(vals_list)
        proposed = self.browse(slot.id for slot, vals in zip(slots, vals_list) if "state" not in vals)
        proposed._check_editable()
        # sudo: hours are derived, nobody writes them
        self.browse(slot.id for slot, vals in zip(slots, vals_list) if "hours" not in vals).sudo()._set_hours()
        # sudo: places are derived, nobody writes them
        slots.sudo().filtered(lambda slot: slot.state in ("confirmed", "attended"))._take_seats()
        for slot, vals in zip(slots.sudo(), vals_list):
            if slot.state == "attended" and "done_hours" not in vals:
                slot.done_hours = slot.hours
        return slots

    def write(self, vals):
        """Change proposed dates on an application that is not under way to approval."""
        if vals.get("shift_id"):
            self._check_readable({"shift_id": vals["shift_id"]})
            vals = self._complete_shift_vals(vals)
        result = super().write(vals)
        if not self._user_fields.isdisjoint(vals):
            # sudo: hours and approver are derived, nobody writes them
            slots = self.sudo()
            slots._set_hours()
            slots.filtered(lambda slot: slot.time_type != "work" and slot.approver_id).approver_id = False
        return result

    def _check_values(self, vals):
        super()._check_values(vals)
        if not self._user_fields.isdisjoint(vals):
            self._check_editable()
        if not {"date_start", "date_end"}.isdisjoint(vals) and "shift_id" not in vals and self.shift_id:
            raise UserError(self.env._("The dates of a shift are fixed: choose another shift, or remove this one."))

    def _complete_create_vals(self, vals_list):
        vals_list = super()._complete_create_vals(vals_list)
        # a default of the context would bring a shift without its dates
        vals_list = [{"shift_id": False, **vals} for vals in vals_list]
        return [self._complete_shift_vals(vals) if vals["shift_id"] else vals for vals in vals_list]

    def _complete_shift_vals(self, vals):
        """Return the values with the dates of the shift, which the writer must be able to read."""
        shift = self.env["hr.volunteer.shift"].browse(vals["shift_id"])
        shift.check_access("read")
        return dict(vals, date_start=shift.date_start, date_end=shift.date_end)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        self._check_editable()

    def _check_editable(self):
        if not self.application_id._slots_editable() or any(slot.state != "proposed" for slot in self):
            raise UserError(
                self.env._(
                    "These dates are settled. Take your dates back first, or cancel the application, to change them."
                )
            )

    # ---------------------------------------------------------------------
    # Actions
    # ---------------------------------------------------------------------

    def action_attended(self):
        """Say that the employee was there; the planned hours count as done."""
        self._transition("attended")

    def action_absent(self):
        """Say that the employee was not there; no hours count."""
        self._transition("absent")

    # ---------------------------------------------------------------------
    # Business
    # ---------------------------------------------------------------------

    def _role_domain(self, role, user):
        domain = super()._role_domain(role, user)
        if role == "officer":
            # attendance is said while the application waits for it, and not before the date
            domain &= ATTENDANCE_DOMAIN & Domain("date_start", "<=", fields.Datetime.now())
        return domain

    def _check_transition(self, new_state, actor=None):
        # sudo: whose application it is, whoever acts
        self.sudo().application_id._check_not_own(actor)
        super()._check_transition(new_state, actor)

    def _prepare_step_vals(self, new_state, actor, reason):
        return {"seat_number": 0} if new_state in ("proposed", "cancelled") else {}

    def _before_step(self, new_state, actor, reason, values):
        if new_state not in ("attended", "absent"):
            return
        # officers are held to this by their role, others by the step
        now = fields.Datetime.now()
        awaited = self.filtered_domain(ATTENDANCE_DOMAIN)
        for slot in self:
            if slot not in awaited:
                raise UserError(self.env._("Attendance is said while the application is confirmed, not afterwards."))
            if slot.date_start > now:
                raise UserError(self.env._("%(date)s is still to come.", date=slot.display_name))

    def _after_step(self, before, actor, reason):
        for slot in self:
            if slot.state in ("attended", "absent"):
                slot.done_hours = slot.hours if slot.state == "attended" else 0
        self.application_id._thank_late(self.filtered(lambda slot: slot.state == "attended"))

    def _log_step(self, before, actor, reason):
        """Log attendance on the application; other steps are told by the application's own line."""
        said = self.filtered(lambda slot: slot.state in ("attended", "absent"))
        if not said:
            return
        labels = dict(self._fields["state"]._description_selection(self.env))
        said.application_id._log_lines(
            {
                application.id: Markup("<br/>").join(
                    Markup("%s: <b>%s</b>") % (slot.display_name, labels[slot.state]) for slot in slots
                )
                for application, slots in said.grouped("application_id").items()
            },
            actor.partner,
        )

    def _set_hours(self, working_hours=None):
        """Write the hours of each slot. Called while dates are proposed and once more when they are confirmed.

        :param dict working_hours: what ``_get_working_hours`` returned, where it is known already
        """
        if working_hours is None:
            working_hours = self.filtered(lambda slot: slot.time_type == "work")._get_working_hours()
        for slot in self:
            hours = working_hours.get(slot.id) if slot.time_type == "work" else None
            slot.hours = slot._get_duration() if hours is None else hours
            slot.is_flexible = slot.id in working_hours and working_hours[slot.id] is None

    @api.model
    def _get_used_hours(self, employees):
        """Return the work time that the employees have confirmed or done, in hours.

        :return: hours by ``(employee, owner of the allowance, calendar year)``
        """
        if not employees:
            return {}
        # sudo: the balance of whoever confirms, however much of it the reader sees
        domain = [
            ("employee_id", "in", employees.ids),
            ("time_type", "=", "work"),
            ("state", "in", ("confirmed", "attended")),
        ]
        slots = self.sudo().search_fetch(domain, ["employee_id", "program_id", "date_start", "date_end", "hours"])
        return slots._sum_hours()

    @api.model
    def _get_hours_of_year(self, employees, year):
        """Return the hours, on any time, that employees have confirmed or done in a calendar year, by employee."""
        if not employees:
            return {}
        # sudo: who may see them is decided by the caller
        domain = [("employee_id", "in", employees.ids), ("state", "in", ("confirmed", "attended"))]
        slots = self.sudo().search_fetch(domain, ["employee_id", "date_start", "date_end", "hours"])
        sums = defaultdict(float)
        for slot in slots:
            sums[slot.employee_id] += slot._get_hours_by_year().get(year, 0)
        return sums

    def _sum_hours(self):
        """Return the sum of hours by ``(employee, owner of the allowance, calendar year)``."""
        sums = defaultdict(float)
        for slot in self:
            owner = slot.program_id._get_allowance_owner()
            for year, hours in slot._get_hours_by_year().items():
                sums[slot.employee_id, owner, year] += hours
        return sums

    def _get_hours_by_year(self):
        """Return the hours by calendar year in the employee's zone; New Year parts them by length."""
        self.ensure_one()
        zone = timezone(self.employee_id.tz or self.mission_id.tz or "UTC")
        start, end = (date.replace(tzinfo=utc).astimezone(zone) for date in (self.date_start, self.date_end))
        if start.year == end.year:
            return {start.year: self.hours}
        new_year = zone.localize(datetime(end.year, 1, 1))  # noqa: DTZ001, localize gives the zone
        share = (new_year - start) / (end - start)
        return {start.year: self.hours * share, end.year: self.hours * (1 - share)}

    def _get_duration(self):
        """Return the hours from start to end."""
        self.ensure_one()
        return (self.date_end - self.date_start).total_seconds() / 3600

    def _get_working_hours(self):
        """Return the hours of the employee's working schedule inside each slot, time off taken out.

        The schedule is the one in force on that day. Reads all slots' employees at once.

        :return: hours by slot id; None where the employee has a flexible schedule or none
        """
        if not self:
            return {}
        # sudo: working schedules are not readable by everybody
        slots = self.sudo()
        start = min(slots.mapped("date_start")).replace(tzinfo=utc)
        end = max(slots.mapped("date_end")).replace(tzinfo=utc)
        schedules = slots._get_schedules()
        employees_by_calendar = defaultdict(slots.employee_id.browse)
        for employee, periods in schedules.items():
            for begin, stop, calendar in periods:
                if begin < end and stop > start and calendar and not calendar.flexible_hours:
                    employees_by_calendar[calendar] |= employee
        work = slots._get_work_intervals(employees_by_calendar, start, end)
        hours = {}
        for slot in slots:
            resource = slot.employee_id.resource_id
            span = Intervals([(slot.date_start.replace(tzinfo=utc), slot.date_end.replace(tzinfo=utc), resource)])
            hours[slot.id] = 0
            for begin, stop, calendar in schedules.get(slot.employee_id, ()):
                part = span & Intervals([(begin, stop, resource)])
                if not part:
                    continue
                if (calendar, slot.employee_id) not in work:
                    hours[slot.id] = None
                    break
                inside = part & work[calendar, slot.employee_id]
                hours[slot.id] += sum((until - since).total_seconds() for since, until, _record in inside)
            else:
                # Odoo's midnight is a microsecond early
                hours[slot.id] = round(hours[slot.id]) / 3600
        return hours

    @api.model
    def _get_work_intervals(self, employees_by_calendar, start, end):
        """Return when employees would work by a schedule, time off and public holidays taken out.

        :return: intervals by ``(schedule, employee)``
        """
        resources = self.env["hr.employee"].concat(*employees_by_calendar.values()).resource_id
        time_off = [("time_type", "=", "leave")]
        # of no calendar: a person's time off holds whatever schedule they had when it was entered
        absences = self.env["resource.calendar"]._leave_intervals_batch(
            start, end, resources, domain=[*time_off, ("resource_id", "!=", False)], tz=utc
        )
        work = {}
        for calendar, employees in employees_by_calendar.items():
            holidays = calendar._leave_intervals_batch(
                start, end, employees.resource_id, domain=[*time_off, ("resource_id", "=", False)], tz=utc
            )
            for tz, neighbours in employees.grouped("tz").items():
                # without resources: with them Odoo takes everybody for flexible who is so at the start
                attendance = calendar._attendance_intervals_batch(start, end, tz=timezone(tz or "UTC"))[False]
                for employee in neighbours:
                    resource_id = employee.resource_id.id
                    work[calendar, employee] = attendance - holidays[resource_id] - absences[resource_id]
        return work

    @api.model
    def _suggest_time_type(self, mission, start, end, employee=None):
        """Return on what time a date can be, as program and working schedule say.

        :param employee: whose schedule counts; without one the user's own
        :return: ``work`` or ``personal``; False where either may be, or nothing is known
        """
        # sudo: the program of a mission, and working schedules, are not readable by everybody
        mission = mission.sudo()
        if mission.allowed_time_types != "both":
            return mission.allowed_time_types
        employee = employee or self._get_own_employees(mission.company_id).get(mission.company_id)
        if not employee or not start or not end or end <= start:
            return False
        slot = self.sudo().new({"employee_id": employee.id, "date_start": start, "date_end": end})
        hours = slot._get_working_hours()[slot.id]
        if hours is None:
            return False
        return "work" if hours else "personal"

    def _get_schedules(self):
        """Return which working schedule holds from when to when, ``[(begin, end, calendar)]`` by employee.

        By the versions of the employee, in the employee's zone, whether they have contract dates or not; outside the
        contract of a version that has one there is no working time, and no period.
        """
        versions = self.env["hr.version"].search(
            [("employee_id", "in", self.employee_id.ids)], order="employee_id, date_version"
        )
        schedules = {}
        for employee, dated in versions.grouped("employee_id").items():
            zone = timezone(employee.tz or "UTC")

            def midnight(day, zone=zone):
                return zone.localize(datetime.combine(day, time.min))

            beginnings = [date.min, *dated[1:].mapped("date_version")]
            ends = [*beginnings[1:], date.max]
            schedules[employee] = [
                (
                    midnight(max(begin, version.contract_date_start or begin, EARLIEST)),
                    midnight(min(end, fields.Date.add(version.contract_date_end or LATEST, days=1), LATEST)),
                    version.resource_calendar_id,
                )
                for version, begin, end in zip(dated, beginnings, ends)
            ]
        return schedules

    def _get_local_start(self):
        """Return the start as a datetime of the mission's time zone, for mails."""
        self.ensure_one()
        return self.date_start.replace(tzinfo=utc).astimezone(timezone(self.mission_id.tz))

    def _is_asked(self):
        """Return whether this date is taken and waits for the manager's answer about the work time."""
        self.ensure_one()
        return self.state == "confirmed" and self.application_id.state == "to_approve"

    def _describe_standing(self, reader=None):
        """Return where this date stands, in words.

        :param reader: ``association`` or ``employee`` on their pages; None: in Odoo's lists
        """
        self.ensure_one()
        if self._is_asked():
            is_work = self.time_type == "work"
            if reader == "association":
                return self.env._("asked, not settled yet")
            if reader == "employee" and is_work:
                return self.env._("waits for your manager")
            if reader == "employee":
                return self.env._("settled once your work time is answered")
            # nobody is asked about personal time
            return self.env._("Asked") if is_work else self.env._("Not settled yet")
        if reader == "association":
            return {
                "proposed": self.env._("proposed"),
                "confirmed": self.env._("confirmed"),
                "attended": self.env._("was there"),
                "absent": self.env._("was not there"),
                "cancelled": self.env._("cancelled"),
            }[self.state]
        return dict(self._fields["state"]._description_selection(self.env)).get(self.state)

    def _format_day(self):
        """Return the day of this date in words, in the mission's time zone."""
        self.ensure_one()
        return format_day(self.env, self._get_local_start().date())

    def _get_local_times(self):
        """Return start and end in the mission's time zone and the reader's way of writing times, for mails."""
        self.ensure_one()
        tz, lang = self.mission_id.tz, self.env.lang
        start = format_time(self.env, self.date_start, tz=tz, time_format="short", lang_code=lang)
        end = format_time(self.env, self.date_end, tz=tz, time_format="short", lang_code=lang)
        return f"{start} – {end}"

    def _format_dates(self):
        """Return the first days of these dates in short, in the mission's time zone, for the preview of mails."""
        days = [format_date(self.env, slot._get_local_start(), date_format="d MMM") for slot in self]
        days = list(dict.fromkeys(days))
        return ", ".join(days[:3]) + (" …" if len(days) > 3 else "")

    def _format_hours(self):
        """Return the hours of these dates in words, for mails."""
        return format_hours(sum(self.mapped("hours")))

    def _add_calendar_event(self, calendar):
        """Add this date to a vobject calendar, in UTC, under an identifier that a later change will keep."""
        self.ensure_one()
        event = calendar.add("vevent")
        event.add("uid").value = f"{self._name}-{self.id}@{self.env.cr.dbname}"
        event.add("dtstamp").value = fields.Datetime.now().replace(tzinfo=vobject.icalendar.utc)
        event.add("dtstart").value = self.date_start.replace(tzinfo=vobject.icalendar.utc)
        event.add("dtend").value = self.date_end.replace(tzinfo=vobject.icalendar.utc)
        event.add("summary").value = f"{self.mission_id.name} ({self.association_id.name})"
        event.add("location").value = self.mission_id._get_place()

    def _check_confirmable(self, working_hours):
        """Raise in words when one of the proposed slots can't be confirmed as it is.

        :param dict working_hours: what ``_get_working_hours`` returned
        :raise UserError: says which date, and what to change
        """
        now = fields.Datetime.now()
        labels = dict(self._fields["time_type"]._description_selection(self.env))
        for slot in self:
            allowed = slot.program_id.allowed_time_types
            hours = working_hours[slot.id]
            if slot.date_start <= now:
                message = self.env._("%(date)s is past: change or remove this date.", date=slot.display_name)
            elif not slot.time_type:
                message = self.env._("Choose work time or personal time for %(date)s.", date=slot.display_name)
            elif allowed not in ("both", slot.time_type):
                message = self.env._(
                    "%(date)s: this program takes %(allowed)s only.",
                    date=slot.display_name,
                    allowed=labels[allowed].lower(),
                )
            elif slot.time_type == "work" and hours is not None and not hours:
                message = self.env._(
                    "%(employee)s does not work on %(date)s: choose personal time for it.",
                    date=slot.display_name,
                    employee=slot.employee_id.name,
                )
            elif slot.time_type == "personal" and hours:
                message = self.env._(
                    "%(date)s lies in the working hours of %(employee)s: choose work time, or other times.",
                    date=slot.display_name,
                    employee=slot.employee_id.name,
                )
            else:
                continue
            raise UserError(message)
        self._check_no_overlap()

    def _check_no_overlap(self):
        """Raise when slots overlap among themselves or with confirmed ones of the same employee.

        The database refuses it as well, also between two who act at once; this says which dates.
        """
        others = self.search(
            [
                ("employee_id", "in", self.employee_id.ids),
                ("state", "=", "confirmed"),
                ("date_end", ">", min(self.mapped("date_start"))),
                ("date_start", "<", max(self.mapped("date_end"))),
            ]
        )
        for employee_slots in (self | others).grouped("employee_id").values():
            ordered = employee_slots.sorted("date_start")
            for slot, following in pairwise(ordered):
                if following.date_start < slot.date_end:
                    raise UserError(
                        self.env._(
                            "Two dates of %(employee)s overlap: %(first)s (%(first_mission)s) and %(second)s "
                            "(%(second_mission)s). Change one of them.",
                            employee=slot.employee_id.name,
                            first=slot.display_name,
                            first_mission=slot.mission_id.name,
                            second=following.display_name,
                            second_mission=following.mission_id.name,
                        )
                    )
