from datetime import datetime, time, timedelta
from typing import NamedTuple

from pytz import timezone, utc

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_datetime

from .hr_employee import SATURDAY
from .hr_volunteer_slot import format_hours
from .lifecycle_mixin import steps

# who is away for longer is not taken at their silence
MAX_DAYS_AWAY = 366


class Asked(NamedTuple):
    """Who is asked: for which manager, the user who answers, and the employee who that is."""

    manager: models.Model
    user: models.Model
    employee: models.Model


class HrVolunteerApproval(models.Model):
    """One question about work time to one manager: what managers see, and all they see.

    It keeps in words what it asked for. Asking again makes a new one; a decided one never moves. Manager and employee
    talk in its chatter.
    """

    _name = "hr.volunteer.approval"
    _description = "Volunteering Approval"
    _inherit = [
        "hr.volunteer.conversation.mixin",
        "hr.volunteer.page.mixin",
        "hr.volunteer.link.mixin",
        "hr.volunteer.lifecycle.mixin",
        "hr.volunteer.erasure.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _mail_post_access = "read"
    # what the list of activities opens: cards with the answers, on a phone as well
    _systray_view = "kanban"

    _step_fields = frozenset({"state", "decided_by_id", "decision_date", "reason"})
    _reason_states = frozenset({"changes", "refused"})
    _erasure_kept_fields = frozenset({"mission_name", "association_name", "place"})
    _step_activity_types = ("mail_activity_type_approval",)
    _link_page = "approval"
    _steps = steps(
        "pending > approved, changes, refused: manager officer system",
        "pending > tacit, withdrawn, told: system",
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
    manager_user_id = fields.Many2one(
        "res.users",
        string="Manager's User",
        related="manager_id.user_id",
        store=True,
        index="btree_not_null",
        help="Reads what a substitute answered.",
    )
    approver_id = fields.Many2one(
        "res.users",
        readonly=True,
        index="btree_not_null",
        help="Who is asked: the user of the manager, or of the substitute.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    asked_date = fields.Datetime(string="Asked On", readonly=True, default=fields.Datetime.now)
    deadline = fields.Datetime(
        readonly=True, help="Without an answer until then the work time counts as given. Empty: an answer is needed."
    )
    asked_mail_id = fields.Many2one(
        "mail.mail",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=fields.NO_ACCESS,
        help="The mail that asks, where silence counts: it must have been sent.",
    )
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
            ("tacit", "Approved by Silence"),
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
        self._approve()

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

    def _approve(self, actor=None):
        """Give the work time; ``actor`` as for ``_decide``."""
        self._decide("approved", "confirmed", actor=actor)

    def _request_changes(self, reason, actor=None):
        """Give the dates back; ``reason`` says what to change and is mailed to the employee."""
        self._decide("changes", "contact", reason, actor)

    def _refuse(self, reason, actor=None):
        """Refuse the work time; ``reason`` is mailed to employee and association."""
        self._decide("refused", "refused", reason, actor)

    def _decide(self, new_state, application_state, reason=None, actor=None):
        """Answer the question.

        :param Actor actor: the manager, where a link was checked and nobody is logged in
        """
        self._check_transition(new_state, actor)
        self._check_reason(new_state, reason)
        actor = actor or self._get_actor()._replace(role="manager")
        # sudo: managers answer the question and do not read the application
        self.sudo().application_id._transition(application_state, actor=actor, reason=reason)

    @api.model
    def _ask(self, applications, told=False):
        """Make one question a application about its confirmed work time, or tell where nobody is to decide.

        :param bool told: tell the manager instead of asking
        :return: the approvals
        """
        values_list = []
        approvers = self._find_approvers(applications)
        for application in applications:
            slots = application._get_slots_to_ask()
            manager, approver, _employee = approvers[application]
            slots.approver_id = approver
            mission = application.mission_id
            year = application._get_balance_year()
            asked_hours = sum(slot._get_hours_by_year().get(year, 0) for slot in slots)
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
                    "balance": application.allowance and application.balance + asked_hours,
                    "mission_name": mission.name,
                    "association_name": application.association_id.name,
                    "place": mission._get_place(),
                }
            )
        # nobody follows, and the step logs itself
        approvals = self.with_context(mail_create_nosubscribe=True, mail_create_nolog=True).create(values_list)
        if told:
            approvals._transition("told", actor=self._get_system_actor())
            approvals._send_mails("mail_template_approval_told", approvals._get_manager_recipients())
        else:
            approvals._send_question(approvers)
            approvals._sync_activities(is_new=True)
        return approvals

    @api.model
    def _find_approvers(self, applications):
        """Return who is asked about each application today, an :class:`Asked` by application.

        A substitute answers for the manager, but not where the applicant is, or chose, the substitute.
        """
        managers = {application: application._get_manager() for application in applications}
        substitutes = self.env["hr.volunteer.substitute"]._get_current(
            self.env["hr.employee"].concat(*(manager for manager, _user in managers.values()))
        )
        found = {}
        for application, (manager, user) in managers.items():
            substitute = substitutes.get(manager)
            if substitute and substitute._can_answer_about(application.employee_id):
                found[application] = Asked(manager, substitute.user_id, substitute.employee_id)
            else:
                found[application] = Asked(manager, user, manager)
        return found

    @api.model
    def _reroute(self, domain):
        """Ask whoever is to be asked now about the open questions of ``domain``; decided ones never move.

        Those who are asked anew get the mail and the activity; the former ones lose theirs.
        """
        # as root and without the context: whoever changes an employee, a department or a user reads neither approvals
        # nor what is logged about them, and may look at an employee as of another day
        approvals = self.with_env(self.env(user=SUPERUSER_ID, context={"lang": self.env.lang}))
        approvals.search(Domain("state", "=", "pending") & domain)._ask_anew()

    def _filter_misrouted(self, found):
        """Return the approvals that wait for somebody else than ``found`` says."""
        return self.filtered(
            lambda approval: (approval.manager_id, approval.approver_id) != found[approval.application_id][:2]
        )

    def _ask_anew(self):
        """Ask whoever is to be asked now, where that is somebody else than before."""
        found = self._find_approvers(self.application_id)
        moved = self._filter_misrouted(found)
        if not moved:
            return
        former_users = {approval: approval.approver_id for approval in moved}
        former_recipients = moved._get_manager_recipients()
        for asked, group in moved.grouped(lambda approval: found[approval.application_id]).items():
            group.write({"manager_id": asked.manager.id, "approver_id": asked.user.id})
            group.slot_ids.approver_id = asked.user
        moved._log_lines(
            {approval.id: approval._get_asked_words() for approval in moved}, self._get_system_actor().partner
        )
        recipients = moved._get_manager_recipients()
        told = moved.filtered(
            lambda approval: (
                recipients[approval.id] != former_recipients[approval.id]
                or (approval.approver_id and approval.approver_id != former_users[approval])
            )
        )
        told.asked_date = fields.Datetime.now()
        told._send_question(found)
        # whoever cannot answer is not taken at their silence
        (moved - told).filtered(lambda approval: not approval.approver_id).deadline = False
        moved._sync_activities()

    def _get_asked_words(self):
        self.ensure_one()
        if self._is_for_substitute():
            return self.env._(
                "Asked now: %(name)s for %(manager)s", name=self.approver_id.name, manager=self.manager_id.name
            )
        if self.approver_id or self.manager_id:
            return self.env._("Asked now: %(name)s", name=(self.approver_id or self.manager_id).name)
        return self.env._("Nobody can be asked now: an officer answers.")

    def _is_for_substitute(self):
        """Return whether somebody is asked in the place of the manager."""
        self.ensure_one()
        # sudo: the manager's user is not readable by everybody
        approval = self.sudo()
        is_asked = bool(approval.approver_id and approval.manager_id)
        return is_asked and approval.manager_id.user_id != approval.approver_id

    def _send_question(self, found):
        """Mail the question to whoever is asked, with the deadline where silence counts.

        :param dict found: what ``_find_approvers`` returned
        """
        recipients = self._get_manager_recipients()
        self._set_deadlines(found, recipients)
        self._send_mails("mail_template_approval_asked", recipients)
        # the former one has a link of whoever was asked before
        self._let_asked_mails_go()
        tacit = self.filtered("deadline")
        if not tacit:
            return
        # sudo: mails belong to the system
        mails = self.env["mail.mail"].sudo()
        mails = mails.search(
            [("model", "=", self._name), ("res_id", "in", tacit.ids), ("message_type", "=", "email_outgoing")],
            order="id",
        )
        latest = {mail.res_id: mail for mail in mails}
        for approval in tacit:
            approval.asked_mail_id = latest.get(approval.id)
        # one that is gone was not sent: it is kept until there is an answer
        tacit.asked_mail_id.auto_delete = False

    def _let_asked_mails_go(self):
        """Remove the mails that ask, for the link in them; the chatter keeps what they said.

        One that waits to be sent goes after that.
        """
        # sudo: mails belong to the system
        # where the template says that mails are kept, the message would go with them
        mails = self.sudo().asked_mail_id.filtered("is_notification")
        waiting = mails.filtered(lambda mail: mail.state == "outgoing")
        if waiting:
            waiting.auto_delete = True
        (mails - waiting).unlink()

    def _set_deadlines(self, found, recipients):
        """Set until when silence counts as a yes, where it does.

        Never without somebody who is asked and has an address, nor when a date comes before.
        """
        tacit = self.filtered(
            lambda approval: (
                approval.approver_id
                and recipients[approval.id].email
                and approval.application_id.program_id._get_manager_approval() == "tacit"
            )
        )
        (self - tacit).filtered("deadline").deadline = False
        deadlines = tacit._get_tacit_deadlines(found)
        for approval in tacit:
            deadline = deadlines[approval.id]
            approval.deadline = deadline if deadline and deadline < approval.date_start else False

    def _get_tacit_deadlines(self, found):
        """Return the end, in UTC, of the Nth working day after today of whoever is asked, by approval id.

        By their schedule and in their zone, time off taken out; without a working schedule Monday to Friday are
        working days. None where they are away for too long.
        """
        if not self:
            return {}
        asked = {approval.id: found[approval.application_id] for approval in self}
        employees = self.env["hr.employee"].concat(*(who.employee for who in asked.values()))
        now = fields.Datetime.now().replace(tzinfo=utc)
        most = max(self.company_id.mapped("volunteer_tacit_days"))
        worked = employees._get_volunteer_work_days(now, now + timedelta(days=2 * most + 14))
        if any(len(days) <= most for days in worked.values()):
            # a year is read only where somebody is away for long
            worked = employees._get_volunteer_work_days(now, now + timedelta(days=2 * most + MAX_DAYS_AWAY))
        deadlines = {}
        for approval in self:
            employee, user = asked[approval.id].employee, asked[approval.id].user
            zone = timezone(employee.tz or user.tz or approval.company_id.resource_calendar_id.tz or "UTC")
            today = now.astimezone(zone).date()
            if employee:
                days = worked[employee.id]
            else:
                # a responsible who is no employee has no schedule
                coming = (today + timedelta(days=number) for number in range(2 * most + 14))
                days = [day for day in coming if day.weekday() < SATURDAY]
            answering = [day for day in days if day > today]
            needed = approval.company_id.volunteer_tacit_days
            last = len(answering) >= needed and answering[needed - 1]
            deadlines[approval.id] = last and (
                zone.localize(datetime.combine(last + timedelta(days=1), time.min))
                .astimezone(utc)
                .replace(tzinfo=None)
            )
        return deadlines

    def _is_told_by_mail(self):
        """Return whether the question reached the approver, as far as the mail server knows."""
        self.ensure_one()
        return self.asked_mail_id.state in ("sent", "received")

    def _stop_deadline(self):
        """Wait for an answer: whoever is asked did not get the mail."""
        self._log_lines(
            {
                approval.id: self.env._(
                    "The mail to %(name)s was not sent: silence does not count.", name=approval.approver_id.name
                )
                for approval in self
            },
            self._get_system_actor().partner,
        )
        self.deadline = False

    def _prepare_step_vals(self, new_state, actor, reason):
        return {
            "decided_by_id": False if new_state in ("told", "tacit") else actor.partner.id,
            "decision_date": fields.Datetime.now(),
            "reason": reason,
        }

    def _before_step(self, new_state, actor, reason, values):
        if new_state in ("approved", "changes", "refused"):
            # managers without a user answer by the link in their mail
            others = self.filtered(
                lambda approval: (
                    actor.partner not in approval.manager_id.user_id.partner_id | approval.manager_id.work_contact_id
                )
            )
            for manager, approvals in others.grouped("manager_id").items():
                approvals.on_behalf_of_id = manager

    def _after_step(self, before, actor, reason):
        self._let_asked_mails_go()

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

    def _get_mail_title(self):
        return self.mission_name

    def _get_answer_email(self):
        """Return whom the mail with the question is answered to: a manager without a user has an officer enter it."""
        self.ensure_one()
        if self.approver_id:
            return self._get_employee_email()
        # sudo: templates are rendered for people who may not read the application
        return self.sudo().application_id.mission_id.user_id.email_formatted

    def _get_given_back_slots(self):
        """Return the dates on work time that are not taken after all, without those that turned personal since."""
        return self.slot_ids.filtered(
            lambda slot: slot.time_type == "work" and slot.state in ("cancelled", "proposed")
        )

    def _get_manager_recipients(self):
        """Return the partner at whom the manager of each approval is written to, by record id."""
        # sudo: employees do not read the work contact of their manager
        return {
            approval.id: approval.approver_id.partner_id or approval.manager_id.work_contact_id
            for approval in self.sudo()
        }

    def _get_link_partner(self, role):
        """Return whoever is asked, until the name of the employee is erased."""
        if role != "manager" or self.erased_date:
            return super()._get_link_partner(role)
        # nobody answers about themselves, whatever contact the manager has
        manager = self._get_manager_recipients()[self.id]
        return manager.filtered(lambda partner: not self._is_own_partner(partner))

    def _get_link_last_date(self):
        return max(self.slot_ids.mapped("date_end"), default=False)

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

    def _get_other_people(self):
        # sudo: see _get_manager_recipients
        approval = self.sudo()
        manager = approval.manager_id
        return approval.approver_id.partner_id | manager.work_contact_id | manager.user_id.partner_id

    def _get_conversation_links(self):
        return [
            (self._get_link_partner("manager"), self._get_link_url("manager")),
            (self._get_own_partners(), self._get_employee_url()),
        ]

    def _get_page_path(self):
        """Return the path of the page where the employee reads the answer, and talks with the manager."""
        # sudo: the employee's own
        return self.sudo().application_id._get_page_path()

    def _can_be_talked_about(self):
        """Return whether somebody reads what the employee writes."""
        self.ensure_one()
        return bool(self._get_manager_recipients()[self.id] - self._get_own_partners())

    def _get_place_tz(self):
        # sudo: managers do not read the application
        return self.sudo().application_id.mission_id.tz

    def _get_due_activities(self):
        now = fields.Datetime.now().replace(tzinfo=utc)
        due = {}
        for approval in self:
            if approval.state == "pending" and approval.approver_id:
                due[approval.id, "mail_activity_type_approval"] = (
                    approval.approver_id,
                    # it waits from now on, by the calendar of whoever is asked
                    now.astimezone(timezone(approval.approver_id.tz or "UTC")).date(),
                    self.env._("Volunteering of %(employee)s", employee=approval.employee_id.name),
                )
        return due

    # ---------------------------------------------------------------------
    # Scheduled
    # ---------------------------------------------------------------------

    @api.model
    def _cron_pending(self):
        """Look after open questions: who is asked today, whose silence is a yes, whose date has come."""
        self._cron_tacit()
        self._cron_passed()
        self._cron_reroute()

    @api.model
    def _cron_reroute(self):
        """Ask substitutes whose days begin, managers whose days away end, and whoever a change slipped by."""
        pending = self.search([("state", "=", "pending")])
        misrouted = pending._filter_misrouted(self._find_approvers(pending.application_id))
        self._run_one_by_one(
            [("id", "in", misrouted.ids), ("state", "=", "pending")], lambda approval: approval._ask_anew()
        )

    @api.model
    def _cron_tacit(self):
        """Give work time whose deadline passed in silence, unless the question never reached the manager."""
        failed = [("deadline", "!=", False), ("asked_mail_id", "any", [("state", "in", ("exception", "cancel"))])]
        self._run_one_by_one([("state", "=", "pending"), *failed], lambda approval: approval._stop_deadline())

        def give(approval):
            if approval._is_told_by_mail():
                approval.application_id._transition("confirmed", actor=approval._get_system_actor())

        now = fields.Datetime.now()
        self._run_one_by_one(
            [
                ("state", "=", "pending"),
                ("deadline", "<=", now),
                ("date_start", ">", now),
                ("approver_id", "!=", False),
            ],
            give,
        )

    @api.model
    def _cron_passed(self):
        """Give dates back to employees whose manager did not answer before the first of them."""
        self._run_one_by_one(
            [("state", "=", "pending"), ("date_start", "<=", fields.Datetime.now())],
            lambda approval: approval.application_id._transition(
                "contact",
                actor=approval._get_system_actor(),
                reason=self.env._("Nobody answered before the first date."),
            ),
        )

    # ---------------------------------------------------------------------
    # Helpers
    # ---------------------------------------------------------------------

    def _format_deadline(self):
        """Return until when an answer is awaited, in the approver's time zone, for mails; empty: for ever."""
        self.ensure_one()
        tz = self._get_answer_tz()
        return format_datetime(self.env, self._get_last_moment(), tz=tz, dt_format="short") if self.deadline else ""

    def _get_last_moment(self):
        """Return the last moment at which an answer counts, in UTC, or False: midnight belongs to the next day."""
        return self.deadline and self.deadline - timedelta(seconds=1)

    def _get_answer_tz(self):
        """Return the name of the time zone of whoever is asked."""
        return self.approver_id.tz or self.manager_id.tz

    def _is_question_open(self):
        return self.state == "pending"

    def _get_question_words(self):
        return self.env._("Approve, ask for a change or refuse.")
