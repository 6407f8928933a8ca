import vobject

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .application_checks_mixin import OPEN_STATES
from .hr_volunteer_slot import ATTENDANCE_DOMAIN, format_hours
from .lifecycle_mixin import Actor, steps

EDITABLE_STATES = ("draft", "applied", "contact")


class HrVolunteerApplication(models.Model):
    """One employee's way through one mission.

    The table of steps below is the one of docs/architecture.md; buttons, filters and the guard read it.
    """

    _name = "hr.volunteer.application"
    _description = "Volunteering Application"
    _inherit = [
        "hr.volunteer.application.checks.mixin",
        "hr.volunteer.application.effects.mixin",
        "hr.volunteer.application.waiting.mixin",
        "hr.volunteer.conversation.mixin",
        "hr.volunteer.link.mixin",
        "hr.volunteer.application.page.mixin",
        "hr.volunteer.lifecycle.mixin",
        "hr.volunteer.seat.mixin",
        "hr.volunteer.erasure.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _mail_post_access = "read"
    _check_company_auto = True

    _user_fields = frozenset({"motivation", "slot_ids"})
    _officer_fields = _user_fields
    _create_fields = frozenset({"employee_id", "mission_id"})
    _step_fields = frozenset(
        {
            "state",
            "seat_number",
            "refusal_reason",
            "cancel_reason",
            "exceed_reason",
            "change_reason",
            "applied_date",
            "confirmed_date",
            "waiting_date",
            "offer_deadline",
        }
    )
    _reason_states = frozenset({"refused", "cancelled"})
    _step_activity_types = ("mail_activity_type_change", "mail_activity_type_offer")
    _seat_parent = "mission_id"
    _link_page = "application"
    _steps = steps(
        "draft > applied: employee officer",
        "applied > contact: employee officer association",
        "draft, applied, contact > waiting: employee officer",
        "waiting > waiting: system",
        "applied, contact, waiting > refused: officer association",
        "applied, contact > applied: officer association",
        "applied, contact, waiting > to_approve, confirmed: employee officer",
        "to_approve > confirmed: manager officer system",
        "to_approve > contact: manager officer employee system",
        "confirmed > contact: employee officer",
        "to_approve > refused: manager officer",
        "confirmed > done: officer association system",
        # instead of cancelled, where dates were attended before others were taken back
        "contact, waiting, to_approve > done: system",
        "draft, applied, contact, waiting, to_approve > cancelled: employee officer system",
        "confirmed > cancelled: employee officer association system",
    )

    # empty once the name was erased
    employee_id = fields.Many2one(
        "hr.employee",
        index=True,
        ondelete="restrict",
        copy=False,
        check_company=True,
        default=lambda self: self.env.user.employee_id,
    )
    employee_user_id = fields.Many2one(
        "res.users", string="User", related="employee_id.user_id", store=True, precompute=True, index="btree_not_null"
    )
    department_id = fields.Many2one("hr.department", readonly=True, copy=False)
    mission_id = fields.Many2one(
        "hr.volunteer.mission", required=True, index=True, ondelete="restrict", check_company=True
    )
    association_id = fields.Many2one("res.partner", readonly=True, index=True, copy=False)
    program_id = fields.Many2one("hr.volunteer.program", readonly=True, copy=False)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("applied", "Applied"),
            ("contact", "In Contact"),
            ("waiting", "On the Waiting List"),
            ("to_approve", "To Approve"),
            ("confirmed", "Confirmed"),
            ("done", "Done"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        group_expand=True,
    )
    motivation = fields.Text(help="A sentence to the association.")
    slot_ids = fields.One2many("hr.volunteer.slot", "application_id", string="Dates")
    approval_ids = fields.One2many("hr.volunteer.approval", "application_id", string="Approvals", readonly=True)
    time_type = fields.Selection(
        [
            ("work", "Work time"),
            ("personal", "Personal time"),
            ("mixed", "Work and personal time"),
        ],
        string="Time",
        compute="_compute_hours",
        store=True,
    )
    work_hours = fields.Float(compute="_compute_hours", store=True, help="Confirmed and attended, on work time.")
    personal_hours = fields.Float(
        compute="_compute_hours", store=True, help="Confirmed and attended, on personal time."
    )
    done_hours = fields.Float(compute="_compute_hours", store=True)
    refusal_reason = fields.Text(readonly=True, copy=False)
    cancel_reason = fields.Text(readonly=True, copy=False)
    change_reason = fields.Text(string="Change Asked", readonly=True, copy=False)
    exceed_reason = fields.Text(
        string="Reason to Exceed", readonly=True, copy=False, help="Why an officer went beyond the allowance."
    )
    balance = fields.Float(
        string="Hours Left",
        compute="_compute_balance",
        compute_sudo=True,
        help="Work time that is left of the allowance in the calendar year of the first date.",
    )
    allowance = fields.Float(
        compute="_compute_balance", compute_sudo=True, help="Work time per calendar year; 0 where there is no limit."
    )
    applied_date = fields.Datetime(string="Applied On", readonly=True, copy=False)
    confirmed_date = fields.Datetime(string="Confirmed On", readonly=True, copy=False)
    waiting_date = fields.Datetime(string="Waiting Since", readonly=True, copy=False)
    offer_deadline = fields.Datetime(
        string="Place Kept Until", readonly=True, copy=False, help="A place became free and is kept until then."
    )
    has_shifts = fields.Boolean(compute="_compute_has_shifts", compute_sudo=True)
    is_mine = fields.Boolean(compute="_compute_is_mine", string="Mine")

    _seat_uniq = models.UniqueIndex(
        "(mission_id, seat_number) WHERE seat_number > 0", "This place of the mission was just taken: try again."
    )
    _open_uniq = models.UniqueIndex(
        "(employee_id, mission_id) WHERE state NOT IN ('refused', 'done', 'cancelled')",
        "There is an open application of this employee to this mission already: go on with that one.",
    )

    _employee_known = models.Constraint(
        "CHECK(employee_id IS NOT NULL OR (erased_date IS NOT NULL AND state IN ('refused', 'done', 'cancelled')))",
        "An application needs its employee until the name is erased.",
    )

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    @api.depends("employee_id", "mission_id", "erased_date")
    @api.depends_context("uid")
    def _compute_display_name(self):
        """Name employee and mission; not to those who only see a link, as a manager does on an approval.

        Odoo names what a link leads to whether it may be opened or not, and the mission may be another one since.
        """
        is_stranger = self.env.uid != SUPERUSER_ID and self.env.user._is_internal() and not self._is_officer()
        for application in self:
            if is_stranger and application.employee_user_id != self.env.user:
                application.display_name = self.env._("Application")
                continue
            name = application._get_erased_name() if application.erased_date else application.employee_id.name
            application.display_name = f"{name or ''} – {application.mission_id.name or ''}"

    @api.depends("slot_ids.state", "slot_ids.time_type", "slot_ids.hours", "slot_ids.done_hours")
    def _compute_hours(self):
        for application in self:
            alive = application.slot_ids.filtered(lambda slot: slot.state != "cancelled")
            counting = alive.filtered(lambda slot: slot.state in ("confirmed", "attended"))
            types = set(filter(None, alive.mapped("time_type")))
            application.time_type = "mixed" if len(types) == 2 else next(iter(types), False)
            work = counting.filtered(lambda slot: slot.time_type == "work")
            application.work_hours = sum(work.mapped("hours"))
            application.personal_hours = sum((counting - work).mapped("hours"))
            application.done_hours = sum(alive.mapped("done_hours"))

    @api.depends("slot_ids.state", "slot_ids.time_type", "slot_ids.hours", "slot_ids.date_start", "program_id")
    def _compute_balance(self):
        years = {application: application._get_balance_year() for application in self}
        used = self.env["hr.volunteer.slot"]._get_used_hours(self.employee_id)
        for application in self:
            program = application.program_id
            application.allowance = program._get_work_hours_allowance() if program else 0
            key = (application.employee_id, program and program._get_allowance_owner(), years[application])
            application.balance = application.allowance and application.allowance - used.get(key, 0)

    @api.depends("mission_id.shift_ids")
    def _compute_has_shifts(self):
        for application in self:
            application.has_shifts = bool(application.mission_id.shift_ids)

    @api.depends("state", "mission_id", "slot_ids.shift_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_next_states(self):
        super()._compute_next_states()

    @api.depends("employee_user_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for application in self:
            application.is_mine = application.employee_user_id == self.env.user

    # ---------------------------------------------------------------------
    # CRUD
    # ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Make applications as drafts; history that an administrator imports takes its places."""
        applications = super().create(vals_list)
        applications.filtered(
            lambda application: application.state in ("to_approve", "confirmed", "done")
        )._take_seats()
        return applications

    def _check_values(self, vals):
        super()._check_values(vals)
        if not self._user_fields.isdisjoint(vals) and not self._slots_editable():
            raise UserError(self.env._("This application is settled. Take your dates back first, or cancel it."))

    def _complete_create_vals(self, vals_list):
        missions = self.env["hr.volunteer.mission"].browse(
            vals["mission_id"] for vals in vals_list if vals.get("mission_id")
        )
        # whoever may not read a mission, e.g. a draft, does not apply to it
        missions.check_access("read")
        # the index on open applications sees what ended in this transaction
        self.flush_model(["state"])
        # sudo: company, department and association are copied as they are today
        own = self._get_own_employees(missions.sudo().company_id)
        for vals in vals_list:
            mission = self.env["hr.volunteer.mission"].sudo().browse(vals.get("mission_id"))
            employee = self.env["hr.employee"].sudo().browse(vals.get("employee_id")) or own.get(mission.company_id)
            if not employee or not employee.exists():
                raise self._prepare_no_employee_error(mission.company_id)
            self._check_create_for(employee)
            vals["employee_id"] = employee.id
            vals.update(self._prepare_mission_vals(mission))
            vals.setdefault("department_id", employee.department_id.id)
        return super()._complete_create_vals(vals_list)

    def onchange(self, values, field_names, fields_spec):
        """Compute a form, for employees whom the person may enter.

        :raise AccessError: for others: what is left of their allowance is computed as superuser
        """
        defaults = self.default_get(["employee_id"])
        employee_id = values.get("employee_id") or self.sudo().employee_id.id or defaults.get("employee_id")
        if isinstance(employee_id, dict):
            employee_id = employee_id.get("id")
        if employee_id:
            # sudo: by id; who may be entered is asked here
            self._check_create_for(self.env["hr.employee"].sudo().browse(employee_id))
        self.check_access("read")
        return super().onchange(values, field_names, fields_spec)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if any(application.state != "draft" for application in self):
            raise UserError(
                self.env._("Only drafts are deleted: cancel the application instead, so that everybody is told.")
            )

    def _web_read_group_format(self, groupby, aggregates, groups):
        """Fold the ends of the kanban: what is over is counted there, and opened when asked for."""
        result = super()._web_read_group_format(groupby, aggregates, groups)
        if tuple(groupby) == ("state",) and self._web_read_group_field_expand(groupby):
            for group in result:
                group["__fold"] = group["state"] not in OPEN_STATES
        return result

    # ---------------------------------------------------------------------
    # Actions
    # ---------------------------------------------------------------------

    def action_apply(self):
        """Send the applications; the referents of the associations get a mail."""
        self._transition("applied")

    def action_contact(self):
        """Say that employee and association are in contact; the other side gets a mail."""
        self._transition("contact")

    def action_confirm(self):
        """Confirm the proposed dates: work time is asked from the manager, personal time is settled at once.

        Takes a place that is offered to somebody on the waiting list.

        :raise UserError: names the date that can't be confirmed and what to change
        """
        self.check_access("read")
        self._check_open_to_confirm()
        self._confirm()

    def action_take_back(self):
        """Take dates back from the manager, or confirmed ones, to change them; places and hours are freed."""
        self._transition("contact")

    def action_request_changes(self):
        """Ask what should change, then give the dates back to the employee."""
        self._check_transition("contact")
        return self._ask_reason("request_changes", self.env._("Ask for a Change"))

    def action_exceed(self):
        """Ask why, then confirm dates beyond the allowance: for officers, not for themselves."""
        self._check_exceed()
        return self._ask_reason("exceed", self.env._("Exceed the Allowance"))

    def action_redirect(self):
        """Ask for another mission of the association, then propose it to the employees."""
        self._check_transition("applied")
        return self._ask_reason("redirect", self.env._("Propose Another Mission"))

    def action_refuse(self):
        """Ask why, then refuse; the employees get the reason by mail."""
        self._check_transition("refused")
        return self._ask_reason("refuse", self.env._("Refuse the Application"))

    def action_done(self):
        """End the applications once attendance of each date is said; the employees are thanked."""
        self._transition("done")

    def action_cancel(self):
        """Ask why, then cancel; whoever had been told is told."""
        self._check_transition("cancelled")
        return self._ask_reason("cancel", self.env._("Cancel the Application"))

    def action_open_approvals(self):
        """Open what was asked from managers about this application."""
        self.ensure_one()
        return self.approval_ids._get_records_action(name=self.env._("Approvals"))

    # ---------------------------------------------------------------------
    # Business
    # ---------------------------------------------------------------------

    def _get_allowed_states(self, actor=None):
        """Leave out what would be refused for now: buttons show only what goes on."""
        allowed = super()._get_allowed_states(actor)
        for application in self:
            pointless = application._get_pointless_states()
            if application._is_own_of(actor):
                allowed[application.id] = []
            allowed[application.id] = [state for state in allowed[application.id] if state not in pointless]
        return allowed

    def _check_transition(self, new_state, actor=None):
        self._check_not_own(actor)
        super()._check_transition(new_state, actor)

    def _check_not_own(self, actor):
        """Raise where somebody would act for an association on their own application.

        :raise UserError: somebody else of the association does it
        """
        if any(application._is_own_of(actor) for application in self):
            raise UserError(
                self.env._("This application is your own: somebody else of the association looks after it.")
            )

    def _is_own_of(self, actor):
        """Return whether ``actor`` would act for the association on an application of theirs."""
        return bool(actor) and actor.role == "association" and self._is_own_partner(actor.partner)

    def _refuse(self, reason):
        """Refuse; ``reason`` is mailed to the employees, and to the associations where the manager was asked."""
        self._transition("refused", reason=reason)

    def _cancel(self, reason):
        """Cancel; ``reason`` is mailed to all who had been told."""
        self._transition("cancelled", reason=reason)

    def _request_changes(self, reason):
        """Give dates that are asked or confirmed back to the employees; ``reason`` is mailed to them."""
        self._transition("contact", reason=reason)

    def _exceed(self, reason):
        """Confirm, as an officer, beyond the allowance of work time; the reason is kept and logged.

        :raise AccessError: for employees, on their own applications
        :raise UserError: when there is no reason
        """
        self._check_exceed()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why in a sentence: it is kept with the application."))
        self._confirm(reason=reason, values={"exceed_reason": reason})

    def _confirm(self, **step):
        for state, applications in self.grouped(lambda application: application._get_confirmation_state()).items():
            applications._transition(state, **step)

    def _check_open_to_confirm(self, actor=None):
        for application in self:
            if application.state not in ("applied", "contact", "waiting"):
                # an officer who clicks twice must not answer for the manager
                application._check_transition("to_approve", actor)

    def _check_exceed(self):
        self._check_transition("confirmed")
        self._check_open_to_confirm()
        if not self._is_officer() or self._filter_own(self.env.user):
            raise AccessError(self.env._("Only an officer exceeds the allowance, and not for themselves."))

    def _end_open(self, actor, reason):
        """Cancel those that are still open: what they rest on has ended. The system does it in ``actor``'s name."""
        self.filtered(lambda application: application.state in OPEN_STATES)._transition(
            "cancelled", actor=Actor("system", actor.partner), reason=reason
        )

    def _redirect(self, mission, actor=None):
        """Propose another mission of the same association to the employees; they are told by mail.

        :param Actor actor: who proposes it, where it is not the logged-in user
        :raise UserError: when the mission is not published, or not of the same association and company
        """
        mission.check_access("read")
        values = dict(self._prepare_mission_vals(mission), mission_id=mission.id)
        self._transition("applied", actor=actor, values=values)

    def _get_other_missions(self):
        """Return, as superuser, the missions of the association that are open to the employee and may be proposed."""
        self.ensure_one()
        # sudo: whoever acts for the association reads neither employees nor programs
        application = self.sudo()
        missions = application.env["hr.volunteer.mission"].search(
            [
                ("state", "=", "published"),
                ("association_id", "=", application.association_id.id),
                ("company_id", "=", application.company_id.id),
                ("id", "!=", application.mission_id.id),
            ]
        )
        taken = application.search(
            [
                ("employee_id", "=", application.employee_id.id),
                ("mission_id", "in", missions.ids),
                ("state", "in", OPEN_STATES),
            ]
        ).mission_id
        return (missions - taken).filtered(
            lambda mission: (
                mission.has_places
                and not mission._is_over()
                and not mission.program_id._get_unmet_condition(application.employee_id)
            )
        )

    def _slots_editable(self):
        """Return whether dates and motivation of all these applications may be changed now."""
        # sudo: only the state; the caller's rights on the dates are checked where they are written
        return all(application.state in EDITABLE_STATES for application in self.sudo())

    def _get_confirmation_state(self):
        """Return where confirming leads: ``to_approve`` where a manager is asked, else ``confirmed``."""
        self.ensure_one()
        # sudo: the mode of program and company
        application = self.sudo()
        on_work = any(slot.time_type == "work" for slot in application._get_proposed_slots())
        return "to_approve" if on_work and application.program_id._get_manager_approval() != "none" else "confirmed"

    def _get_balance_year(self):
        """Return the calendar year whose balance is shown: that of the first date to come, else this one."""
        alive = self.slot_ids.filtered(
            lambda slot: slot.state in ("proposed", "confirmed") and slot.date_start and slot.date_end
        )
        first = alive.sorted("date_start")[:1]
        return min(first._get_hours_by_year()) if first else fields.Datetime.now().year

    def _get_future_slots(self):
        """Return the confirmed dates that may be taken back: those to come, and all that wait for a manager."""
        now = fields.Datetime.now()
        # one by one: each knows the approvals of the other applications of a step, to read all of them at once
        asked = {slot for approval in self.approval_ids if approval.state == "pending" for slot in approval.slot_ids}
        return self.slot_ids.filtered(
            lambda slot: slot.state == "confirmed" and (slot.date_start > now or slot in asked)
        )

    def _get_unsaid_slots(self):
        """Return the dates that have begun and of which nobody said yet who was there: no end takes them back."""
        return self.slot_ids.filtered(lambda slot: slot.state == "confirmed") - self._get_future_slots()

    def _get_attendance_slots(self):
        """Return the dates that have begun and whose attendance may be said now, or said otherwise."""
        now = fields.Datetime.now()
        begun = self.slot_ids.filtered(
            lambda slot: slot.state in ("confirmed", "attended", "absent") and slot.date_start <= now
        )
        return begun.filtered_domain(ATTENDANCE_DOMAIN) - self._get_future_slots()

    def _say_attendance(self, attended, absent, actor=None):
        """Say who was there, and end the application where no date is left of which nothing is said.

        :param attended: dates on which the employee was there
        :param absent: dates on which they were missed
        :raise UserError: for a date that is still to come, or whose application is over
        """
        self.ensure_one()
        attended.filtered(lambda slot: slot.state != "attended")._transition("attended", actor=actor)
        absent.filtered(lambda slot: slot.state != "absent")._transition("absent", actor=actor)
        is_left = any(slot.state in ("proposed", "confirmed") for slot in self.slot_ids)
        if not is_left and "done" in self._next_states(actor):
            self._transition("done", actor=actor)

    def _has_begun(self):
        """Return whether hours were given, or may have been."""
        return bool(self._get_unsaid_slots()) or any(slot.state == "attended" for slot in self.slot_ids)

    def _get_slots_to_ask(self):
        """Return the confirmed dates to come on work time."""
        now = fields.Datetime.now()
        return self.slot_ids.filtered(
            lambda slot: slot.state == "confirmed" and slot.time_type == "work" and slot.date_start > now
        )

    def _get_proposed_slots(self):
        return self.slot_ids.filtered(lambda slot: slot.state == "proposed")

    def _get_manager(self):
        """Return who is asked about work time: an employee and the user who answers, each empty where there is none.

        The manager in the org chart, else the department's, else the program's responsible; never the employee. Who
        answers meanwhile for a manager who is away is said by ``hr.volunteer.approval._find_approvers``.
        """
        self.ensure_one()
        employee = self.employee_id
        for manager in (employee.parent_id, employee.department_id.manager_id):
            if manager.active and manager != employee and (not manager.user_id or manager.user_id != employee.user_id):
                return manager, manager.user_id.filtered(lambda user: user._is_volunteer_able())
        responsible = self.program_id.user_id.filtered(lambda user: user._is_volunteer_able()) - employee.user_id
        return responsible.with_company(self.company_id).employee_id, responsible

    @api.model
    def _prepare_mission_vals(self, mission):
        # sudo: what every reader of the application may know of its mission
        mission = mission.sudo()
        return {
            "association_id": mission.association_id.id,
            "company_id": mission.company_id.id,
            "program_id": mission.program_id.id,
        }

    def _transition(self, new_state, *, actor=None, reason=None, values=None):
        """End where the dates say: done when one has begun and was not missed, cancelled when all were missed."""
        if not self:
            return
        if new_state == "done":
            self._check_transition("done", actor)
            missed = self.filtered(lambda application: application._is_missed())
            missed._transition("cancelled", actor=actor, reason=reason or self.env._("Absent on all dates."))
            self -= missed
        elif new_state == "cancelled":
            self._check_transition("cancelled", actor)
            self._check_reason("cancelled", reason)
            # sudo: the association cancels by a link
            begun = self.filtered(lambda application: application.sudo()._has_begun())
            begun._transition(
                "done",
                actor=Actor("system", (actor or self._get_actor()).partner),
                reason=reason,
                values={"cancel_reason": reason},
            )
            self -= begun
        elif new_state == "contact":
            # those who come back give their place up; those who only speak have none, unless one was given
            back = self.filtered(lambda application: application.sudo().state in ("to_approve", "confirmed"))
            if back and self - back:
                (self - back)._transition(new_state, actor=actor, reason=reason, values=values)
                self = back  # noqa: PLW0642
        super()._transition(new_state, actor=actor, reason=reason, values=values)

    def _is_refused_by_manager(self):
        """Return whether the work time was not given: why is between manager and employee."""
        # sudo: the association reads a page and no approval
        return self.state == "refused" and self.sudo().approval_ids.sorted("id")[-1:].state == "refused"

    def _is_missed(self):
        # sudo: the association says attendance by a link
        states = {slot.state for slot in self.sudo().slot_ids if slot.state != "cancelled"}
        return states == {"absent"}

    def _prepare_step_vals(self, new_state, actor, reason):
        now = fields.Datetime.now()
        return {
            "applied": {"applied_date": now},
            "to_approve": {"change_reason": False},
            "confirmed": {"change_reason": False, "confirmed_date": now},
            "contact": {"change_reason": reason, "seat_number": 0},
            "refused": {"refusal_reason": reason, "seat_number": 0},
            "cancelled": {"cancel_reason": reason, "seat_number": 0},
        }.get(new_state, {}) | self._prepare_waiting_vals(new_state, actor)

    def _before_step(self, new_state, actor, reason, values):
        if new_state == "applied":
            if not values.get("mission_id") and any(application.state != "draft" for application in self):
                raise UserError(
                    self.env._("This application was sent already. Reload the page to see where it stands.")
                )
            self._check_can_apply(self.env["hr.volunteer.mission"].browse(values.get("mission_id")))
        elif new_state in ("to_approve", "confirmed"):
            fresh = self.filtered(lambda application: application.state != "to_approve")
            fresh._confirm_slots(new_state, may_exceed=bool(values.get("exceed_reason")))
        elif new_state == "waiting":
            if actor.role != "system":
                self._check_can_wait()
        elif new_state == "contact":
            given_back = self.filtered(lambda application: application.state in ("to_approve", "confirmed"))
            given_back._check_can_change()
            if given_back and not reason and any(not application._is_by_employee(actor) for application in given_back):
                raise UserError(self.env._("Say what should change: the employee will read it."))
        elif new_state == "done" and "cancel_reason" not in values:
            self._check_attendance_said()

    def _after_step(self, before, actor, reason):
        after = {
            "applied": self._after_applied,
            "contact": self._after_contact,
            "waiting": self._after_waiting,
            "to_approve": self._after_to_approve,
            "confirmed": self._after_confirmed,
            "refused": self._after_refused,
            "done": self._after_done,
            "cancelled": self._after_cancelled,
        }
        state = self[:1].state
        after[state](before, actor, reason)
        if state in ("contact", "refused", "done", "cancelled"):
            self.mission_id._offer_places()

    # ---------------------------------------------------------------------
    # Messages and activities
    # ---------------------------------------------------------------------

    def _is_by_employee(self, actor):
        return bool(self.employee_user_id) and self.employee_user_id.partner_id == actor.partner

    def _get_association_recipients(self):
        """Return the referent of each application's mission, by record id."""
        # sudo: employees and officers need not read the contact to write to it
        return {
            application.id: application.mission_id.referent_id or application.association_id
            for application in self.sudo()
        }

    def _get_link_partner(self, role):
        """Return the referent, who acts for the association, once told and until the employee's name is erased."""
        if role != "association" or self.erased_date or not self._has_told_association():
            return super()._get_link_partner(role)
        # a referent who volunteers does not answer their own application
        referent = self._get_association_recipients()[self.id]
        return referent.filtered(lambda partner: not self._is_own_partner(partner))

    def _get_link_last_date(self):
        return max(self.slot_ids.mapped("date_end"), default=False)

    def _get_mail_title(self):
        return self.mission_id.name

    def _format_done_hours(self):
        """Return the hours done in words, for mails."""
        return format_hours(self.done_hours)

    def _get_conversation_partners(self):
        partners = self._get_employee_recipients()[self.id]
        if self._has_told_association():
            partners |= self._get_association_recipients()[self.id]
        return partners

    def _get_other_people(self):
        """Return the referent, the association, and its people who look after all of its missions, once told."""
        # sudo: the mission and its contacts are not readable by everybody
        application = self.sudo()
        if not application._has_told_association():
            return super()._get_other_people()
        association = application.association_id
        administrators = association.volunteer_member_ids._filter_acting().filtered(
            lambda member: member.role == "administrator" and member.company_id == application.company_id
        )
        return application.mission_id.referent_id | association | administrators.partner_id

    def _check_message(self, body, uploads):
        super()._check_message(body, uploads)
        if not self._has_told_association():
            raise UserError(
                self.env._(
                    "The association does not know of this application yet: write once it is sent, or once your dates "
                    "are confirmed."
                )
            )

    def _get_conversation_links(self):
        return [
            (self._get_link_partner("association"), self._get_link_url("association")),
            (self._get_own_partners(), self._get_employee_url()),
        ]

    def _get_place_tz(self):
        return self.mission_id.tz

    def _message_subscribe(self, partner_ids=None, subtype_ids=None, customer_ids=None):
        """Let the employee and officers follow, and nobody else: log lines are not for associations and managers."""
        # sudo: who is an officer is not readable by everybody
        users = (
            self.env["res.users"]
            .sudo()
            .search(
                Domain("partner_id", "in", partner_ids or [])
                & (
                    Domain(self.env["res.company"]._get_volunteer_officer_domain())
                    | Domain("id", "in", self.sudo().employee_user_id.ids)
                )
            )
        )
        allowed = [partner_id for partner_id in partner_ids or [] if partner_id in users.partner_id.ids]
        if not allowed:
            return True
        return super()._message_subscribe(allowed, subtype_ids, customer_ids)

    def _make_calendar(self):
        """Return an iCalendar file (RFC 5545) of the confirmed dates, in bytes."""
        self.ensure_one()
        calendar = vobject.iCalendar()
        for slot in self.slot_ids.filtered(lambda slot: slot.state == "confirmed"):
            slot._add_calendar_event(calendar)
        return calendar.serialize().encode()

    def _create_calendar_attachments(self):
        """Return an attachment with the calendar of the confirmed dates for each application, by record id.

        The files belong to the registration, which the employee reads and does not write: nobody swaps a file that
        waits to be sent.
        """
        registrations = self.env["hr.volunteer.registration"].search([("employee_id", "in", self.employee_id.ids)])
        registration_ids = {registration.employee_id: registration.id for registration in registrations}
        values_list = [
            {
                "mimetype": "text/calendar",
                "name": "volunteering.ics",
                "raw": application._make_calendar(),
                "res_id": registration_ids.get(application.employee_id),
                "res_model": registrations._name,
            }
            for application in self
        ]
        # sudo: made for the reader of the mail, whoever confirms; as root, since its maker may change a file
        attachments = self.env["ir.attachment"].with_user(SUPERUSER_ID).create(values_list)
        return dict(zip(self.ids, attachments))

    def _get_due_activities(self):
        today = fields.Date.context_today(self)
        due = self._get_due_offers()
        for application in self:
            if application.state != "contact" or not application.employee_user_id:
                continue
            if application.change_reason:
                due[application.id, "mail_activity_type_change"] = (
                    application.employee_user_id,
                    today,
                    self.env._("Change your dates"),
                )
        return due

    # ---------------------------------------------------------------------
    # Scheduled
    # ---------------------------------------------------------------------

    @api.model
    def _cron_done(self):
        """End applications whose dates are over and whose attendance is said, one at a time."""
        domain = [
            ("state", "=", "confirmed"),
            ("slot_ids", "any", [("state", "in", ("attended", "absent"))]),
            ("slot_ids", "not any", [("state", "in", ("proposed", "confirmed"))]),
            ("slot_ids", "not any", [("date_end", ">", fields.Datetime.now())]),
        ]
        self._run_one_by_one(
            domain, lambda application: application._transition("done", actor=application._get_system_actor())
        )
