import vobject
from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .hr_volunteer_slot import format_hours
from .lifecycle_mixin import Actor, steps

OPEN_STATES = ("draft", "applied", "contact", "to_approve", "confirmed")
EDITABLE_STATES = ("draft", "applied", "contact")


class HrVolunteerApplication(models.Model):
    """One employee's way through one mission.

    The table of steps below is the one of docs/architecture.md; buttons, filters and the guard read it.
    """

    _name = "hr.volunteer.application"
    _description = "Volunteering Application"
    _inherit = ["hr.volunteer.lifecycle.mixin", "hr.volunteer.seat.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _mail_post_access = "read"
    _check_company_auto = True

    _user_fields = frozenset({"motivation", "slot_ids"})
    _officer_fields = _user_fields
    _create_fields = frozenset({"employee_id", "mission_id"})
    _step_fields = frozenset(
        {"state", "seat_number", "refusal_reason", "cancel_reason", "applied_date", "confirmed_date"}
    )
    _reason_states = frozenset({"refused", "cancelled"})
    _step_activity_types = ("mail_activity_type_change",)
    _seat_parent = "mission_id"
    _steps = steps(
        "draft > applied: employee officer",
        "applied > contact: employee officer association",
        "applied, contact > refused: officer association",
        "applied, contact > applied: officer association",
        "contact > to_approve, confirmed: employee officer",
        "to_approve > confirmed: manager officer system",
        "to_approve > contact: manager officer employee",
        "to_approve > refused: manager officer",
        "confirmed > done: officer association system",
        "draft, applied, contact, to_approve > cancelled: employee officer system",
        "confirmed > cancelled: employee officer association system",
    )

    employee_id = fields.Many2one(
        "hr.employee",
        required=True,
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
        string="On",
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
    applied_date = fields.Datetime(string="Applied On", readonly=True, copy=False)
    confirmed_date = fields.Datetime(string="Confirmed On", readonly=True, copy=False)
    is_mine = fields.Boolean(compute="_compute_is_mine", string="Mine")

    _seat_uniq = models.UniqueIndex(
        "(mission_id, seat_number) WHERE seat_number > 0", "This place of the mission was just taken: try again."
    )
    _open_uniq = models.UniqueIndex(
        "(employee_id, mission_id) WHERE state NOT IN ('refused', 'done', 'cancelled')",
        "There is an open application of this employee to this mission already: go on with that one.",
    )

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    @api.depends("employee_id", "mission_id")
    def _compute_display_name(self):
        for application in self:
            application.display_name = f"{application.employee_id.name or ''} – {application.mission_id.name or ''}"

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

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if any(application.state != "draft" for application in self):
            raise UserError(
                self.env._("Only drafts are deleted: cancel the application instead, so that everybody is told.")
            )

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

        :raise UserError: names the date that can't be confirmed and what to change
        """
        self.check_access("read")
        for application in self:
            if application.state != "contact":
                # an officer who clicks twice must not answer for the manager
                application._check_transition("to_approve")
        for state, applications in self.grouped(lambda application: application._get_confirmation_state()).items():
            applications._transition(state)

    def action_take_back(self):
        """Take the dates back from the manager to change them; places and hours are freed."""
        self._transition("contact")

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

    def _refuse(self, reason):
        """Refuse; ``reason`` is mailed to the employees, and to the associations where the manager was asked."""
        self._transition("refused", reason=reason)

    def _cancel(self, reason):
        """Cancel; ``reason`` is mailed to all who had been told."""
        self._transition("cancelled", reason=reason)

    def _end_open(self, actor, reason):
        """Cancel those that are still open: what they rest on has ended. The system does it in ``actor``'s name."""
        self.filtered(lambda application: application.state in OPEN_STATES)._transition(
            "cancelled", actor=Actor("system", actor.partner), reason=reason
        )

    def _redirect(self, mission):
        """Propose another mission of the same association to the employees; they are told by mail.

        :raise UserError: when the mission is not published, or not of the same association and company
        """
        mission.check_access("read")
        self._transition("applied", values=dict(self._prepare_mission_vals(mission), mission_id=mission.id))

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
        return (
            "to_approve" if on_work and application.program_id._get_manager_approval() == "required" else "confirmed"
        )

    def _get_proposed_slots(self):
        return self.slot_ids.filtered(lambda slot: slot.state == "proposed")

    def _get_manager(self):
        """Return who is asked about work time: an employee and the user who answers, each empty where there is none.

        The manager in the org chart, else the department's, else the program's responsible; never the employee.
        """
        self.ensure_one()
        employee = self.employee_id
        for manager in (employee.parent_id, self.department_id.manager_id):
            if manager.active and manager != employee and (not manager.user_id or manager.user_id != employee.user_id):
                return manager, manager.user_id.filtered("active")
        responsible = self.program_id.user_id.filtered("active") - employee.user_id
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
        """End where the dates say: done when one was attended, cancelled when all were missed."""
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
            attended = self.filtered(
                lambda application: any(slot.state == "attended" for slot in application.sudo().slot_ids)
            )
            attended._transition(
                "done",
                actor=Actor("system", (actor or self._get_actor()).partner),
                reason=reason,
                values={"cancel_reason": reason},
            )
            self -= attended
        super()._transition(new_state, actor=actor, reason=reason, values=values)

    def _is_missed(self):
        # sudo: the association says attendance by a link
        states = {slot.state for slot in self.sudo().slot_ids if slot.state != "cancelled"}
        return states == {"absent"}

    def _prepare_step_vals(self, new_state, actor, reason):
        now = fields.Datetime.now()
        return {
            "applied": {"applied_date": now},
            "confirmed": {"confirmed_date": now},
            "contact": {"seat_number": 0},
            "refused": {"refusal_reason": reason, "seat_number": 0},
            "cancelled": {"cancel_reason": reason, "seat_number": 0},
        }.get(new_state, {})

    def _before_step(self, new_state, actor, reason, values):
        if new_state == "applied":
            if not values.get("mission_id") and any(application.state != "draft" for application in self):
                raise UserError(
                    self.env._("This application was sent already. Reload the page to see where it stands.")
                )
            self._check_can_apply(self.env["hr.volunteer.mission"].browse(values.get("mission_id")))
        elif new_state in ("to_approve", "confirmed"):
            self.filtered(lambda application: application.state == "contact")._confirm_slots(new_state)
        elif new_state == "contact":
            given_back = self.filtered(lambda application: application.state == "to_approve")
            if given_back and not reason and any(not application._is_by_employee(actor) for application in given_back):
                raise UserError(self.env._("Say what should change: the employee will read it."))
        elif new_state == "done" and "cancel_reason" not in values:
            self._check_attendance_said()

    def _after_step(self, before, actor, reason):
        after = {
            "applied": self._after_applied,
            "contact": self._after_contact,
            "to_approve": self._after_to_approve,
            "confirmed": self._after_confirmed,
            "refused": self._after_refused,
            "done": self._after_done,
            "cancelled": self._after_cancelled,
        }
        after[self[:1].state](before, actor, reason)

    # ---------------------------------------------------------------------
    # What a step needs
    # ---------------------------------------------------------------------

    def _check_can_apply(self, other_mission):
        missions = other_mission or self.mission_id
        missions._lock_for_share()
        registrations = self.env["hr.volunteer.registration"].search(
            [("employee_id", "in", self.employee_id.ids), ("state", "=", "validated")]
        )
        now = fields.Datetime.now()
        for application in self:
            employee = application.employee_id
            mission = other_mission or application.mission_id
            words = {"employee": employee.name, "mission": mission.name}
            if other_mission:
                application._check_redirect(other_mission)
            if employee not in registrations.employee_id:
                raise UserError(
                    self.env._(
                        "%(employee)s is not registered for volunteering yet. Join the program first; the application "
                        "stays here as a draft until then.",
                        **words,
                    )
                )
            if mission.state != "published":
                raise UserError(
                    self.env._("“%(mission)s” does not take applications now. Choose another mission.", **words)
                )
            if not other_mission and not any(slot.date_start > now for slot in application._get_proposed_slots()):
                raise UserError(self.env._("Propose at least one date in the future for “%(mission)s”.", **words))
        for program, applications in self.grouped(lambda a: (other_mission or a.mission_id).program_id).items():
            program._check_eligible(applications.employee_id)

    def _check_redirect(self, mission):
        if mission.association_id != self.association_id or mission.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "“%(mission)s” is not a mission of %(association)s: propose one of theirs.",
                    mission=mission.name,
                    association=self.association_id.name,
                )
            )
        if mission == self.mission_id:
            raise UserError(
                self.env._("“%(mission)s” is the mission applied to: propose another.", mission=mission.name)
            )
        if self.search_count(
            [("employee_id", "=", self.employee_id.id), ("mission_id", "=", mission.id), ("state", "in", OPEN_STATES)]
        ):
            raise UserError(
                self.env._(
                    "%(employee)s has an open application to “%(mission)s” already.",
                    employee=self.employee_id.name,
                    mission=mission.name,
                )
            )

    def _confirm_slots(self, new_state):
        """Take seats and hours for the proposed dates; raise in words when one can't be."""
        if not self:
            return
        for application in self:
            if not application._get_proposed_slots():
                raise UserError(
                    self.env._("Propose at least one date for “%(mission)s”.", mission=application.mission_id.name)
                )
            if application._get_confirmation_state() != new_state:
                raise UserError(self.env._("Use “Confirm my dates”: it knows whether the manager is asked."))
        # two confirmations of one employee at the same moment: the second fails to serialise and is tried again
        self.env["hr.volunteer.registration"]._hold_employees(self.employee_id)
        self.mission_id._lock_for_share()
        slots = self._get_proposed_slots()
        working_hours = slots._get_working_hours()
        slots._set_hours(working_hours)
        slots._check_confirmable(working_hours)
        self._take_seats()
        for application in self:
            # a move since the application was made counts, one after it does not
            application.department_id = application.employee_id.department_id
        slots._transition("confirmed", actor=self._get_system_actor())

    def _check_attendance_said(self):
        for application in self:
            for slot in application.slot_ids:
                if slot.state in ("proposed", "confirmed"):
                    raise UserError(
                        self.env._(
                            "Say first whether %(employee)s was there on %(date)s.",
                            employee=application.employee_id.name,
                            date=slot.display_name,
                        )
                    )

    # ---------------------------------------------------------------------
    # What follows from a step
    # ---------------------------------------------------------------------

    def _after_applied(self, before, actor, reason):
        fresh = self.filtered(lambda application: before[application.id] == "draft")
        fresh._send_mails("mail_template_application_applied", fresh._get_association_recipients())
        redirected = self - fresh
        # nobody was asked about the other mission
        redirected.slot_ids.approver_id = False
        redirected._send_mails("mail_template_application_redirected", redirected._get_employee_recipients())

    def _after_contact(self, before, actor, reason):
        asked = self.filtered(lambda application: before[application.id] == "to_approve")
        by_employee = self.filtered(lambda application: application._is_by_employee(actor))
        spoken = (self - asked) & by_employee
        spoken._send_mails("mail_template_application_spoken", spoken._get_association_recipients())
        contacted = self - asked - by_employee
        contacted._send_mails("mail_template_application_contact", contacted._get_employee_recipients())
        asked._settle_slots("proposed")
        (asked & by_employee)._settle_approvals("withdrawn", actor, reason)
        to_change = asked - by_employee
        to_change._settle_approvals("changes", actor, reason)
        to_change._send_mails("mail_template_application_changes", to_change._get_employee_recipients())
        to_change._send_mails("mail_template_application_postponed", to_change._get_association_recipients())

    def _after_to_approve(self, before, actor, reason):
        self.env["hr.volunteer.approval"]._ask(self)

    def _after_confirmed(self, before, actor, reason):
        approved = self.filtered(lambda application: before[application.id] == "to_approve")
        on_work = (self - approved).filtered(lambda application: application.time_type in ("work", "mixed"))
        if on_work:
            self.env["hr.volunteer.approval"]._ask(on_work, told=True)
        attachments = self._create_calendar_attachments()
        to_employees = self._prepare_mails(
            "mail_template_application_confirmed", self._get_employee_recipients(), attachments
        )
        to_associations = self._prepare_mails(
            "mail_template_application_confirmed_association", self._get_association_recipients(), attachments
        )
        self._queue_mails(to_employees + to_associations)
        approved._settle_approvals("approved", actor, reason)

    def _after_refused(self, before, actor, reason):
        self._settle_slots("cancelled")
        asked = self.filtered(lambda application: before[application.id] == "to_approve")
        asked._settle_approvals("refused", actor, reason)
        self._send_mails("mail_template_application_refused", self._get_employee_recipients())
        asked._send_mails("mail_template_application_refused_association", asked._get_association_recipients())

    def _after_done(self, before, actor, reason):
        ended_early = self.filtered("cancel_reason")
        ended_early._settle_slots("cancelled")
        ended_early._tell_cancelled(before, actor)
        self._send_mails("mail_template_application_done", self._get_employee_recipients())

    def _after_cancelled(self, before, actor, reason):
        self._settle_slots("cancelled")
        self._tell_cancelled(before, actor)
        others = self.filtered(lambda application: not application._is_by_employee(actor))
        others._send_mails("mail_template_application_cancelled", others._get_employee_recipients())

    def _tell_cancelled(self, before, actor):
        """Tell the association that had been told of the application, and the manager who was asked or told."""
        self._settle_approvals("withdrawn", actor, "")
        decided = self.approval_ids.filtered(lambda approval: approval.state in ("approved", "told"))
        # only of confirmed ones: an older answer of an application that was changed since is moot
        decided = decided.filtered(
            lambda approval: (
                before[approval.application_id.id] == "confirmed" and "cancelled" in approval.slot_ids.mapped("state")
            )
        )
        decided._send_mails("mail_template_approval_withdrawn", decided._get_manager_recipients())
        # an association that missed the employee on all dates does not wait for them
        told = self.filtered(lambda application: before[application.id] != "draft" and not application._is_missed())
        told._send_mails("mail_template_application_cancelled_association", told._get_association_recipients())

    def _settle_slots(self, new_state):
        """Take the proposed and confirmed dates to ``new_state``."""
        if new_state == "proposed":
            slots = self.slot_ids.filtered(lambda slot: slot.state == "confirmed")
        else:
            slots = self.slot_ids.filtered(lambda slot: slot.state in ("proposed", "confirmed"))
        slots._transition(new_state, actor=self._get_system_actor())

    def _settle_approvals(self, new_state, actor, reason):
        """Answer the pending approvals; a manager whose question is taken back is told by mail."""
        pending = self.approval_ids.filtered(lambda approval: approval.state == "pending")
        pending._transition(new_state, actor=Actor("system", actor.partner), reason=reason)
        if new_state == "withdrawn":
            pending._send_mails("mail_template_approval_withdrawn", pending._get_manager_recipients())

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

    def _format_done_hours(self):
        """Return the hours done in words, for mails."""
        return format_hours(self.done_hours)

    def _get_conversation_partners(self):
        return self._get_employee_recipients()[self.id] | self._get_association_recipients()[self.id]

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

    def _create_calendar_attachments(self):
        """Return an iCalendar file (RFC 5545) of the confirmed dates for each application, by record id.

        The files belong to the registration, which the employee reads and does not write: nobody swaps a file that
        waits to be sent.
        """
        registrations = self.env["hr.volunteer.registration"].search([("employee_id", "in", self.employee_id.ids)])
        registration_ids = {registration.employee_id: registration.id for registration in registrations}
        values_list = []
        for application in self:
            calendar = vobject.iCalendar()
            for slot in application.slot_ids.filtered(lambda slot: slot.state == "confirmed"):
                slot._add_calendar_event(calendar)
            values_list.append(
                {
                    "mimetype": "text/calendar",
                    "name": "volunteering.ics",
                    "raw": calendar.serialize().encode(),
                    "res_id": registration_ids.get(application.employee_id),
                    "res_model": registrations._name,
                }
            )
        # sudo: made for the reader of the mail, whoever confirms; as root, since its maker may change a file
        attachments = self.env["ir.attachment"].with_user(SUPERUSER_ID).create(values_list)
        return dict(zip(self.ids, attachments))

    def _get_due_activities(self):
        today = fields.Date.context_today(self)
        due = {}
        for application in self:
            if application.state != "contact" or not application.employee_user_id:
                continue
            if application.approval_ids.sorted("id")[-1:].state == "changes":
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
        applications = self.search(domain)
        self.env["ir.cron"]._commit_progress(remaining=len(applications))
        for application in applications:
            locked = application.try_lock_for_update(limit=1).filtered_domain(domain)
            try:
                locked._transition("done", actor=self._get_system_actor())
            except OperationalError:
                # somebody else works on it: it is still there at the next run
                self.env.cr.rollback()
                continue
            if not self.env["ir.cron"]._commit_progress(1):
                break
