"""What people of an association do in the portal: their missions, the applications to them, and their people."""

from datetime import UTC, datetime

from pytz import timezone

from odoo import http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import html2plaintext

from odoo.addons.portal.controllers.portal import CustomerPortal

from .association_steps import AssociationSteps
from .common import FORM, PAGE, attempt, redirect_with_notice
from .conversation import send_file

HOME = "/my/volunteering/association"
# what wants something first, what is over last
MISSION_ORDER = ("published", "draft", "closed", "cancelled")
APPLICATION_ORDER = (
    "applied",
    "contact",
    "confirmed",
    "to_approve",
    "waiting",
    "done",
    "refused",
    "cancelled",
)
# empty rows for shifts in the form of a mission
SPARE_SHIFTS = 3
PROPOSAL_TEXTS = ("name", "description", "duration_type", "location_type")


class VolunteerAssociationEntry(CustomerPortal):
    """The entry for associations on the start page of the portal, which all of its controllers share."""

    def _prepare_home_portal_values(self, counters):
        """Tell the start page of the portal whether there is an entry for associations, and what waits there."""
        values = super()._prepare_home_portal_values(counters)
        if not counters:
            members = request.env["hr.volunteer.association.member"]._get_own_members()
            values["volunteer_members"] = members
            values["volunteer_waiting"] = members and members._count_waiting()
        return values


class VolunteerAssociation(AssociationSteps, http.Controller):
    """Pages of those who act for an association; what they see and do is decided by the model of its people."""

    # ---------------------------------------------------------------------
    # Home
    # ---------------------------------------------------------------------

    @http.route(HOME, **PAGE)
    def association_home(self, notice=None, **_query):
        """Show what waits for the user, the missions and the people of the association."""
        members = self._get_members()
        missions = request.env["hr.volunteer.mission"].sudo().search(members._get_mission_domain())
        missions = missions.sorted(lambda mission: MISSION_ORDER.index(mission.state))
        return self._render(
            "association_home",
            members,
            notice=notice,
            counts=members._count_applications(missions),
            missions=missions,
            people=members._get_people(),
            unanswered=members._get_unanswered(),
            unsaid=members._get_unsaid(),
        )

    # ---------------------------------------------------------------------
    # Missions
    # ---------------------------------------------------------------------

    @http.route(f"{HOME}/mission/<int:mission_id>", **PAGE)
    def association_mission(self, mission_id, notice=None, **_query):
        """Show a mission, its places and the applications to it."""
        members = self._get_members()
        mission = self._find(members._find_mission(mission_id))
        domain = members._get_application_domain() & Domain("mission_id", "=", mission.id)
        applications = request.env["hr.volunteer.application"].sudo().search(domain)
        return self._render(
            "association_mission",
            members,
            notice=notice,
            applications=applications.sorted(lambda application: APPLICATION_ORDER.index(application.state)),
            can_edit=members._can_edit(mission),
            mission=mission,
        )

    @http.route(f"{HOME}/<int:member_id>/mission", **PAGE)
    def association_new_mission(self, member_id, **_query):
        """Show the form in which an administrator proposes a mission."""
        members = self._get_members()
        member = self._find(members._filter_administrators().filtered(lambda member: member.id == member_id))
        return self._render_form(members, member, self._prepare_new_form(member))

    @http.route(f"{HOME}/<int:member_id>/propose", **FORM)
    def association_propose(self, member_id, **form):
        """Propose a mission: it is a draft until an officer publishes it."""
        members = self._get_members()
        member = self._find(members._filter_administrators().filtered(lambda member: member.id == member_id))

        def propose():
            tz = member._get_tz()
            vals = self._read_proposal(form, tz)
            member._propose_mission(self._read_id(form.get("program_id")), vals, self._read_shifts(tz))

        error = attempt(propose)
        if error:
            return self._render_form(members, member, self._get_typed(form), error=error)
        return redirect_with_notice(HOME, "proposed")

    @http.route(f"{HOME}/mission/<int:mission_id>/edit", **PAGE)
    def association_edit_mission(self, mission_id, **_query):
        """Show the form in which dates and places of a mission change, and all of a draft."""
        members = self._get_members()
        mission = self._find(members._find_mission(mission_id))
        self._find(members._can_edit(mission))
        return self._render_form(members, members._get_administrator(mission), self._prepare_form(mission), mission)

    @http.route(f"{HOME}/mission/<int:mission_id>/save", **FORM)
    def association_save_mission(self, mission_id, **form):
        """Change a mission; the officer in charge is told."""
        members = self._get_members()
        mission = self._find(members._find_mission(mission_id))

        def edit():
            read = self._read_proposal if mission.state == "draft" else self._read_dates
            capacities = {shift.id: form.get(f"capacity_{shift.id}") for shift in mission.shift_ids}
            members._edit_mission(
                mission,
                read(form, mission.tz),
                self._read_shifts(mission.tz),
                {shift_id: self._read_number(number) for shift_id, number in capacities.items() if number is not None},
            )

        error = attempt(edit)
        if error:
            member = members._get_administrator(mission)
            return self._render_form(members, member, self._get_typed(form), mission, error=error)
        return redirect_with_notice(f"{HOME}/mission/{mission.id}", "saved")

    # ---------------------------------------------------------------------
    # Applications
    # ---------------------------------------------------------------------

    @http.route(f"{HOME}/application/<int:application_id>", **PAGE)
    def association_application(self, application_id, notice=None, **_query):
        """Show an application with its conversation, and what can be done."""
        link = self._open_application(application_id)
        hint = self._get_settled_words(link, "") if link.record._is_own_of(link.actor) else ""
        return self._render_page(link, self._get_url(link), notice=self._get_notice(link, notice), hint=hint)

    @http.route(f"{HOME}/application/<int:application_id>/<string:step>", **PAGE)
    def association_ask(self, application_id, step, **_query):
        """Ask once before a step."""
        link = self._open_application(application_id)
        return self._ask(link, self._get_url(link), step)

    @http.route(f"{HOME}/application/<int:application_id>/<string:step>", **FORM)
    def association_act(self, application_id, step, **form):
        """Make a step for the association."""
        link = self._open_application(application_id)
        response = self._act(link, self._get_url(link), step, form)
        # a referent no longer sees what went to the mission of another one
        if not self._get_members()._find_application(application_id):
            return redirect_with_notice(HOME, "redirected")
        return response

    @http.route(f"{HOME}/application/<int:application_id>/say", **FORM)
    def association_say(self, application_id, **form):
        """Write in the conversation."""
        link = self._open_application(application_id)
        return self._write(link, self._get_url(link), form)

    @http.route(f"{HOME}/application/<int:application_id>/file/<int:file_id>", **PAGE)
    def association_file(self, application_id, file_id, **_query):
        """Send a file of the conversation."""
        return send_file(self._open_application(application_id).record, file_id)

    # ---------------------------------------------------------------------
    # People
    # ---------------------------------------------------------------------

    @http.route(f"{HOME}/<int:member_id>/people", **PAGE)
    def association_people(self, member_id, notice=None, **_query):
        """Show who acts for the association, to its administrators."""
        members = self._get_members()
        member = self._find(members._filter_administrators().filtered(lambda member: member.id == member_id))
        return self._render_people(members, member, notice=notice)

    @http.route(f"{HOME}/<int:member_id>/invite", **FORM)
    def association_invite(self, member_id, **form):
        """Let somebody act for the association, and invite them."""
        members = self._get_members()
        member = self._find(members._filter_administrators().filtered(lambda member: member.id == member_id))
        error = attempt(lambda: member._add_person(form.get("name"), form.get("email"), form.get("role")))
        if error:
            return self._render_people(members, member, error=error, form=form)
        return redirect_with_notice(f"{HOME}/{member.id}/people", "invited")

    @http.route(f"{HOME}/person/<int:person_id>/again", **FORM)
    def association_invite_again(self, person_id, **_form):
        """Send an invitation again."""
        return self._person_step(person_id, "invited", lambda members, person: person._invite_again(members))

    @http.route(f"{HOME}/person/<int:person_id>/role", **FORM)
    def association_role(self, person_id, role="", **_form):
        """Give a person another role."""
        return self._person_step(person_id, "role", lambda members, person: person._set_role(role, members))

    @http.route(f"{HOME}/person/<int:person_id>/remove", **FORM)
    def association_remove(self, person_id, **_form):
        """Let a person act for the association no longer."""
        return self._person_step(person_id, "removed", lambda members, person: person._remove(members))

    # ---------------------------------------------------------------------
    # Helpers
    # ---------------------------------------------------------------------

    def _get_members(self):
        """Return what the user is to associations; whoever is nothing finds no page."""
        return self._find(request.env["hr.volunteer.association.member"]._get_own_members())

    def _find(self, found):
        if not found:
            raise request.not_found()
        return found

    def _open_application(self, application_id):
        return self._find(self._get_members()._open_application(application_id))

    def _get_url(self, link):
        return f"{HOME}/application/{link.record.id}"

    def _get_frame(self, link):
        return {
            "crumb": link.record.employee_id.name,
            "home_url": HOME,
            "mission": link.record.mission_id,
            "page_name": "volunteer_association",
        }

    def _person_step(self, person_id, notice, step):
        members = self._get_members()
        person = self._find(members._find_person(person_id))
        member = members._filter_administrators().filtered(
            lambda member: (member.association_id, member.company_id) == (person.association_id, person.company_id)
        )
        error = attempt(lambda: step(members, person))
        if error:
            return self._render_people(members, member, error=error)
        return redirect_with_notice(f"{HOME}/{member.id}/people", notice)

    def _render(self, template, members, notice=None, **values):
        return request.render(
            f"volunteer_engagement.{template}",
            {
                "error": "",
                "home_url": HOME,
                "members": members,
                "notice": self._get_notices().get(notice),
                "page_name": "volunteer_association",
                **values,
            },
        )

    def _render_people(self, members, member, **values):
        return self._render(
            "association_people",
            members,
            **{
                "form": {},
                "member": member,
                "people": member._get_people(),
                "roles": member._fields["role"]._description_selection(request.env),
                **values,
            },
        )

    def _render_form(self, members, member, form, mission=None, **values):
        missions = request.env["hr.volunteer.mission"].sudo()
        is_draft = not mission or mission.state == "draft"
        choices = {}
        if is_draft:
            choices = {
                "causes": request.env["hr.volunteer.cause"].sudo().search([]),
                "duration_types": missions._fields["duration_type"]._description_selection(request.env),
                "location_types": missions._fields["location_type"]._description_selection(request.env),
                "places": member._get_places(),
                "programs": missions.program_id if mission else member._get_programs(),
                "referents": member._get_referents(),
            }
        return self._render(
            "association_mission_form",
            members,
            **{
                **choices,
                "form": form,
                "is_draft": is_draft,
                "member": member,
                "mission": mission or missions,
                "tz": mission.tz if mission else member._get_tz(),
                **values,
            },
        )

    # ---------------------------------------------------------------------
    # What forms say
    # ---------------------------------------------------------------------

    def _prepare_new_form(self, member):
        programs = member._get_programs()
        return {
            "address_id": str(member.association_id.id),
            "causes": [str(cause_id) for cause_id in member.association_id.volunteer_cause_ids.ids],
            "duration_type": "one_off",
            "location_type": "on_site",
            "program_id": str(programs[:1].id),
            "referent_id": str(member.partner_id.id),
            "shifts": [{}] * SPARE_SHIFTS,
        }

    def _prepare_form(self, mission):
        return {
            "address_id": str(mission.address_id.id),
            "capacity": str(mission.capacity or ""),
            "causes": [str(cause_id) for cause_id in mission.cause_ids.ids],
            "date_end": self._write_moment(mission.date_end, mission.tz),
            "date_start": self._write_moment(mission.date_start, mission.tz),
            "description": html2plaintext(mission.description or "").strip(),
            "duration_type": mission.duration_type,
            "location_type": mission.location_type,
            "name": mission.name,
            "referent_id": str(mission.referent_id.id),
            "shifts": [{}] * SPARE_SHIFTS,
            **{f"capacity_{shift.id}": str(shift.capacity or "") for shift in mission.shift_ids},
        }

    def _get_typed(self, form):
        """Return what was typed, to show it again after a refusal."""
        lists = request.httprequest.form
        return {
            **form,
            "causes": lists.getlist("cause_ids"),
            "shifts": (self._get_typed_shifts() + [{}] * SPARE_SHIFTS)[: max(SPARE_SHIFTS, 1) + 50],
        }

    def _get_typed_shifts(self):
        lists = request.httprequest.form
        columns = [lists.getlist(f"shift_{name}") for name in ("day", "from", "to", "capacity")]
        rows = [dict(zip(("day", "from", "to", "capacity"), row)) for row in zip(*columns)]
        return [row for row in rows if any(row.values())]

    def _read_shifts(self, tz):
        """Return the values of the shifts that were typed; rows that were left empty are none."""
        shifts = []
        for row in self._get_typed_shifts():
            if not row["day"] or not row["from"] or not row["to"]:
                raise UserError(request.env._("Each shift needs a day, a start and an end."))
            shifts.append(
                {
                    "capacity": self._read_number(row["capacity"]),
                    "date_end": self._read_moment(f"{row['day']}T{row['to']}", tz),
                    "date_start": self._read_moment(f"{row['day']}T{row['from']}", tz),
                }
            )
        return shifts

    def _read_dates(self, form, tz):
        return {
            "capacity": self._read_number(form.get("capacity")),
            "date_end": self._read_moment(form.get("date_end"), tz),
            "date_start": self._read_moment(form.get("date_start"), tz),
        }

    def _read_proposal(self, form, tz):
        causes = request.httprequest.form.getlist("cause_ids")
        return {
            **self._read_dates(form, tz),
            **{name: form.get(name) or "" for name in PROPOSAL_TEXTS},
            "address_id": self._read_id(form.get("address_id")) or False,
            "cause_ids": [self._read_id(cause_id) for cause_id in causes],
            "referent_id": self._read_id(form.get("referent_id")) or False,
        }

    def _read_id(self, value):
        """Return an id as a number; 0 for what is none."""
        return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else 0

    def _read_number(self, value):
        """Return places as a number.

        :raise UserError: for what is none
        """
        value = (value or "0").strip()
        if not value.isascii() or not value.isdigit() or len(value) > 6:
            raise UserError(request.env._("Enter places as a number; leave it empty for no limit."))
        return int(value)

    def _read_moment(self, value, tz):
        """Return a date and time of a form, which are those of ``tz``, in UTC; False for none.

        :raise UserError: for what is no date
        """
        if not value:
            return False
        try:
            local = datetime.fromisoformat(value)
            moment = timezone(tz).localize(local).astimezone(UTC).replace(tzinfo=None, microsecond=0)
        except (ValueError, OverflowError):
            raise UserError(request.env._("“%(value)s” is no date and time.", value=value[:50])) from None
        if not 1970 <= moment.year < 2200:
            raise UserError(request.env._("“%(value)s” is no date and time.", value=value[:50]))
        return moment

    def _write_moment(self, moment, tz):
        """Return a date and time in UTC as a form shows it, in ``tz``."""
        if not moment:
            return ""
        return moment.replace(tzinfo=UTC).astimezone(timezone(tz)).strftime("%Y-%m-%dT%H:%M")

    def _get_notices(self):
        """Return what is said after a step, by the key that the address has."""
        _ = request.env._
        return {
            "invited": _("The invitation is on its way."),
            "proposed": _("Thank you. Your contact at the company looks at the mission and publishes it."),
            "redirected": _("The other mission is proposed to the employee by mail."),
            "removed": _("This person no longer has access."),
            "role": _("The role is changed."),
            "saved": _("Saved. Your contact at the company is told."),
        }
