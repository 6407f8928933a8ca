from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.base.models.res_partner import _tz_get

from .application_checks_mixin import OPEN_STATES
from .door_mixin import OFFICER_GROUP
from .lifecycle_mixin import steps
from .seat_mixin import lock_for_share


class HrVolunteerMission(models.Model):
    """What an association needs done. Employees apply once it is published."""

    _name = "hr.volunteer.mission"
    _description = "Volunteering Mission"
    _inherit = [
        "hr.volunteer.mission.page.mixin",
        "hr.volunteer.presentation.mixin",
        "hr.volunteer.places.mixin",
        "hr.volunteer.lifecycle.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _presentation_page = "mission"
    _order = "date_start desc nulls last, name, id"
    _check_company_auto = True

    _officer_fields = frozenset(
        {
            "name",
            "description",
            "image",
            "association_id",
            "referent_id",
            "cause_ids",
            "duration_type",
            "location_type",
            "address_id",
            "tz",
            "date_start",
            "date_end",
            "capacity",
            "shift_ids",
            "skip_contact",
            "user_id",
        }
    )
    _create_fields = frozenset({"program_id"})
    _step_activity_types = ("mail_activity_type_overbooked", "mail_activity_type_proposal")
    _seat_field = "application_ids"
    _steps = steps(
        "draft, closed > published: officer",
        "published > closed: officer system",
        "draft, published, closed > cancelled: officer system",
    )

    name = fields.Char(required=True, translate=True)
    description = fields.Html(translate=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("published", "Published"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
    )
    program_id = fields.Many2one("hr.volunteer.program", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, copy=False)
    association_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_volunteer_association', '=', True)]",
        check_company=True,
    )
    referent_id = fields.Many2one(
        "res.partner",
        ondelete="restrict",
        domain="[('id', 'child_of', association_id)]",
        check_company=True,
        help="The person at the association who gets the applications by mail.",
    )
    cause_ids = fields.Many2many("hr.volunteer.cause", string="Causes")
    duration_type = fields.Selection(
        [
            ("one_off", "One-off"),
            ("recurring", "Recurring"),
            ("long", "Long"),
        ],
        string="Duration",
        required=True,
        default="one_off",
    )
    location_type = fields.Selection(
        [
            ("on_site", "On site"),
            ("remote", "Remote"),
            ("hybrid", "Hybrid"),
        ],
        string="Location",
        required=True,
        default="on_site",
    )
    address_id = fields.Many2one("res.partner", string="Place", check_company=True)
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or self.env.company.resource_calendar_id.tz or "UTC",
        help="The dates of the mission are shown in this time zone in mails.",
    )
    date_start = fields.Datetime(string="Start")
    date_end = fields.Datetime(string="End")
    is_full = fields.Boolean(search="_search_is_full")
    shift_ids = fields.One2many(
        "hr.volunteer.shift", "mission_id", string="Shifts", help="Fixed dates. Empty: employees propose dates."
    )
    skip_contact = fields.Boolean(
        string="No Talk Needed",
        help="Employees confirm their dates at once: association and employee need not talk first.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Officer in Charge",
        default=lambda self: self.env.user,
        domain=lambda self: self.env["res.company"]._get_volunteer_officer_domain(),
    )
    proposed_by_id = fields.Many2one(
        "res.partner",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=OFFICER_GROUP,
        help="Who at the association proposed the mission in the portal.",
    )
    # a search through this field would tell colleagues where somebody applied
    application_ids = fields.One2many(
        "hr.volunteer.application", "mission_id", string="Applications", groups=OFFICER_GROUP
    )
    application_count = fields.Integer(compute="_compute_application_count")

    _capacity_positive = models.Constraint("CHECK(capacity >= 0)", "Places are 0 (no limit) or more.")
    _dates_ordered = models.Constraint(
        "CHECK(date_end >= date_start)", "The mission ends before it starts: change a date."
    )

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    def _search_is_full(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: seats of colleagues count, their applications stay unread
        taken = (
            self.env["hr.volunteer.application"]
            .sudo()
            ._read_group([("seat_number", "!=", 0)], ["mission_id"], ["__count"])
        )
        full_ids = [mission.id for mission, count in taken if mission.capacity and count >= mission.capacity]
        return Domain("id", "in", full_ids)

    @api.depends("application_ids")
    @api.depends_context("uid")
    def _compute_application_count(self):
        counts = dict(
            self.env["hr.volunteer.application"]._read_group(
                [("mission_id", "in", self.ids)], ["mission_id"], ["__count"]
            )
        )
        for mission in self:
            mission.application_count = counts.get(mission._origin, 0)

    # ---------------------------------------------------------------------
    # Constrains and onchange
    # ---------------------------------------------------------------------

    @api.constrains("capacity")
    def _check_capacity(self):
        for mission in self:
            if 0 < mission.capacity < mission.seats_taken:
                raise ValidationError(
                    self.env._(
                        "%(taken)s places of “%(mission)s” are taken: give at least as many, or cancel applications "
                        "first.",
                        taken=mission.seats_taken,
                        mission=mission.name,
                    )
                )

    @api.constrains("association_id", "referent_id")
    def _check_referent(self):
        for mission in self:
            # sudo: contacts of another company are not readable, and the rule holds for them too
            referent, association = mission.referent_id.sudo(), mission.association_id.sudo()
            if not association.is_volunteer_association:
                raise ValidationError(
                    self.env._("Mark %(name)s as an association for volunteering first.", name=association.name)
                )
            if referent and referent != association and referent.commercial_partner_id != association:
                raise ValidationError(
                    self.env._(
                        "%(referent)s is not a contact of %(association)s: choose one of its contacts.",
                        referent=referent.name,
                        association=association.name,
                    )
                )

    @api.onchange("association_id")
    def _onchange_association_id(self):
        association = self.association_id
        if self.referent_id.commercial_partner_id != association:
            self.referent_id = association.child_ids.filtered("email")[:1] or association
        if not self.cause_ids:
            self.cause_ids = association.volunteer_cause_ids
        if not self.address_id:
            self.address_id = association

    # ---------------------------------------------------------------------
    # CRUD
    # ---------------------------------------------------------------------

    def _check_values(self, vals):
        super()._check_values(vals)
        # the association stays once somebody applied to it
        if "association_id" in vals:
            for mission in self:
                # sudo: also applications that the writer may not read count
                if mission.association_id.id != vals["association_id"] and mission.sudo().application_ids:
                    raise UserError(
                        self.env._(
                            "There are applications to “%(mission)s”: make a new mission for the other association.",
                            mission=mission.name,
                        )
                    )

    def _complete_create_vals(self, vals_list):
        programs = self.env["hr.volunteer.program"].browse(
            vals["program_id"] for vals in vals_list if vals.get("program_id")
        )
        programs.check_access("read")
        for vals in vals_list:
            program = self.env["hr.volunteer.program"].browse(vals.get("program_id"))
            vals["company_id"] = (program.company_id or self.env.company).id
        return super()._complete_create_vals(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if any(mission.state != "draft" for mission in self):
            raise UserError(
                self.env._("Only drafts are deleted: cancel the mission instead, so that everybody is told.")
            )

    # ---------------------------------------------------------------------
    # Actions
    # ---------------------------------------------------------------------

    def action_publish(self):
        """Show the missions to the employees of the company.

        :raise UserError: when nobody at the association could be written to
        """
        self._transition("published")

    def action_close(self):
        """Take no more applications; those that are there go on."""
        self._transition("closed")

    def action_cancel(self):
        """Cancel the missions with all their applications; everybody concerned is told."""
        self._transition("cancelled")

    def action_open_applications(self):
        """Open the applications to this mission that the user may read."""
        self.ensure_one()
        self.check_access("read")
        return {
            **self.env["ir.actions.actions"]._for_xml_id("volunteer_engagement.hr_volunteer_application_action"),
            "domain": [("mission_id", "=", self.id)],
            "context": {"default_mission_id": self.id},
        }

    # ---------------------------------------------------------------------
    # Business
    # ---------------------------------------------------------------------

    @api.model
    def _get_window(self):
        """Return the window of missions as the reader uses them: to look after them, or to apply."""
        name = "hr_volunteer_mission_action" if self._is_officer() else "hr_volunteer_mission_action_catalogue"
        return self.env["ir.actions.actions"]._for_xml_id(f"volunteer_engagement.{name}")

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """Keep the chatter to officers: all employees read missions, and notes name people."""
        if message_operation == "read":
            return dict.fromkeys(self, "write")
        return super()._mail_get_operation_for_mail_message_operation(message_operation)

    def _before_step(self, new_state, actor, reason, values):
        if new_state == "published":
            for mission in self:
                if not mission.program_id.active:
                    raise UserError(
                        self.env._(
                            "The program “%(program)s” has ended: take it out of the archive first.",
                            program=mission.program_id.name,
                        )
                    )
                if not mission.referent_id.email:
                    raise UserError(
                        self.env._(
                            "“%(mission)s” needs a referent with an e-mail address: the association would not hear of "
                            "applications.",
                            mission=mission.name,
                        )
                    )

    def _after_step(self, before, actor, reason):
        cancelled = self.filtered(lambda mission: mission.state == "cancelled")
        if cancelled:
            cancelled._end_applications(actor, reason)
            cancelled._trigger_sweep()

    def _end_applications(self, actor, reason=None):
        """Cancel what is open on cancelled missions; everybody concerned is told."""
        self.application_ids._end_open(actor, reason or self.env._("The mission was cancelled."))

    def _lock_for_share(self):
        """Keep missions and their shifts as they are until the end of the transaction, see ``lock_for_share``."""
        lock_for_share(self)
        lock_for_share(self.shift_ids)

    def _offer_places(self, again=True):
        """Offer free places to those who wait for them, in the order in which they came.

        Somebody who waits for several shifts is served once all have a place; meanwhile others are.

        :param bool again: look again on fresh data, after the commit: somebody may join or leave at this moment
        """
        if not self:
            return
        # sudo: whoever frees a place does not read who waits for it
        waiting = (
            self.env["hr.volunteer.application"]
            .sudo()
            .search(
                [("mission_id", "in", self.ids), ("state", "=", "waiting"), ("offer_deadline", "=", False)],
                order="waiting_date, id",
            )
        )
        if waiting:
            waiting._offer()
        if waiting and again:
            waiting._trigger_cron("ir_cron_volunteer_waiting")

    def _get_missions(self):
        return self

    def _trigger_sweep(self):
        self._trigger_cron("ir_cron_volunteer_sweep")

    def _is_overbooked(self):
        """Return whether more people have a place than there are, on the mission or one of its shifts."""
        self.ensure_one()
        return any(0 < parent.capacity < parent.seats_taken for parent in (self, *self.shift_ids))

    def _write_words(self, vals):
        """Write terms in the language of whoever wrote them, and in the one that others read where theirs has none.

        Where somebody gave that one words of its own, they stay.
        """
        self.ensure_one()
        english = self.with_context(lang="en_US")
        same = {name: value for name, value in vals.items() if english[name] == self[name]}
        self.write(vals)
        if same and self.env.lang not in (None, "en_US"):
            english.write(same)

    def _tell_changed(self, partner, changed):
        """Tell the officer in charge what somebody of the association changed, in the name of that person."""
        return self._tell_officer(partner, self.env._("Changed by the association: %(what)s", what=", ".join(changed)))

    def _tell_officer(self, partner, words):
        """Write a note in the name of somebody of the association; the officer in charge is told.

        :return: the officer who is told, or nobody
        """
        self.ensure_one()
        officer = self.user_id.filtered(lambda user: user._is_volunteer_able())
        # as root: whoever makes a message may read it for good
        self.with_user(SUPERUSER_ID).message_post(
            author_id=partner.id,
            body=words,
            partner_ids=officer.partner_id.ids,
            subtype_xmlid="mail.mt_note",
        )
        return officer

    def _is_question_open(self):
        return self.state == "draft" and bool(self.proposed_by_id)

    def _get_question_words(self):
        return self.env._("Publish the mission, cancel it, or delete it.")

    def _get_due_activities(self):
        today = fields.Date.context_today(self)
        proposed = self.filtered(lambda mission: mission._is_question_open())
        responsibles = {program: program._get_responsible() for program in proposed.program_id}
        proposals = {
            (mission.id, "mail_activity_type_proposal"): (
                responsible,
                today,
                self.env._("A mission was proposed: look and publish"),
            )
            for mission in proposed
            if (responsible := responsibles[mission.program_id])
        }
        return proposals | {
            (mission.id, "mail_activity_type_overbooked"): (
                mission.user_id,
                today,
                self.env._("More people than places: give places, or cancel applications"),
            )
            for mission in self
            if mission.state in ("published", "closed") and mission.user_id and mission._is_overbooked()
        }

    @api.model
    def _cron_sweep(self):
        """Look again, on fresh data, at what slipped in while a mission was cancelled or lost places.

        Who applies and who cancels at the same moment do not see one another (write skew). Applications to cancelled
        missions are ended; of too many people the officer in charge is told by an activity: somebody must choose.
        """
        domain = [("mission_id.state", "=", "cancelled"), ("state", "in", OPEN_STATES)]
        applications = self.env["hr.volunteer.application"]
        applications._run_one_by_one(
            domain, lambda application: application.mission_id._end_applications(application._get_system_actor())
        )
        self.search([("state", "in", ("published", "closed"))])._sync_activities()

    def _get_place(self):
        """Return where the mission takes place, in words and on one line."""
        self.ensure_one()
        if self.location_type == "remote":
            return self.env._("Remote")
        # not contact_address, whose country stays in the language in which it was read first
        return ", ".join(line for line in self.address_id._display_address().splitlines() if line.strip())
