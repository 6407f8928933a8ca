from pytz import timezone, utc

from odoo import api, fields, models
from odoo.fields import Domain

from .hr_volunteer_slot import format_day, format_hours


class HrVolunteerApproval(models.Model):
    """What somebody needs to answer in ten seconds: when, how much is left, until when, how many are away."""

    _inherit = "hr.volunteer.approval"

    dates_summary = fields.Char(
        string="When",
        compute="_compute_dates_summary",
        compute_sudo=True,
        help="The dates on work time, in the time zone of the mission.",
    )
    dates_text = fields.Text(string="Each Date", compute="_compute_dates_summary", compute_sudo=True)
    hours_summary = fields.Char(string="Hours in Words", compute="_compute_balance_summary")
    balance_summary = fields.Char(
        string="Allowance Left",
        compute="_compute_balance_summary",
        help="What was left of the allowance of work time before this request.",
    )
    answer_date = fields.Date(
        string="Answer By",
        compute="_compute_answer_date",
        compute_sudo=True,
        help="Without an answer by the end of this day the work time counts as given. Empty: an answer is needed.",
    )
    answer_summary = fields.Char(string="Answer", compute="_compute_answer_date", compute_sudo=True)
    team_summary = fields.Char(
        string="Team",
        compute="_compute_team_summary",
        help="How many colleagues of the same manager are away on these dates: time off, and volunteering on work "
        "time that the same person was asked about. Shown to whoever answers.",
    )

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    # sudo: a manager whose substitute answered reads the approval and not its dates; the filter stands in for the rule
    @api.depends(
        "date_start",
        "approver_id",
        "slot_ids.date_start",
        "slot_ids.date_end",
        "slot_ids.hours",
        "slot_ids.state",
        "slot_ids.time_type",
        "slot_ids.approver_id",
        "application_id.mission_id.tz",
    )
    @api.depends_context("lang", "tz")
    def _compute_dates_summary(self):
        labels = dict(self.env["hr.volunteer.slot"]._fields["state"]._description_selection(self.env))
        # together: dates that are picked out below read their missions one by one
        self.application_id.mission_id.mapped("tz")
        for approval in self:
            slots = approval._get_asked_slots()
            lines = []
            for slot in slots:
                what = slot._format_hours()
                if slot.state != "confirmed":
                    what = f"{what}, {labels[slot.state]}"
                what = what.replace(" ", "\N{NO-BREAK SPACE}")
                lines.append(f"{slot._format_day()}, {slot._get_local_times()} ({what})")
            # one that stands as it was asked is said by the summary
            is_plain = len(slots) == 1 and slots.state == "confirmed"
            approval.dates_text = not is_plain and "\n".join(lines)
            if len(slots) == 1:
                approval.dates_summary = f"{slots._format_day()}, {slots._get_local_times()}"
            elif slots:
                first, last = slots[0]._format_day(), slots[-1]._format_day()
                words = {"count": len(slots), "first": first, "last": last}
                approval.dates_summary = (
                    self.env._("%(count)s times on %(first)s", **words)
                    if first == last
                    else self.env._("%(count)s dates, %(first)s to %(last)s", **words)
                )
            else:
                # they turned personal, or somebody else was asked about them later
                approval.dates_summary = approval._format_first_day()

    @api.depends("allowance", "balance", "work_hours")
    @api.depends_context("lang")
    def _compute_balance_summary(self):
        for approval in self:
            words = {
                "hours": approval._format_hours(),
                "left": approval._format_balance(),
                "allowance": format_hours(approval.allowance),
            }
            if approval.allowance:
                approval.balance_summary = self.env._("%(left)s of %(allowance)s", **words)
                approval.hours_summary = self.env._("%(hours)s, %(left)s of %(allowance)s left", **words)
            else:
                approval.balance_summary = False
                approval.hours_summary = words["hours"]

    # sudo: in the zone of whoever is asked, whose schedule others need not read
    @api.depends("deadline", "state", "approver_id", "manager_id")
    @api.depends_context("lang")
    def _compute_answer_date(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for approval in self:
            zone = timezone(approval._get_answer_tz() or "UTC")
            last = approval._get_last_moment()
            is_awaited = last and approval.state == "pending"
            approval.answer_date = is_awaited and last.replace(tzinfo=utc).astimezone(zone).date()
            approval.answer_summary = (
                self.env._("Answer by %(day)s", day=format_day(self.env, approval.answer_date))
                if is_awaited
                else labels[approval.state]
            )

    @api.depends("state", "manager_id", "approver_id", "slot_ids.date_start", "slot_ids.date_end")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_team_summary(self):
        self.team_summary = False
        # only whoever may answer learns of it; sudo: numbers about colleagues, without a name
        for approval_id, words in self._filter_allowed("approved").sudo()._get_team_words().items():
            self.browse(approval_id).team_summary = words

    # ---------------------------------------------------------------------
    # Helpers
    # ---------------------------------------------------------------------

    def _get_asked_slots(self):
        """Return the dates of the question that whoever was asked reads: on work time, and asked of nobody else."""
        self.ensure_one()
        return self.slot_ids.filtered(
            lambda slot: slot.time_type == "work" and slot.approver_id == self.approver_id
        ).sorted("date_start")

    def _format_first_day(self):
        self.ensure_one()
        if not self.date_start:
            return False
        zone = timezone(self.application_id.mission_id.tz or "UTC")
        return format_day(self.env, self.date_start.replace(tzinfo=utc).astimezone(zone).date())

    def _get_team_words(self):
        """Return how many of the team are away on the dates, in words by approval id. Runs as superuser."""
        teams = self._get_teams()
        absences = self._get_absences(teams)
        summaries = {}
        for approval in self:
            team = teams[approval]
            slots = approval._get_asked_slots()
            if not team or not slots:
                continue
            away = max(
                len(
                    {
                        employee
                        for employee, start, end, known_to in absences
                        if employee in team
                        and start < slot.date_end
                        and end > slot.date_start
                        and known_to in (None, approval.approver_id)
                    }
                )
                for slot in slots
            )
            words = {"away": away, "count": len(team)}
            if away and len(slots) > 1:
                summaries[approval.id] = self.env._("Up to %(away)s of %(count)s away", **words)
            else:
                summaries[approval.id] = self.env._("%(away)s of %(count)s away", **words)
        return summaries

    def _get_teams(self):
        """Return the other employees of the same manager, by approval."""
        employees = self.env["hr.employee"].search_fetch(
            [("parent_id", "in", self.manager_id.ids)], ["parent_id", "resource_id"]
        )
        by_manager = employees.grouped("parent_id")
        return {
            approval: by_manager.get(approval.manager_id, employees.browse()) - approval.employee_id
            for approval in self
        }

    def _get_absences(self, teams):
        """Return when somebody of the teams is away, in UTC: ``(employee, start, end, known to whom)`` tuples.

        Volunteering counts where it is on work time and the same person was asked about it: of personal time, and of
        what others were asked, nothing is learnt here.
        """
        slots = self.slot_ids
        employees = self.env["hr.employee"].concat(*teams.values())
        if not slots or not employees:
            return []
        period = Domain("date_from", "<", max(slots.mapped("date_end"))) & Domain(
            "date_to", ">", min(slots.mapped("date_start"))
        )
        by_resource = {employee.resource_id: employee for employee in employees}
        leaves = self.env["resource.calendar.leaves"].search_fetch(
            period & Domain("resource_id", "in", employees.resource_id.ids) & Domain("time_type", "=", "leave"),
            ["resource_id", "date_from", "date_to"],
        )
        absences = [(by_resource[leave.resource_id], leave.date_from, leave.date_to, None) for leave in leaves]
        volunteering = slots.search_fetch(
            [
                ("employee_id", "in", employees.ids),
                ("time_type", "=", "work"),
                ("state", "=", "confirmed"),
                ("approver_id", "in", self.approver_id.ids),
                ("date_start", "<", max(slots.mapped("date_end"))),
                ("date_end", ">", min(slots.mapped("date_start"))),
            ],
            ["employee_id", "date_start", "date_end", "approver_id"],
        )
        absences += [(slot.employee_id, slot.date_start, slot.date_end, slot.approver_id) for slot in volunteering]
        return absences
