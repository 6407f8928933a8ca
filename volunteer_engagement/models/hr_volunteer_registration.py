from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .door_mixin import OFFICER_GROUP
from .lifecycle_mixin import steps


class HrVolunteerRegistration(models.Model):
    """An employee's membership of the company's volunteering; one per employee, for good.

    It is validated by an officer or automatically, as the company's settings say.
    """

    _name = "hr.volunteer.registration"
    _description = "Volunteering Registration"
    _inherit = ["hr.volunteer.page.mixin", "hr.volunteer.lifecycle.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _mail_post_access = "read"
    _check_company_auto = True

    _create_fields = frozenset({"employee_id", "program_id"})
    _step_fields = frozenset({"state", "decided_by_id", "decision_date", "refusal_reason"})
    _reason_states = frozenset({"refused"})
    _step_activity_types = ("mail_activity_type_registration",)
    _steps = steps(
        "pending > validated: officer system",
        "pending > refused: officer",
        "validated > withdrawn: employee officer system",
        "pending > withdrawn: system",
        "refused, withdrawn > pending: employee officer",
    )

    employee_id = fields.Many2one(
        "hr.employee",
        required=True,
        index=True,
        ondelete="restrict",
        copy=False,
        default=lambda self: self.env.user.employee_id,
        check_company=True,
    )
    employee_user_id = fields.Many2one(
        "res.users", string="User", related="employee_id.user_id", store=True, precompute=True, index="btree_not_null"
    )
    program_id = fields.Many2one(
        "hr.volunteer.program",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        check_company=True,
        help="The program through which the employee came; the registration holds for the whole company.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, copy=False)
    state = fields.Selection(
        [
            ("pending", "To Validate"),
            ("validated", "Validated"),
            ("refused", "Refused"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        readonly=True,
        default="pending",
        copy=False,
        index=True,
    )
    decided_by_id = fields.Many2one("res.partner", readonly=True, copy=False)
    decision_date = fields.Datetime(string="Decided On", readonly=True, copy=False)
    refusal_reason = fields.Text(readonly=True, copy=False)
    is_mine = fields.Boolean(compute="_compute_is_mine", string="Mine")

    _employee_uniq = models.Constraint(
        "UNIQUE(employee_id)", "This employee is registered already: open their registration instead."
    )

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    @api.depends("employee_id")
    def _compute_display_name(self):
        for registration in self:
            registration.display_name = registration.employee_id.name or ""

    @api.depends("employee_user_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for registration in self:
            registration.is_mine = registration.employee_user_id == self.env.user

    # ---------------------------------------------------------------------
    # CRUD
    # ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Register employees; whoever comes without a given state starts the way of the settings."""
        registrations = super().create(vals_list)
        fresh = self.browse(
            registration.id for registration, vals in zip(registrations, vals_list) if "state" not in vals
        )
        fresh.check_access("read")
        fresh._start()
        return registrations

    def _complete_create_vals(self, vals_list):
        employee_ids = [vals.get("employee_id") or self.env.user.employee_id.id for vals in vals_list]
        # sudo: the company of an employee, by id
        employees = self.env["hr.employee"].sudo().browse(filter(None, employee_ids))
        company_by_employee = {employee.id: employee.company_id.id for employee in employees.exists()}
        for vals, employee_id in zip(vals_list, employee_ids):
            if employee_id not in company_by_employee:
                raise UserError(
                    self.env._(
                        "There is no such employee. Ask your HR officer to link your user to your employee record."
                    )
                )
            self._check_create_for(employees.browse(employee_id))
            vals.update(employee_id=employee_id, company_id=company_by_employee[employee_id])
        return super()._complete_create_vals(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_applications(self):
        # sudo: also applications that the person may not read forbid it
        applications = self.env["hr.volunteer.application"].sudo()
        if applications.search_count([("employee_id", "in", self.sudo().employee_id.ids)], limit=1):
            raise UserError(self.env._("Withdraw the registration instead: there are applications of this employee."))

    # ---------------------------------------------------------------------
    # Actions
    # ---------------------------------------------------------------------

    def action_validate(self):
        """Let the employees take part; they get a welcome by mail."""
        self._transition("validated")

    def action_refuse(self):
        """Ask why, then refuse; the employees get the reason by mail."""
        self._check_transition("refused")
        return self._ask_reason("refuse", self.env._("Refuse the Registration"))

    def action_withdraw(self):
        """End the membership; open applications are cancelled."""
        self._transition("withdrawn")

    def action_ask_again(self):
        """Ask for validation again after a refusal or a withdrawal."""
        self._transition("pending")
        self._start()

    # ---------------------------------------------------------------------
    # Business
    # ---------------------------------------------------------------------

    @api.model
    def _join(self, program, actor=None):
        """Register the user's employee through ``program``, or again on the same record.

        :param Actor actor: the user as employee, where a page acts for them as superuser
        :return: the registration, also one that was there before
        :raise UserError: when the user is no employee of the program's company or not among those it is for
        """
        employee = self._get_own_employees(program.company_id).get(program.company_id)
        if not employee:
            raise self._prepare_no_employee_error(program.company_id)
        registration = self.search([("employee_id", "=", employee.id)], limit=1)
        if not registration:
            return self.create({"employee_id": employee.id, "program_id": program.id})
        if registration.state in ("refused", "withdrawn"):
            program._check_eligible(employee)
            registration._transition("pending", actor=actor, values={"program_id": program.id})
            registration._start()
        return registration

    def _start(self):
        """Validate at once where the settings or an inviting officer say so, else ask the officers."""
        for registration in self:
            if registration.program_id:
                registration.program_id._check_eligible(registration.employee_id)
        invited = self.browse() if self.env.su else self._filter_allowed("validated")
        invited._transition("validated")
        rest = self - invited
        # sudo: the mode of the company of the registration
        automatic = rest.filtered(lambda r: r.sudo().company_id.volunteer_validation_mode == "automatic")
        automatic._transition("validated", actor=self._get_system_actor())
        # sudo: officers are users whom the employee may not read
        manual = (rest - automatic).sudo()
        manual._send_mails(
            "mail_template_registration_to_validate",
            {registration.id: registration._get_officers().partner_id for registration in manual},
        )
        manual._sync_activities()

    @api.model
    def _hold_employees(self, employees):
        """Touch the registrations of employees who apply or take hours: two such steps of one never run side by side,
        nor does a withdrawal.
        """
        if employees:
            self.flush_model()
            self.env.cr.execute(
                SQL(
                    "UPDATE hr_volunteer_registration SET write_date = now() AT TIME ZONE 'UTC' "
                    "WHERE employee_id IN %s",
                    tuple(employees.ids),
                )
            )

    def _get_officers(self):
        """Return the users who are told about this registration, never the employee."""
        self.ensure_one()
        program = self.program_id
        officers = program._get_officers() if program else self.company_id._get_volunteer_officers()
        return officers - self.employee_user_id

    def _prepare_step_vals(self, new_state, actor, reason):
        if new_state == "pending":
            return {"decided_by_id": False, "decision_date": False, "refusal_reason": False}
        return {
            "decided_by_id": actor.partner.id,
            "decision_date": fields.Datetime.now(),
            "refusal_reason": reason if new_state == "refused" else False,
        }

    def _after_step(self, before, actor, reason):
        state = self[:1].state
        if state in ("validated", "refused"):
            self._send_mails(f"mail_template_registration_{state}", self._get_employee_recipients())
        if state == "withdrawn":
            applications = self.env["hr.volunteer.application"].search([("employee_id", "in", self.employee_id.ids)])
            applications._end_open(actor, reason or self.env._("No longer registered for volunteering."))
        self.env["hr.volunteer.invitation"]._follow(self)

    def _refuse(self, reason):
        """Refuse; ``reason`` is mailed to the employees."""
        self._transition("refused", reason=reason)

    # ---------------------------------------------------------------------
    # Activities
    # ---------------------------------------------------------------------

    def _get_due_activities(self):
        due = {}
        for registration in self:
            if registration.state != "pending":
                continue
            program, company = registration.program_id, registration.company_id
            candidates = program.user_id + company.volunteer_responsible_id + registration._get_officers()
            # whoever is named but is no officer could not answer
            able = candidates.filtered(lambda user: user.active and user.has_group(OFFICER_GROUP))
            responsible = (able - registration.employee_user_id)[:1]
            if responsible:
                due[registration.id, "mail_activity_type_registration"] = (
                    responsible,
                    fields.Date.context_today(registration),
                    self.env._("Validate the registration"),
                )
        return due

    def _is_question_open(self):
        return self.state == "pending"

    def _get_question_words(self):
        return self.env._("Validate or refuse the registration.")

    def _get_conversation_partners(self):
        return self._get_employee_recipients()[self.id]
