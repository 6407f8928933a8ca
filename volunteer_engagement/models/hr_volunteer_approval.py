from odoo import api, fields, models
from odoo.fields import Domain

from .hr_volunteer_slot import format_hours
from .lifecycle_mixin import steps


class HrVolunteerApproval(models.Model):
    """One question about work time to one manager: what managers see, and all they see.

    It keeps in words what it asked for. Asking again makes a new one; a decided one never moves. Manager and employee
    talk in its chatter.
    """

    _name = "hr.volunteer.approval"
    _description = "Volunteering Approval"
    _inherit = ["hr.volunteer.lifecycle.mixin", "hr.volunteer.erasure.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _mail_post_access = "read"

    _step_fields = frozenset({"state", "decided_by_id", "decision_date", "reason"})
    _reason_states = frozenset({"changes", "refused"})
    _erasure_kept_fields = frozenset({"mission_name", "association_name", "place"})
    _step_activity_types = ("mail_activity_type_approval",)
    _steps = steps(
        "pending > approved, changes, refused: manager officer system",
        "pending > withdrawn, told: system",
    )

    application_id = fields.Many2one(
        "hr.volunteer.application", required=True, readonly=True, index=True, ondelete="restrict"
    )
    # empty once the name was erased
    employee_id = fields.Many2one("hr.employee", readonly=True, index=True, ondelete="restrict")
    employee_user_id = fields.Many2one(
        "res.users", string="User", related="employee_id.user_id", store=True, precompute=True, index="btree_not_null"
    )
    manager_id = fields.Many2one("hr.employee", readonly=True, ondelete="restrict")
    approver_id = fields.Many2one(
        "res.users",
        readonly=True,
        index="btree_not_null",
        help="Who is asked: the user of the manager.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    asked_date = fields.Datetime(string="Asked On", readonly=True, default=fields.Datetime.now)
    slot_ids = fields.Many2many("hr.volunteer.slot", string="Dates", readonly=True, help="Work time only.")
    date_start = fields.Datetime(string="First Date", readonly=True)
    work_hours = fields.Float(string="Hours", readonly=True)
    allowance = fields.Float(readonly=True, help="Work time per calendar year when asked; 0 where there is no limit.")
    balance = fields.Float(
        string="Hours Left", readonly=True, help="What was left of the allowance before this request, in hours."
    )
    mission_name = fields.Char(string="Mission", readonly=True)
    association_name = fields.Char(string="Association", readonly=True)
    place = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("pending", "To Approve"),
            ("approved", "Approved"),
            ("changes", "Change Asked"),
            ("refused", "Refused"),
            ("withdrawn", "Withdrawn"),
            ("told", "Told"),
        ],
        required=True,
        readonly=True,
        default="pending",
        copy=False,
        index=True,
    )
    decided_by_id = fields.Many2one("res.partner", readonly=True, copy=False)
    on_behalf_of_id = fields.Many2one("hr.employee", readonly=True, copy=False)
    decision_date = fields.Datetime(string="Decided On", readonly=True, copy=False)
    reason = fields.Text(readonly=True, copy=False)

    _pending_uniq = models.UniqueIndex(
        "(application_id) WHERE state = 'pending'", "The manager is being asked already about this application."
    )
    _employee_known = models.Constraint(
        "CHECK(employee_id IS NOT NULL OR (erased_date IS NOT NULL AND state != 'pending'))",
        "An approval needs its employee until the name is erased.",
    )

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    @api.depends("employee_id", "mission_name", "erased_date")
    def _compute_display_name(self):
        for approval in self:
            name = approval._get_erased_name() if approval.erased_date else approval.employee_id.name
            approval.display_name = f"{name} – {approval.mission_name}"

    # ---------------------------------------------------------------------
    # Actions
    # ---------------------------------------------------------------------

    def action_approve(self):
        """Give the work time; employee and association are told by mail."""
        self._decide("approved", "confirmed")

    def action_request_changes(self):
        """Ask what should change, then give the dates back to the employee."""
        self._check_transition("changes")
        return self._ask_reason("request_changes", self.env._("Ask for a Change"))

    def action_refuse(self):
        """Ask why, then refuse; employee and association are told by mail."""
        self._check_transition("refused")
        return self._ask_reason("refuse", self.env._("Refuse the Request"))

    def action_open_application(self):
        """Open the application that is asked about, for officers."""
        self.ensure_one()
        return self.application_id._get_records_action()

    # ---------------------------------------------------------------------
    # Business
    # ---------------------------------------------------------------------

    def _role_domain(self, role, user):
        if role == "manager":
            return Domain("approver_id", "=", user.id) & Domain("employee_user_id", "!=", user.id)
        return super()._role_domain(role, user)

    def _request_changes(self, reason):
        """Give the dates back; ``reason`` says what to change and is mailed to the employee."""
        self._decide("changes", "contact", reason)

    def _refuse(self, reason):
        """Refuse the work time; ``reason`` is mailed to employee and association."""
        self._decide("refused", "refused", reason)

    def _decide(self, new_state, application_state, reason=None):
        self._check_transition(new_state)
        self._check_reason(new_state, reason)
        # sudo: managers answer the question and do not read the application
        self.sudo().application_id._transition(
            application_state, actor=self._get_actor()._replace(role="manager"), reason=reason
        )

    @api.model
    def _ask(self, applications, told=False):
        """Make one question a application about its confirmed work time, or tell where nobody is to decide.

        :param bool told: tell the manager instead of asking
        :return: the approvals
        """
        values_list = []
        for application in applications:
            slots = application.slot_ids.filtered(lambda slot: slot.state == "confirmed" and slot.time_type == "work")
            manager, approver = application._get_manager()
            slots.approver_id = approver
            mission = application.mission_id
            values_list.append(
                {
                    "application_id": application.id,
                    "employee_id": application.employee_id.id,
                    "manager_id": manager.id,
                    "approver_id": approver.id,
                    "company_id": application.company_id.id,
                    "slot_ids": [(6, 0, slots.ids)],
                    "date_start": slots[:1].date_start,
                    "work_hours": sum(slots.mapped("hours")),
                    "allowance": application.allowance,
                    "balance": application.allowance and application.balance + sum(slots.mapped("hours")),
                    "mission_name": mission.name,
                    "association_name": application.association_id.name,
                    "place": mission._get_place(),
                }
            )
        # nobody follows, and the step logs itself
        approvals = self.with_context(mail_create_nosubscribe=True, mail_create_nolog=True).create(values_list)
        if told:
            approvals._transition("told", actor=self._get_system_actor())
            template = "mail_template_approval_told"
        else:
            approvals._sync_activities(is_new=True)
            template = "mail_template_approval_asked"
        approvals._send_mails(template, approvals._get_manager_recipients())
        return approvals

    def _prepare_step_vals(self, new_state, actor, reason):
        return {
            "decided_by_id": False if new_state == "told" else actor.partner.id,
            "decision_date": fields.Datetime.now(),
            "reason": reason,
        }

    def _before_step(self, new_state, actor, reason, values):
        if new_state in ("approved", "changes", "refused"):
            others = self.filtered(lambda approval: approval.approver_id.partner_id != actor.partner)
            for manager, approvals in others.grouped("manager_id").items():
                approvals.on_behalf_of_id = manager

    def _get_log_suffix(self, record, actor):
        if record.on_behalf_of_id:
            return self.env._(" (for %(manager)s)", manager=record.on_behalf_of_id.name)
        return ""

    def _format_hours(self):
        """Return the hours asked for in words, for mails."""
        return format_hours(self.work_hours)

    def _format_balance(self):
        """Return what was left of the allowance in words, for mails."""
        return format_hours(max(self.balance, 0))

    def _get_manager_recipients(self):
        """Return the partner at whom the manager of each approval is written to, by record id."""
        # sudo: employees do not read the work contact of their manager
        return {
            approval.id: approval.approver_id.partner_id or approval.manager_id.work_contact_id
            for approval in self.sudo()
        }

    # ---------------------------------------------------------------------
    # Messages and activities
    # ---------------------------------------------------------------------

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Let nobody follow: manager and employee hear of each message by ``_notify_get_recipients``."""
        self.check_access("read")
        return self._message_subscribe(partner_ids, subtype_ids)

    def _message_subscribe(self, partner_ids=None, subtype_ids=None, customer_ids=None):
        return True

    def _get_conversation_partners(self):
        return self._get_employee_recipients()[self.id] | self._get_manager_recipients()[self.id]

    def _get_due_activities(self):
        today = fields.Date.context_today(self)
        due = {}
        for approval in self:
            if approval.state == "pending" and approval.approver_id:
                delay = self._get_step_activity_types().delay_count
                deadline = min(fields.Date.add(today, days=delay), max(today, approval.date_start.date()))
                due[approval.id, "mail_activity_type_approval"] = (
                    approval.approver_id,
                    deadline,
                    self.env._("Volunteering of %(employee)s", employee=approval.employee_id.name),
                )
        return due

    def _is_question_open(self):
        return self.state == "pending"

    def _get_question_words(self):
        return self.env._("Approve, ask for a change or refuse.")
