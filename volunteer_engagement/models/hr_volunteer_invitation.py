from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import hash_sign
from odoo.tools.sql import escape_psql

from .door_mixin import OFFICER_GROUP
from .lifecycle_mixin import Actor, steps

OPEN_STATES = ("sent", "opened")
# whoever is in one of these is not asked to join any more
REGISTERED_STATES = ("pending", "validated")
# what no signature of a link fits
PROOF_SCOPE = "volunteer_engagement/signup"
# how long a password may be chosen after joining; the link of the invitation brings another proof
PROOF_DAYS = 1


class HrVolunteerInvitation(models.Model):
    """An officer's invitation of one employee, by a personal link in a mail.

    Joining by the link registers the employee, and being invited by an officer counts as validated. Whoever has no
    user signs up on the same way, as a portal user of their own employee. Sent again it is the same record with a new
    link; the old one ends.
    """

    _name = "hr.volunteer.invitation"
    _description = "Volunteering Invitation"
    _inherit = ["hr.volunteer.link.mixin", "hr.volunteer.lifecycle.mixin", "mail.thread"]
    _order = "sent_date desc, id desc"
    _mail_post_access = "read"
    _check_company_auto = True

    _create_fields = frozenset({"employee_id", "program_id"})
    _step_fields = frozenset({"state", "invited_by_id", "sent_date", "expiration_date", "opened_date", "joined_date"})
    _steps = steps(
        "sent > opened: employee",
        "sent, opened > joined: employee system",
        "sent, opened > revoked: officer system",
        "sent, opened, revoked > sent: officer",
    )
    _link_page = "invitation"

    employee_id = fields.Many2one(
        "hr.employee", required=True, index=True, ondelete="cascade", copy=False, check_company=True
    )
    employee_user_id = fields.Many2one(
        "res.users", string="User", related="employee_id.user_id", store=True, precompute=True, index="btree_not_null"
    )
    department_id = fields.Many2one("hr.department", readonly=True, copy=False, help="When the invitation was made.")
    program_id = fields.Many2one(
        "hr.volunteer.program",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="What they are invited to. Empty: the volunteering of the company.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, copy=False)
    invited_by_id = fields.Many2one("res.users", readonly=True, copy=False, default=lambda self: self.env.user)
    state = fields.Selection(
        [
            ("sent", "Sent"),
            ("opened", "Opened"),
            ("joined", "Joined"),
            ("revoked", "Revoked"),
        ],
        required=True,
        readonly=True,
        default="sent",
        copy=False,
        index=True,
    )
    status = fields.Selection(
        [
            ("sent", "No answer yet"),
            ("opened", "Opened"),
            ("joined", "Joined"),
            ("expired", "Expired"),
            ("revoked", "Revoked"),
        ],
        string="Where It Stands",
        compute="_compute_status",
        search="_search_status",
        help="An open invitation is expired once its link has ended by its date.",
    )
    sent_date = fields.Datetime(string="Sent On", readonly=True, copy=False)
    expiration_date = fields.Datetime(string="Valid Until", readonly=True, copy=False)
    opened_date = fields.Datetime(string="Opened On", readonly=True, copy=False)
    joined_date = fields.Datetime(string="Joined On", readonly=True, copy=False)

    _open_uniq = models.UniqueIndex(
        "(employee_id) WHERE state IN ('sent', 'opened')",
        "This employee is invited already: send the open invitation again instead.",
    )

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    @api.depends("employee_id")
    def _compute_display_name(self):
        for invitation in self:
            invitation.display_name = invitation.employee_id.name or ""

    @api.depends("state", "expiration_date")
    def _compute_status(self):
        for invitation in self:
            invitation.status = "expired" if invitation._is_expired() else invitation.state

    def _search_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        is_open = Domain("state", "in", OPEN_STATES)
        expired = is_open & Domain("expiration_date", "<=", fields.Datetime.now())
        states = [state for state in value if state and state != "expired"]
        found = Domain("state", "in", states) & ~expired
        return found | expired if "expired" in value else found

    # ---------------------------------------------------------------------
    # CRUD
    # ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Invite employees by mail; what an administrator imports in a given state is mailed to nobody."""
        # whoever invites hundreds need not follow them
        model = self.with_context(mail_create_nosubscribe=True, mail_create_nolog=True)
        invitations = super(HrVolunteerInvitation, model).create(vals_list).with_env(self.env)
        fresh = self.browse(invitation.id for invitation, vals in zip(invitations, vals_list) if "state" not in vals)
        fresh._tell()
        return invitations

    def _complete_create_vals(self, vals_list):
        # sudo: by id; who may invite them is asked here
        employee_ids = dict.fromkeys(vals.get("employee_id") for vals in vals_list)
        employees = self.env["hr.employee"].sudo().browse(filter(None, employee_ids))
        if not all(employee_ids) or employees.exists() != employees:
            raise UserError(self.env._("There is no such employee: choose whom to invite."))
        self._check_inviter(employees)
        programs = self.env["hr.volunteer.program"]
        fresh_by_program = defaultdict(list)
        for vals in vals_list:
            if "state" not in vals:
                fresh_by_program[vals.get("program_id")].append(vals["employee_id"])
        for program_id, fresh in fresh_by_program.items():
            program = programs.browse(program_id or ())
            program.check_access("read")
            self._check_obstacles(employees.browse(fresh).with_prefetch(employees.ids), program)
        now = fields.Datetime.now()
        for vals in vals_list:
            employee = employees.browse(vals["employee_id"]).with_prefetch(employees.ids)
            # an administrator may say when it was
            vals.setdefault("sent_date", now)
            vals.setdefault("expiration_date", self._get_expiration(employee.company_id))
            vals.update(
                invited_by_id=vals.get("invited_by_id") or self.env.uid,
                company_id=employee.company_id.id,
                department_id=employee.department_id.id,
            )
        return super()._complete_create_vals(vals_list)

    # ---------------------------------------------------------------------
    # Actions
    # ---------------------------------------------------------------------

    def action_send_again(self):
        """Send the invitations again, with new links; the old ones end."""
        self._check_transition("sent")
        for invitations in self.grouped("company_id").values():
            invitations._send_again()

    def action_revoke(self):
        """Take the invitations back: their links end."""
        self._transition("revoked")

    # ---------------------------------------------------------------------
    # Business
    # ---------------------------------------------------------------------

    @api.model
    def _get_expiration(self, company):
        # sudo: the setting of a company
        return fields.Datetime.now() + timedelta(days=company.sudo().volunteer_invitation_days)

    def _is_expired(self):
        self.ensure_one()
        is_open = self.state in OPEN_STATES
        return is_open and bool(self.expiration_date) and self.expiration_date <= fields.Datetime.now()

    def _check_inviter(self, employees):
        """Raise unless the user may invite the employees.

        :raise AccessError: for all but officers of their company, and on oneself
        """
        if self.env.su:
            return
        if self.env.user in employees.user_id:
            raise AccessError(self.env._("Nobody invites themselves: join on the page of a program."))
        if not self._is_officer() or employees.company_id - self.env.companies:
            raise AccessError(self.env._("Only a volunteering officer of the company invites its employees."))

    @api.model
    def _get_obstacles(self, employees, program):
        """Return why employees can't be invited, in words and by employee; whoever can is not in it.

        :param employees: as superuser: officers need no rights of HR
        """
        # sudo: registrations of all, the officer's own included; told are words alone
        registrations = self.env["hr.volunteer.registration"].sudo()
        registered = registrations.search(
            [("employee_id", "in", employees.ids), ("state", "in", REGISTERED_STATES)]
        ).grouped("employee_id")
        obstacles = {}
        for employee in employees:
            registration = registered.get(employee)
            unmet = program.sudo()._get_unmet_condition(employee) if program else ""
            if employee.user_id == self.env.user and not self.env.su:
                obstacles[employee] = self.env._("that is you: another officer may invite you")
            elif not employee.active:
                obstacles[employee] = self.env._("no longer with the company")
            elif registration and registration.state == "pending":
                obstacles[employee] = self.env._("asked to join already: validate the registration")
            # whoever takes part and has no user is invited to have one
            elif registration and employee.user_id:
                obstacles[employee] = self.env._("registered already")
            elif not (employee.work_contact_id or employee.user_id.partner_id).email:
                obstacles[employee] = self.env._("no e-mail address at work")
            elif unmet:
                obstacles[employee] = self.env._("not open to them: %(condition)s", condition=unmet)
        return obstacles

    def _check_obstacles(self, employees, program):
        obstacles = self._get_obstacles(employees, program)
        for employee, words in obstacles.items():
            raise UserError(
                self.env._("%(employee)s cannot be invited: %(words)s.", employee=employee.name, words=words)
            )

    @api.model
    def _invite(self, employees, program, again=False):
        """Invite employees, or send them again what they got before. Returns the invitations.

        :param employees: of one company, without obstacles
        :param bool again: also those whose invitation is open still
        """
        # the last of each that did not end by joining
        former = self.search([("employee_id", "in", employees.ids), ("state", "!=", "joined")], order="id")
        former_by_employee = {invitation.employee_id: invitation for invitation in former}
        repeated = self.browse(invitation.id for invitation in former_by_employee.values())
        if not again:
            repeated = repeated.filtered(lambda invitation: invitation.status in ("expired", "revoked"))
        repeated._send_again(program)
        new = [employee.id for employee in employees if employee not in former_by_employee]
        return repeated + self.create([{"employee_id": id_, "program_id": program.id} for id_ in new])

    def _send_again(self, program=None):
        """Send invitations of one company again, to ``program`` where one is given."""
        if self:
            values = {"expiration_date": self._get_expiration(self.company_id)}
            self._transition("sent", values=values if program is None else {**values, "program_id": program.id})

    def _tell(self):
        """Mail each link to its employee. Each is new: those of former mails have ended."""
        # sudo: links are made by the system alone
        invitations = self.sudo()
        invitations._send_mails("mail_template_invitation", invitations._get_employee_recipients())

    def _prepare_step_vals(self, new_state, actor, reason):
        now = fields.Datetime.now()
        if new_state == "sent":
            return {"invited_by_id": self.env.uid, "sent_date": now, "opened_date": False}
        return {f"{new_state}_date": now} if new_state in ("opened", "joined") else {}

    def _before_step(self, new_state, actor, reason, values):
        if new_state != "sent":
            return
        by_program = self.grouped("program_id")
        if "program_id" in values:
            by_program = {self.env["hr.volunteer.program"].browse(values["program_id"] or ()): self}
        for program, invitations in by_program.items():
            self._check_obstacles(invitations.employee_id, program)

    def _after_step(self, before, actor, reason):
        if self[:1].state == "sent":
            for invitation in self:
                invitation.link_version += 1
            self._tell()

    # ---------------------------------------------------------------------
    # The link
    # ---------------------------------------------------------------------

    def _get_link_partner(self, role):
        if role != "employee":
            return super()._get_link_partner(role)
        return self._get_employee_recipients()[self.id]

    def _get_link_expiration(self):
        return self.expiration_date

    def _get_first_name(self):
        """Return how the employee is greeted."""
        self.ensure_one()
        return (self.employee_id.name or "").split(" ")[0]

    def _get_registration(self):
        self.ensure_one()
        # sudo: the link was checked
        return self.env["hr.volunteer.registration"].sudo().search([("employee_id", "=", self.employee_id.id)])

    def _get_page_state(self):
        """Return what the page of the link is for now.

        ``join``; ``account`` for whoever takes part and has no user; ``login`` for whoever has one; ``ended``.
        """
        self.ensure_one()
        employee = self.employee_id
        registration = self._get_registration()
        if self.state == "revoked" or not employee.active:
            return "ended"
        if self.state == "joined" and registration.state not in REGISTERED_STATES:
            # withdrawn or refused since: the same mail does not bring them back
            return "ended"
        if self.state == "joined" or registration.state == "validated":
            return "login" if employee.user_id else "account"
        return "join"

    def _open(self, actor):
        """Note that the employee has seen the page; later looks change nothing."""
        if self.state == "sent":
            self._transition("opened", actor=actor)

    def _join(self, actor):
        """Register the employee in the name of the inviting officer; once is enough.

        :param Actor actor: the employee, by the link
        :raise UserError: where the invitation has ended, the program is not for them, or no account could be made:
            nothing is done then
        """
        page = self._get_page_state()
        if page == "ended":
            raise UserError(self._get_ended_words())
        if page == "login":
            return
        self._check_account()
        self._open(actor)
        if self.state == "opened":
            self._transition("joined", actor=actor)
        if page == "join":
            self._register_employee(actor)

    def _get_ended_words(self):
        return self.env._(
            "This invitation has ended. Ask %(officer)s for a new one if you would like to take part.",
            officer=self.invited_by_id.name or self.company_id.name,
        )

    def _get_inviter(self):
        """Return the user who invited, where that is still an officer of the company and not the employee."""
        user = self.invited_by_id
        is_officer = user.active and user.has_group(OFFICER_GROUP) and self.company_id in user.company_ids
        return user if is_officer and user != self.employee_id.user_id else user.browse()

    def _register_employee(self, actor):
        """Register the employee, or again on the same record: validated where the inviter may, else as the settings
        say.
        """
        registration = self._get_registration()
        inviter = self._get_inviter()
        values = {"program_id": self.program_id.id} if self.program_id else {}
        if registration.state in ("refused", "withdrawn"):
            registration._transition("pending", actor=actor, values=values)
        if inviter:
            # with the rights of whoever invited, who is an officer there
            officer_env = self.env["hr.volunteer.registration"].with_user(inviter)
            officer_env = officer_env.with_context(allowed_company_ids=self.company_id.ids)
            if not registration:
                officer_env.create({"employee_id": self.employee_id.id, **values})
                return
            if registration.program_id:
                registration.program_id._check_eligible(self.employee_id)
            registration._transition("validated", actor=Actor("officer", inviter.partner_id))
        elif registration:
            registration._start()
        else:
            registration.create({"employee_id": self.employee_id.id, **values})

    # ---------------------------------------------------------------------
    # The account of whoever has none
    # ---------------------------------------------------------------------

    def _check_account(self):
        """Raise in words where the employee has no user and could not get one.

        :raise UserError: a link lets nobody in to an account that is there already
        """
        employee = self.employee_id
        if employee.user_id:
            return
        partner = employee.work_contact_id
        login = partner.email_normalized
        if not login or len(self._get_employees_of(partner)) != 1:
            raise UserError(
                self.env._("You have no e-mail address at work of your own. Ask your HR officer to add one.")
            )
        # sudo: logins of others; archived users keep theirs
        users = self.env["res.users"].sudo().with_context(active_test=False)
        if users.search_count(
            Domain("partner_id", "=", partner.id) | Domain("login", "=ilike", escape_psql(login)), limit=1
        ):
            raise UserError(
                self.env._(
                    "There is an account with your address %(login)s already, but it is not linked to you as an "
                    "employee. If it is yours, ask your HR officer to link it, else to remove it, and open this link "
                    "again.",
                    login=login,
                )
            )

    def _get_account_url(self):
        """Return where the employee goes after joining: to their pages, or first to Odoo's signup.

        The signup gets a proof that it was reached by the link of this invitation. Its token is none: Odoo gives that
        to every internal user where people may sign up freely.
        """
        self.ensure_one()
        url = "/my/volunteering"
        if self.employee_id.user_id:
            return url
        self._check_account()
        partner = self.employee_id.work_contact_id.with_context(relative_url=True)
        partner.signup_prepare()
        values = [self.id, self.link_version, partner.id]
        # sudo: the secret of the database
        proof = hash_sign(self.sudo().env, PROOF_SCOPE, values, timedelta(days=PROOF_DAYS))
        return f"{partner._get_signup_url_for_action(url=url)[partner.id]}&volunteer_proof={proof}"

    @api.model
    def _get_employees_of(self, partner):
        # sudo: of all companies, by whoever signs up
        return self.env["hr.employee"].sudo().search([("work_contact_id", "=", partner.id)])

    @api.model
    def _find_invited_employee(self, partner, proof):
        """Return the employee to whom a partner who signs up is to be linked, as superuser, or none.

        The partner must be the work contact of one active employee alone, who has no user and has joined by an
        invitation, and must have no user either.

        :param proof: what the link of that invitation brought to the signup, see ``_get_account_url``
        """
        nobody = self.env["hr.employee"].sudo()
        values = self._read_signed(PROOF_SCOPE, proof)
        if not values:
            return nobody
        invitation_id, version, partner_id = values
        # sudo: by whoever signs up; the proof was checked
        invitation = self.sudo().browse(invitation_id).exists()
        if partner_id != partner.id or invitation.link_version != version or invitation.state != "joined":
            return nobody
        employee = invitation.employee_id
        if self._get_employees_of(partner) != employee or employee.user_id:
            return nobody
        if partner.sudo().with_context(active_test=False).user_ids:
            return nobody
        return employee if invitation._get_registration().state in REGISTERED_STATES else nobody

    @api.model
    def _follow(self, registrations):
        """End the open invitations of employees whose registrations were just answered, by whatever way."""
        state = registrations[:1].state
        if state != "pending":
            invitations = self.search(
                [("employee_id", "in", registrations.employee_id.ids), ("state", "in", OPEN_STATES)]
            )
            target = "joined" if state == "validated" else "revoked"
            invitations._transition(target, actor=invitations._get_system_actor())
        if state in ("refused", "withdrawn"):
            # whoever was about to sign up does so no more
            registrations.employee_id.filtered(lambda employee: not employee.user_id).work_contact_id.signup_cancel()
