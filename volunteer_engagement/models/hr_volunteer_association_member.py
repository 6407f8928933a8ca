from datetime import timedelta
from typing import NamedTuple

from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import email_normalize, html2plaintext, plaintext2html
from odoo.tools.sql import escape_psql

from .application_checks_mixin import OPEN_STATES
from .door_mixin import MAX_INTEGER
from .hr_volunteer_slot import ATTENDANCE_DOMAIN
from .lifecycle_mixin import Actor
from .link_mixin import Link

# what administrators of an association say of a mission that they propose, and change until it is published
PROPOSAL_FIELDS = frozenset(
    {
        "name",
        "description",
        "referent_id",
        "cause_ids",
        "duration_type",
        "location_type",
        "address_id",
        "date_start",
        "date_end",
        "capacity",
    }
)
# and what may change afterwards
PUBLISHED_FIELDS = frozenset({"date_start", "date_end", "capacity"})
SHIFT_FIELDS = frozenset({"date_start", "date_end", "capacity"})
# each in one language alone, see ``_write_words``
TRANSLATED_FIELDS = frozenset({"name", "description"})
# what wants something of the association first
APPLICATION_ORDER = ("applied", "contact", "confirmed", "to_approve", "waiting")
ENDED_MISSIONS = ("closed", "cancelled")
MAX_SHIFTS = 50
MAX_NAME = 200
# of one association towards one company, those who left included
MAX_PEOPLE = 100
# before an invitation is sent again by the association
INVITATION_PAUSE = timedelta(days=1)
MAX_DESCRIPTION = 10000


class Outcome(NamedTuple):
    """What became of a step: whether something changed, and whether an officer is told of it."""

    changed: bool
    told: bool


class HrVolunteerAssociationMember(models.Model):
    """A person who acts for an association in the portal, towards one company.

    Referents see the missions that name them, and the applications to these; administrators all missions of the
    association in that company, propose missions and look after its people. Portal users have no access to any model:
    pages ask ``_get_own_members`` who the user acts for, and do everything else by methods of this one, as superuser.
    """

    _name = "hr.volunteer.association.member"
    _description = "Person of an Association"
    _inherit = ["hr.volunteer.door.mixin"]
    _order = "association_id, role, partner_id, id"
    _check_company_auto = True

    _officer_fields = frozenset({"role", "active"})
    _create_fields = frozenset({"partner_id", "association_id", "company_id"})

    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain="[('id', 'child_of', association_id), ('is_company', '=', False)]",
    )
    association_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain="[('is_volunteer_association', '=', True)]",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
        help="The company whose employees volunteer.",
    )
    role = fields.Selection(
        [
            ("administrator", "Administrator"),
            ("referent", "Referent"),
        ],
        required=True,
        default="referent",
        help="Referents look after the missions that name them. Administrators look after all missions of the "
        "association, propose missions and invite its people.",
    )
    active = fields.Boolean(default=True)
    email = fields.Char(related="partner_id.email", string="E-mail")
    invited_date = fields.Datetime(string="Invited On", readonly=True, copy=False)
    invitation_state = fields.Selection(
        [
            ("none", "Not invited"),
            ("invited", "Invited"),
            ("joined", "Logged in"),
        ],
        string="Portal",
        compute="_compute_invitation_state",
        compute_sudo=True,
    )

    _member_uniq = models.UniqueIndex(
        "(partner_id, association_id, company_id) WHERE active",
        "This person acts for the association already: change the role instead.",
    )

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    @api.depends("partner_id", "association_id")
    def _compute_display_name(self):
        for member in self:
            member.display_name = f"{member.partner_id.name or ''} ({member.association_id.name or ''})"

    @api.depends("partner_id.user_ids.active", "partner_id.user_ids.login_date")
    def _compute_invitation_state(self):
        for member in self:
            user = member.partner_id.user_ids.filtered("active")[:1]
            member.invitation_state = ("joined" if user.login_date else "invited") if user else "none"

    # ---------------------------------------------------------------------
    # Constrains
    # ---------------------------------------------------------------------

    @api.constrains("partner_id", "association_id")
    def _check_belongs(self):
        for member in self.sudo():  # sudo: the rule holds for contacts that the writer does not read as well
            person, association = member.partner_id, member.association_id
            if not association.is_volunteer_association:
                raise ValidationError(
                    self.env._("Mark %(name)s as an association for volunteering first.", name=association.name)
                )
            if person.is_company or not member._belongs():
                raise ValidationError(
                    self.env._(
                        "%(person)s is not a person of %(association)s: choose one of its contacts.",
                        person=person.name,
                        association=association.name,
                    )
                )

    def _belongs(self):
        """Return whether the person is a contact of the association, as it stands now."""
        self.ensure_one()
        above = self.partner_id.parent_id
        while above and above != self.association_id:
            above = above.parent_id
        return bool(above)

    # ---------------------------------------------------------------------
    # CRUD
    # ---------------------------------------------------------------------

    def _complete_create_vals(self, vals_list):
        for vals in vals_list:
            # asked before anything is written, so that the index does not tell who acts for whom elsewhere
            if not self.env.su and vals.setdefault("company_id", self.env.company.id) not in self.env.companies.ids:
                raise AccessError(self.env._("You look after people of associations for your own company only."))
        # the index on active ones sees who was archived in this transaction
        self.flush_model(["active"])
        return super()._complete_create_vals(vals_list)

    def write(self, vals):
        """Write; whoever acts for the association no longer looks after no mission, and the links in mails end."""
        leaving = self.filtered("active") if "active" in vals and not vals["active"] else self.browse()
        result = super().write(vals)
        leaving._hand_over()
        return result

    def _hand_over(self):
        """Give the missions of which these people are referents to an administrator, else to the association."""
        for member in self.sudo():  # sudo: officers and the association end an access, and missions follow
            domain = [("association_id", "=", member.association_id.id), ("company_id", "=", member.company_id.id)]
            missions = self.env["hr.volunteer.mission"].sudo()
            missions = missions.search([*domain, ("referent_id", "=", member.partner_id.id)])
            if not missions:
                continue
            administrators = member.search([*domain, ("role", "=", "administrator")])
            heir = administrators.filtered("email").partner_id[:1] or member.association_id
            missions.write({"referent_id": heir.id})
            words = self.env._("Referent now: %(name)s", name=heir.display_name)
            missions._log_lines(dict.fromkeys(missions.ids, words), self.env.user.partner_id)

    # ---------------------------------------------------------------------
    # Actions
    # ---------------------------------------------------------------------

    def action_invite(self):
        """Make portal users of these people; Odoo sends each an invitation by mail, again to those who were silent.

        :raise UserError: for contacts without an address, with one of another user, and who have logged in already
        """
        self.check_access("write")
        self._invite()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The invitation is on its way."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ---------------------------------------------------------------------
    # Who the user acts for
    # ---------------------------------------------------------------------

    @api.model
    def _get_own_members(self):
        """Return what the user is to associations, as superuser: the one check of all their pages."""
        # sudo: portal users have no access to the model; these are about themselves
        return self.sudo().search([("partner_id", "=", self.env.user.partner_id.id)])._filter_acting()

    def _filter_acting(self):
        """Return those who act for their association today: it is one, and they are people of it."""
        return self.filtered(
            lambda member: (
                member.active
                and member.partner_id.active
                and member.association_id.active
                and member.association_id.is_volunteer_association
                and member._belongs()
            )
        )

    def _get_actor(self):
        """Return as whom the user makes steps."""
        return Actor("association", self.env.user.partner_id)

    def _filter_administrators(self):
        return self.filtered(lambda member: member.role == "administrator")

    def _get_mission_domain(self):
        """Return the missions that these people see: of their association, in their company."""
        domains = []
        for member in self:
            domain = Domain("association_id", "=", member.association_id.id)
            domain &= Domain("company_id", "=", member.company_id.id)
            if member.role == "administrator":
                # what officers prepare is theirs until it is published
                domain &= Domain("state", "!=", "draft") | Domain("proposed_by_id", "!=", False)
            else:
                domain &= Domain("referent_id", "=", member.partner_id.id)
                domain &= Domain("state", "!=", "draft")
            domains.append(domain)
        return Domain.OR(domains)

    def _get_application_domain(self):
        """Return the applications of which the association heard, to missions that these people see."""
        return (
            Domain("mission_id", "any", self._get_mission_domain())
            & Domain("state", "!=", "draft")
            & (Domain("applied_date", "!=", False) | Domain("confirmed_date", "!=", False))
            & Domain("erased_date", "=", False)
        )

    def _find_mission(self, mission_id):
        """Return a mission as superuser where these people see it, else nothing.

        :param mission_id: as it stands in the address
        """
        if not self._is_column_id(mission_id):
            return self.env["hr.volunteer.mission"]
        return self.env["hr.volunteer.mission"].search(self._get_mission_domain() & Domain("id", "=", mission_id))

    def _find_application(self, application_id):
        """Return an application as superuser where these people see it, else nothing."""
        applications = self.env["hr.volunteer.application"]
        if not self._is_column_id(application_id):
            return applications
        return applications.search(self._get_application_domain() & Domain("id", "=", application_id))

    def _open_application(self, application_id):
        """Return an application that these people see and who acts on it, as a link in a mail does, or None."""
        application = self._find_application(application_id)
        return Link(application, self._get_actor()) if application else None

    def _find_person(self, person_id):
        """Return a member as superuser whom these people look after as administrators, else nothing."""
        if not self._is_column_id(person_id):
            return self.browse()
        return self._get_people().filtered(lambda person: person.id == person_id)

    def _get_people(self):
        """Return the members whom these people look after as administrators."""
        return self.search(
            Domain.OR(
                Domain("association_id", "=", member.association_id.id)
                & Domain("company_id", "=", member.company_id.id)
                for member in self._filter_administrators()
            )
        )

    @staticmethod
    def _is_column_id(value):
        return 0 < value <= MAX_INTEGER

    # ---------------------------------------------------------------------
    # What waits
    # ---------------------------------------------------------------------

    def _get_unanswered(self):
        """Return the applications that nobody answered yet, the oldest first."""
        return self.env["hr.volunteer.application"].search(
            self._get_application_domain() & Domain("state", "=", "applied"), order="applied_date, id"
        )

    def _get_unsaid(self):
        """Return the applications with dates that have begun, of which nobody said who was there."""
        dates = Domain("state", "=", "confirmed") & Domain("date_start", "<=", fields.Datetime.now())
        slots = self.env["hr.volunteer.slot"].search(
            dates & ATTENDANCE_DOMAIN & Domain("application_id", "any", self._get_application_domain())
        )
        return slots.application_id

    def _count_waiting(self):
        """Return how many applications wait for these people."""
        return len(self._get_unanswered() | self._get_unsaid())

    def _count_applications(self, missions):
        """Return how many applications there are to missions, and how many of them wait for an answer: by mission."""
        counts = {mission: {"all": 0, "applied": 0} for mission in missions}
        domain = self._get_application_domain() & Domain("mission_id", "in", missions.ids)
        for mission, state, count in self.env["hr.volunteer.application"]._read_group(
            domain & Domain("state", "not in", ("refused", "cancelled")), ["mission_id", "state"], ["__count"]
        ):
            counts[mission]["all"] += count
            counts[mission]["applied"] += count if state == "applied" else 0
        return counts

    # ---------------------------------------------------------------------
    # Missions
    # ---------------------------------------------------------------------

    def _get_open_missions(self):
        """Return the missions that these people see and that are not over: published ones, then proposals."""
        missions = self.env["hr.volunteer.mission"].search(
            self._get_mission_domain() & Domain("state", "not in", ENDED_MISSIONS)
        )
        # what is published first, as it wants something
        return missions.sorted(lambda mission: mission.state != "published")

    def _get_ended_mission_domain(self):
        """Return the missions that these people see and that are over."""
        return self._get_mission_domain() & Domain("state", "in", ENDED_MISSIONS)

    def _find_ended_missions(self, limit, offset):
        """Return a page of the missions that are over."""
        return self.env["hr.volunteer.mission"].search(self._get_ended_mission_domain(), limit=limit, offset=offset)

    def _count_ended_missions(self):
        """Return how many missions are over."""
        return self.env["hr.volunteer.mission"].search_count(self._get_ended_mission_domain())

    def _get_ended_application_domain(self, mission):
        """Return the applications to a mission that are over, of those that these people see."""
        return (
            self._get_application_domain()
            & Domain("mission_id", "=", mission.id)
            & ~Domain("state", "in", OPEN_STATES)
        )

    def _get_open_applications(self, mission):
        """Return the applications to a mission that are not over: first what wants something."""
        applications = self.env["hr.volunteer.application"].search(
            self._get_application_domain() & Domain("mission_id", "=", mission.id) & Domain("state", "in", OPEN_STATES)
        )
        # a state that another addon adds comes last
        order = dict(zip(APPLICATION_ORDER, range(len(APPLICATION_ORDER))))
        return applications.sorted(lambda application: order.get(application.state, len(order)))

    def _find_ended_applications(self, mission, limit, offset):
        """Return a page of the applications to a mission that are over."""
        return self.env["hr.volunteer.application"].search(
            self._get_ended_application_domain(mission), limit=limit, offset=offset
        )

    def _count_ended_applications(self, mission):
        """Return how many applications to a mission are over."""
        return self.env["hr.volunteer.application"].search_count(self._get_ended_application_domain(mission))

    def _get_causes(self):
        """Return the causes that a mission can serve."""
        return self.env["hr.volunteer.cause"].search([("active", "=", True)])

    def _get_programs(self):
        """Return the programs of the company for which a mission can be proposed."""
        self.ensure_one()
        # the first is proposed: one that the company presents
        domain = [("company_id", "=", self.company_id.id)]
        return self.env["hr.volunteer.program"].search(domain, order="is_published desc, name, id")

    def _get_places(self):
        """Return the addresses that can be chosen as the place of a mission: those of the association itself."""
        self.ensure_one()
        others = self.env["res.partner"].search(
            [("parent_id", "=", self.association_id.id), ("type", "=", "other"), ("city", "!=", False)]
        )
        return self.association_id | others

    def _get_referents(self):
        """Return who can be named as the referent of a mission."""
        self.ensure_one()
        return self._get_people().partner_id

    def _get_tz(self):
        """Return the time zone in which the association writes its dates."""
        self.ensure_one()
        company = self.company_id
        return self.association_id.tz or self.partner_id.tz or company.resource_calendar_id.tz or "UTC"

    def _propose_mission(self, program_id, vals, shifts=()):
        """Make a draft of a mission, for officers to look at and publish.

        :param dict vals: values by the names of ``PROPOSAL_FIELDS``, dates in UTC; the description in plain text
        :param shifts: values of its shifts
        :return: the mission, with an activity where an officer is there to look at it
        :raise UserError: says what to change
        """
        self.ensure_one()
        self._check_administrator()
        programs = self._get_programs()
        if not programs:
            raise UserError(
                self.env._(
                    "%(company)s has no program for volunteering yet: ask your contact there.",
                    company=self.company_id.name,
                )
            )
        program = programs.filtered(lambda program: program.id == program_id)
        if not program:
            raise UserError(self.env._("Choose the program that the mission is for."))
        vals = self._check_mission_vals(vals, PROPOSAL_FIELDS)
        shifts = self._check_shifts(shifts)
        responsible = program._get_responsible()
        mission = (
            self.env["hr.volunteer.mission"]
            .with_user(SUPERUSER_ID)
            .create(
                {
                    **vals,
                    "association_id": self.association_id.id,
                    "program_id": program.id,
                    "proposed_by_id": self.partner_id.id,
                    "shift_ids": [Command.create(shift) for shift in shifts],
                    "tz": self._get_tz(),
                    "user_id": responsible.id,
                }
            )
        )
        words = self.env._("%(name)s of %(association)s proposed this mission.", **self._get_own_words())
        mission._log_lines({mission.id: words}, self.partner_id)
        mission._sync_activities(is_new=True)
        # sudo: as all that this model returns
        return mission.sudo()

    def _edit_mission(self, mission, vals, shifts=(), shift_changes=None):
        """Change a mission: all of a draft that the association proposed, dates and places of a published one.

        :param shifts: values of shifts to add to a draft
        :param dict shift_changes: by id of a shift that is there its new values, or None to remove it
        :return: an :class:`Outcome`
        :raise UserError: says what to change; never less places than are taken, nor another time for who confirmed
        """
        self._check_editor(mission)
        is_draft = mission.state == "draft"
        vals = self._check_mission_vals(vals, PROPOSAL_FIELDS if is_draft else PUBLISHED_FIELDS, mission)
        if shifts and not is_draft:
            raise AccessError(self.env._("The mission is published: ask your contact at the company for more shifts."))
        # changed ones alone: nobody hears of nothing
        vals = {name: value for name, value in vals.items() if not self._is_same(mission, name, value)}
        words = {name: vals.pop(name) for name in TRANSLATED_FIELDS & set(vals)}
        changed = [mission._fields[name]._description_string(self.env) for name in (*words, *vals)]
        if words:
            mission._write_words(words)
        if vals:
            mission.write(vals)
        changed += self._edit_shifts(mission, shift_changes or {})
        if len(mission.shift_ids) + len(shifts) > MAX_SHIFTS:
            raise UserError(self.env._("Enter %(count)s shifts at most.", count=MAX_SHIFTS))
        if shifts:
            mission.write({"shift_ids": [Command.create(shift) for shift in self._check_shifts(shifts)]})
            changed.append(mission._fields["shift_ids"]._description_string(self.env))
        officer = changed and mission._tell_changed(self.env.user.partner_id, changed)
        return Outcome(bool(changed), bool(officer))

    def _edit_shifts(self, mission, changes):
        """Change or remove shifts that are there, see ``_edit_mission``. Returns what was changed, in words."""
        changed, removed = [], mission.shift_ids.browse()
        for shift in mission.shift_ids:
            vals = changes.get(shift.id, {})
            if vals is None:
                removed |= shift
                continue
            if set(vals) - SHIFT_FIELDS:
                raise AccessError(self.env._("This cannot be changed here: ask your contact at the company."))
            vals = {name: value for name, value in vals.items() if shift[name] != value}
            if not vals:
                continue
            self._check_readable_vals(shift, vals)
            self._check_capacity(vals)
            before = shift.display_name
            shift.write(vals)
            changed.append(before if shift.display_name == before else f"{before} → {shift.display_name}")
        if removed and removed == mission.shift_ids and mission.state != "draft":
            # employees would propose dates of their own from now on
            raise UserError(self.env._("Keep one shift at least, or ask your contact at the company."))
        if removed:
            changed += [self.env._("%(shift)s removed", shift=shift.display_name) for shift in removed]
            removed.unlink()
        return changed

    def _withdraw_mission(self, mission):
        """Take back a proposal that no officer has published yet.

        :return: an :class:`Outcome`
        :raise UserError: where it is published meanwhile
        """
        if not self._find_mission(mission.id):
            raise AccessError(self.env._("This mission is not yours."))
        if not self._can_withdraw(mission):
            raise UserError(
                self.env._("This mission is no proposal any more: ask your contact at the company to cancel it.")
            )
        # that it is their own draft is checked; for the table of steps this is no step of associations
        mission._transition("cancelled", actor=Actor("system", self.env.user.partner_id))
        words = self.env._("The association withdrew its proposal.")
        return Outcome(True, bool(mission._tell_officer(self.env.user.partner_id, words)))

    def _can_withdraw(self, mission):
        """Return whether one of these people may take back a mission that they see: a proposal of their own."""
        return mission.state == "draft" and self._can_edit(mission)

    def _can_edit(self, mission):
        """Return whether one of these people may change a mission that they see."""
        if mission.state == "draft":
            return bool(mission.proposed_by_id and self._get_administrator(mission))
        return mission.state == "published"

    def _check_editor(self, mission):
        if not self._find_mission(mission.id):
            raise AccessError(self.env._("This mission is not yours."))
        if not self._can_edit(mission):
            raise UserError(self.env._("This mission has ended: ask your contact at the company."))

    def _get_administrator(self, mission):
        """Return the one of these people who is administrator of the mission's association towards its company."""
        return self._filter_administrators().filtered(
            lambda member: member.association_id == mission.association_id and member.company_id == mission.company_id
        )[:1]

    def _is_same(self, mission, name, value):
        field = mission._fields[name]
        if name == "description":
            return html2plaintext(mission.description or "").strip() == html2plaintext(value or "").strip()
        if field.type == "many2many":
            return set(mission[name].ids) == set(value[0][2])
        current = mission[name].id if field.relational else mission[name]
        return (current or False) == (value or False)

    def _check_mission_vals(self, vals, allowed, mission=None):
        """Return values that fit a mission of the association: chosen from what its people may choose.

        :raise AccessError: for other fields
        """
        closed = set(vals) - allowed
        if closed:
            raise AccessError(self.env._("This cannot be changed here: ask your contact at the company."))
        member = self._get_administrator(mission) if mission else self
        vals = dict(vals)
        self._check_words(vals)
        for name, choices in (("referent_id", "_get_referents"), ("address_id", "_get_places")):
            if vals.get(name) and vals[name] not in getattr(member, choices)().ids:
                raise UserError(self.env._("Choose one of the list."))
        if "cause_ids" in vals:
            causes = self.env["hr.volunteer.cause"].search([("id", "in", vals["cause_ids"])])
            vals["cause_ids"] = [Command.set(causes.ids)]
        self._check_readable_vals(self.env["hr.volunteer.mission"], vals)
        start = vals.get("date_start", mission and mission.date_start)
        end = vals.get("date_end", mission and mission.date_end)
        # the database refuses both too, but when it writes: here the person still has the form
        if start and end and end < start:
            raise UserError(self.env._("The mission ends before it starts: change a date."))
        self._check_capacity(vals)
        return vals

    def _check_words(self, vals):
        """Put name and description of a mission into a form that can be stored: plain text becomes paragraphs."""
        if "name" in vals:
            vals["name"] = (vals["name"] or "").strip()
            if not vals["name"] or len(vals["name"]) > MAX_NAME:
                raise UserError(self.env._("Give the mission a name of %(count)s letters at most.", count=MAX_NAME))
        if "description" in vals:
            text = (vals["description"] or "").strip()
            if len(text) > MAX_DESCRIPTION:
                raise UserError(
                    self.env._("The description is too long: %(count)s letters at most.", count=MAX_DESCRIPTION)
                )
            vals["description"] = plaintext2html(text) if text else False

    def _check_capacity(self, vals):
        if vals.get("capacity", 0) < 0:
            raise UserError(self.env._("Places are 0 (no limit) or more."))

    def _check_shifts(self, shifts):
        if len(shifts) > MAX_SHIFTS:
            raise UserError(self.env._("Enter %(count)s shifts at most.", count=MAX_SHIFTS))
        checked = []
        for shift in shifts:
            vals = {name: shift[name] for name in SHIFT_FIELDS}
            self._check_readable_vals(self.env["hr.volunteer.shift"], vals)
            self._check_capacity(vals)
            checked.append(vals)
        return checked

    def _check_readable_vals(self, records, vals):
        # the check is for people, and superuser is none
        records.browse().sudo(False)._check_readable(vals)

    # ---------------------------------------------------------------------
    # People
    # ---------------------------------------------------------------------

    def _add_person(self, name, email, role):
        """Let somebody act for the association, and invite them to the portal.

        An address that belongs to somebody else is refused, in words that do not tell to whom.

        :return: the new member; ``invitation_state`` says whether an invitation went out
        """
        self.ensure_one()
        self._check_administrator()
        name = " ".join((name or "").split())
        address = email_normalize(email or "")
        if not name or len(name) > MAX_NAME or not address or "\0" in name + address:
            raise UserError(self.env._("Enter a name and an e-mail address."))
        self._check_role(role)
        self._check_people()
        partner = self._find_contact(address) or (
            # sudo of the caller: a contact of the association itself, by its administrator
            self.env["res.partner"].create(
                {
                    "company_id": self.association_id.company_id.id,
                    "email": address,
                    "lang": self.association_id.lang or self.env.lang,
                    "name": name,
                    "parent_id": self.association_id.id,
                }
            )
        )
        vals = {
            "association_id": self.association_id.id,
            "company_id": self.company_id.id,
            "partner_id": partner.id,
        }
        former = self.with_context(active_test=False).search([(key, "=", value) for key, value in vals.items()])
        if former.filtered("active"):
            raise UserError(self.env._("%(name)s is among your people already.", name=partner.name))
        if former and former[0].write_uid._is_internal():
            # what the company ended, the association does not begin again
            raise self._prepare_foreign_address_error()
        if former:
            former[:1].write({"active": True, "role": role})
            member = former[:1].with_context(active_test=True)
        else:
            member = self.create({**vals, "role": role})
        # whoever logs in already finds the association there, and gets no mail
        if member.invitation_state != "joined":
            member._invite()
        return member

    def _find_contact(self, address):
        """Return the contact of the association with an address, or none where nobody has it.

        :raise UserError: where it belongs to an employee, to a user or to another association
        """
        found = (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search([("email_normalized", "=", address), ("is_company", "=", False)])
        )
        own = found.filtered(
            lambda partner: (
                partner.active and self.new({"partner_id": partner, "association_id": self.association_id})._belongs()
            )
        )[:1]
        # an address is no pattern: nobody tries beginnings of other ones
        pattern = escape_psql(address)
        employees = self.env["hr.employee"].with_context(active_test=False)
        is_employee = employees.search_count(
            [
                "|",
                "|",
                ("work_email", "=ilike", pattern),
                ("work_contact_id", "in", found.ids),
                ("user_id.partner_id", "in", found.ids),
            ],
            limit=1,
        )
        users = self.env["res.users"].with_context(active_test=False)
        is_user = users.search_count([("login", "=ilike", pattern), ("partner_id", "not in", own.ids)], limit=1)
        is_taken = any(not user.share or not user.active for user in own.with_context(active_test=False).user_ids)
        of_others = (found - own).filtered(lambda partner: partner.commercial_partner_id.is_volunteer_association)
        if is_employee or is_user or is_taken or (of_others and not own):
            raise self._prepare_foreign_address_error()
        return own

    def _prepare_foreign_address_error(self):
        return UserError(
            self.env._("This address cannot be added here: ask your contact at the company, or use another one.")
        )

    def _check_people(self):
        """Raise where the association has so many people that it is used for something else."""
        domain = [("association_id", "=", self.association_id.id), ("company_id", "=", self.company_id.id)]
        if self.with_context(active_test=False).search_count(domain) >= MAX_PEOPLE:
            raise UserError(
                self.env._(
                    "An association has at most %(most)s people here: ask your contact at the company.",
                    most=MAX_PEOPLE,
                )
            )

    def _set_role(self, role, members):
        """Give a person another role, by administrators of the association (``members``)."""
        self._check_manageable(members)
        self._check_role(role)
        if role != "administrator":
            self._check_not_last()
        self.write({"role": role})

    def _remove(self, members):
        """Let a person act for the association no longer, by its administrators (``members``)."""
        self._check_manageable(members)
        self._check_not_last()
        self.write({"active": False})

    def _invite_again(self, members):
        """Send the invitation again, by administrators of the association (``members``)."""
        if not members._find_person(self.id):
            raise AccessError(self.env._("Only administrators of the association look after its people."))
        if self.invited_date and self.invited_date > fields.Datetime.now() - INVITATION_PAUSE:
            raise UserError(
                self.env._(
                    "The invitation of %(name)s was sent today: let them look among unwanted mails first.",
                    name=self.partner_id.name,
                )
            )
        self._invite()

    def _check_administrator(self):
        if self.role != "administrator" or self not in self._get_own_members():
            raise AccessError(self.env._("Only administrators of the association do this."))

    def _check_manageable(self, members):
        self.ensure_one()
        if not members._find_person(self.id):
            raise AccessError(self.env._("Only administrators of the association look after its people."))
        if self.partner_id == self.env.user.partner_id:
            raise UserError(self.env._("Ask another administrator: nobody changes their own role."))

    def _check_role(self, role):
        if role not in self._fields["role"].get_values(self.env):
            raise UserError(self.env._("Choose a role of the list."))

    def _check_not_last(self):
        """Raise where nobody would be left to look after the association; two at a time are asked one by one."""
        administrators = self.search(
            [
                ("association_id", "=", self.association_id.id),
                ("company_id", "=", self.company_id.id),
                ("role", "=", "administrator"),
            ]
        )
        administrators.lock_for_update()
        if administrators == self:
            raise UserError(self.env._("Make somebody else administrator first: the association needs one."))

    def _invite(self):
        """Make portal users by Odoo's own wizard, which sends the mail; again to those who have not logged in."""
        for member in self:
            partner = member.partner_id
            if not email_normalize(partner.email or ""):
                raise UserError(
                    self.env._("%(name)s has no e-mail address: enter it on the contact first.", name=partner.name)
                )
            if member.invitation_state == "joined":
                raise UserError(self.env._("%(name)s has logged in already.", name=partner.name))
            # sudo: users that were archived
            if partner.sudo().with_context(active_test=False).user_ids.filtered(lambda user: not user.active):
                raise UserError(
                    self.env._(
                        "The access of %(name)s was taken away. Whoever looks after the users of Odoo gives it back.",
                        name=partner.name,
                    )
                )
            # sudo: the invitation belongs to the membership, whose rights were checked
            wizard = (
                self.env["portal.wizard"]
                .sudo()
                .with_company(member.company_id)
                .create({"partner_ids": [Command.set(partner.ids)]})
            )
            line = wizard.user_ids
            if line.email_state == "exist":
                raise UserError(
                    self.env._(
                        "The address of %(name)s is the login of somebody else: enter another one on the contact.",
                        name=partner.name,
                    )
                )
            if line.is_portal:
                line.action_invite_again()
            else:
                line.action_grant_access()
        # sudo: nobody writes when it was
        self.sudo().invited_date = fields.Datetime.now()
        self.invalidate_recordset(["invitation_state"])

    def _get_own_words(self):
        return {"association": self.association_id.name, "name": self.partner_id.name}
