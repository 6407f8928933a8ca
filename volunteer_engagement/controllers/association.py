"""What people of an association do in the portal: their missions, the applications to them, and their people."""

from datetime import datetime

from pytz import NonExistentTimeError

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import html2plaintext

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.hr_volunteer_association_member import MAX_SHIFTS
from ..models.local_time import BackwardsError, read_local, read_span, write_local
from .association_steps import AssociationSteps
from .common import FORM, PAGE, attempt, keep_texts, redirect_with_notice
from .conversation import send_file

HOME = "/my/volunteering/association"
# empty rows for shifts in the form of a mission
SPARE_SHIFTS = 3
ENDED_PER_PAGE = 20
SHIFT_COLUMNS = ("id", "day", "from", "to", "capacity")
PROPOSAL_TEXTS = ("name", "description", "duration_type", "location_type")


class VolunteerAssociationEntry(CustomerPortal):
    """The entry for associations on the start page of the portal, which all of its controllers share."""

    def _prepare_home_portal_values(self, counters):
        """Tell the start page of the portal whether there is an entry for associations, and what waits there."""
        values = super()._prepare_home_portal_values(counters)
        members = request.env["hr.volunteer.association.member"]
        if "volunteer_association_count" in counters:
            values["volunteer_association_count"] = members._get_own_members()._count_waiting()
        if not counters:
            # the page itself; numbers are asked for afterwards
            values["volunteer_members"] = members._get_own_members()
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
        missions = members._get_open_missions()
        return self._render(
            "association_home",
            members,
            notice=notice,
            counts=members._count_applications(missions),
            ended_count=members._count_ended_missions(),
            missions=missions,
            people=members._get_people(),
            unanswered=members._get_unanswered(),
            unsaid=members._get_unsaid(),
        )

    @http.route([f"{HOME}/ended", f"{HOME}/ended/page/<int:page>"], **PAGE)
    def association_ended(self, page=1, **_query):
        """Show the missions that are over."""
        members = self._get_members()
        pager = portal_pager(
            url=f"{HOME}/ended", total=members._count_ended_missions(), page=page, step=ENDED_PER_PAGE
        )
        missions = members._find_ended_missions(ENDED_PER_PAGE, pager["offset"])
        return self._render(
            "association_ended",
            members,
            counts=members._count_applications(missions),
            missions=missions,
            pager=pager,
        )

    # ---------------------------------------------------------------------
    # Missions
    # ---------------------------------------------------------------------

    @http.route([f"{HOME}/mission/<int:mission_id>", f"{HOME}/mission/<int:mission_id>/page/<int:page>"], **PAGE)
    def association_mission(self, mission_id, page=1, notice=None, **_query):
        """Show a mission, its places and the applications to it; those that are over page by page."""
        members = self._get_members()
        mission = self._find(members._find_mission(mission_id))
        pager = portal_pager(
            url=f"{HOME}/mission/{mission.id}",
            total=members._count_ended_applications(mission),
            page=page,
            step=ENDED_PER_PAGE,
        )
        return self._render(
            "association_mission",
            members,
            notice=notice,
            applications=members._get_open_applications(mission),
            can_edit=members._can_edit(mission),
            can_withdraw=members._can_withdraw(mission),
            ended=members._find_ended_applications(mission, ENDED_PER_PAGE, pager["offset"]),
            mission=mission,
            pager=pager,
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
        form = keep_texts(form)
        members = self._get_members()
        member = self._find(members._filter_administrators().filtered(lambda member: member.id == member_id))

        missions = []

        def propose():
            tz = member._get_tz()
            vals = self._read_proposal(form, tz)
            shifts, _changes = self._read_shifts(tz)
            missions.append(member._propose_mission(self._read_id(form.get("program_id")), vals, shifts))

        error = attempt(propose)
        if error:
            return self._render_form(members, member, self._get_typed(form), error=error)
        return redirect_with_notice(HOME, "proposed" if missions[0].activity_ids else "proposed_untold")

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
        form = keep_texts(form)
        members = self._get_members()
        mission = self._find(members._find_mission(mission_id))

        outcomes = []

        def edit():
            read = self._read_proposal if mission.state == "draft" else self._read_dates
            shifts, changes = self._read_shifts(mission.tz, mission)
            outcomes.append(members._edit_mission(mission, read(form, mission.tz, mission), shifts, changes))

        error = attempt(edit)
        if error:
            member = members._get_administrator(mission)
            return self._render_form(members, member, self._get_typed(form), mission, error=error)
        [outcome] = outcomes
        notice = ("saved" if outcome.told else "saved_untold") if outcome.changed else "unchanged"
        return redirect_with_notice(f"{HOME}/mission/{mission.id}", notice)

    @http.route(f"{HOME}/mission/<int:mission_id>/withdraw", **PAGE)
    def association_ask_withdraw(self, mission_id, **_query):
        """Ask once before a proposal is taken back."""
        members = self._get_members()
        mission = self._find(members._find_mission(mission_id))
        if not members._can_withdraw(mission):
            return request.redirect(f"{HOME}/mission/{mission.id}")
        return self._render_withdraw(members, mission)

    @http.route(f"{HOME}/mission/<int:mission_id>/withdraw", **FORM)
    def association_withdraw(self, mission_id, **_form):
        """Take back a proposal."""
        members = self._get_members()
        mission = self._find(members._find_mission(mission_id))
        outcomes = []
        error = attempt(lambda: outcomes.append(members._withdraw_mission(mission)))
        if error:
            return self._render_withdraw(members, mission, error=error)
        return redirect_with_notice(HOME, "withdrawn" if outcomes[0].told else "withdrawn_untold")

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
        form = keep_texts(form)
        members = self._get_members()
        member = self._find(members._filter_administrators().filtered(lambda member: member.id == member_id))
        people = []
        error = attempt(
            lambda: people.append(member._add_person(form.get("name"), form.get("email"), form.get("role")))
        )
        if error:
            return self._render_people(members, member, error=error, form=form)
        # whoever has an account already gets no mail
        notice = "added" if people[0].invitation_state == "joined" else "invited"
        return redirect_with_notice(f"{HOME}/{member.id}/people", notice)

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

    def _render_withdraw(self, members, mission, **values):
        return self._render("association_withdraw", members, mission=mission, **values)

    def _render_form(self, members, member, form, mission=None, **values):
        missions = members.env["hr.volunteer.mission"]
        is_draft = not mission or mission.state == "draft"
        choices = {}
        if is_draft:
            choices = {
                "causes": member._get_causes(),
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
                "shift_by_id": {str(shift.id): shift for shift in mission.shift_ids} if mission else {},
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
            "removed": [],
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
            "removed": [],
            "shifts": [self._prepare_shift_row(shift) for shift in mission.shift_ids]
            + ([{}] * SPARE_SHIFTS if mission.state == "draft" else []),
        }

    def _prepare_shift_row(self, shift):
        """Return a shift as the form shows it."""
        start, end = (write_local(moment, shift.mission_id.tz) for moment in (shift.date_start, shift.date_end))
        return {
            "id": str(shift.id),
            "day": start.date().isoformat(),
            "from": f"{start:%H:%M}",
            "to": f"{end:%H:%M}",
            "capacity": str(shift.capacity or ""),
        }

    def _get_typed(self, form):
        """Return what was typed, to show it again after a refusal."""
        lists = request.httprequest.form
        return {
            **form,
            "causes": lists.getlist("cause_ids"),
            "removed": lists.getlist("shift_remove"),
            "shifts": (self._get_typed_shifts() + [{}] * SPARE_SHIFTS)[:MAX_SHIFTS],
        }

    def _get_typed_shifts(self):
        """Return the rows that were typed; those that were left empty are none."""
        lists = request.httprequest.form
        columns = [lists.getlist(f"shift_{name}") for name in SHIFT_COLUMNS]
        rows = [dict(zip(SHIFT_COLUMNS, row)) for row in zip(*columns)]
        return [row for row in rows if any(row.values())]

    def _read_shifts(self, tz, mission=None):
        """Return the values of new shifts, and by id those of the shifts of a mission: None to remove one."""
        shift_by_id = {str(shift.id): shift for shift in mission.shift_ids} if mission else {}
        removed = request.httprequest.form.getlist("shift_remove")
        shifts, changes = [], {}
        for row in self._get_typed_shifts():
            shift = shift_by_id.get(row["id"])
            if row["id"] and not shift:
                raise UserError(request.env._("A shift was removed meanwhile: look at the shifts again."))
            if not shift:
                shifts.append(self._read_shift(row, tz))
            elif row["id"] in removed:
                changes[shift.id] = None
            elif row != self._prepare_shift_row(shift):
                # a time that stays as it is keeps its hour when the clocks change
                changes[shift.id] = self._read_shift(row, tz, self._prepare_shift_row(shift))
        return shifts, changes

    def _read_shift(self, row, tz, before=None):
        """Return the values of a shift that was typed; where its times stay those of ``before``, the places alone.

        :raise UserError: says what to change
        """
        vals = {"capacity": self._read_number(row["capacity"])}
        times = [row[name] for name in ("day", "from", "to")]
        if before and times == [before[name] for name in ("day", "from", "to")]:
            return vals
        try:
            start, end = read_span(*times, tz)
        except (ValueError, OverflowError):
            raise UserError(request.env._("Each shift needs a day, a start and an end.")) from None
        except NonExistentTimeError:
            raise self._prepare_skipped_error(" ".join(times)) from None
        except BackwardsError:
            raise UserError(request.env._("A shift ends before it starts: change one of the times.")) from None
        self._check_year(start, row["day"])
        return {**vals, "date_start": start, "date_end": end}

    def _read_dates(self, form, tz, mission=None):
        """Return places and dates; one that was not touched stays the moment it is."""
        moments = {
            name: mission[name]
            if mission and form.get(name, "") == self._write_moment(mission[name], tz)
            else self._read_moment(form.get(name), tz)
            for name in ("date_end", "date_start")
        }
        return {"capacity": self._read_number(form.get("capacity")), **moments}

    def _read_proposal(self, form, tz, mission=None):
        causes = request.httprequest.form.getlist("cause_ids")
        return {
            **self._read_dates(form, tz, mission),
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
            moment = read_local(datetime.fromisoformat(value).replace(second=0, microsecond=0), tz)
        except (ValueError, OverflowError):
            raise self._prepare_date_error(value) from None
        except NonExistentTimeError:
            raise self._prepare_skipped_error(value) from None
        self._check_year(moment, value)
        return moment

    def _check_year(self, moment, value):
        if not 1970 <= moment.year < 2200:
            raise self._prepare_date_error(value)

    def _prepare_date_error(self, value):
        return UserError(request.env._("“%(value)s” is no date and time.", value=value[:50]))

    def _prepare_skipped_error(self, value):
        words = request.env._("“%(value)s”: the clocks change then, and this time is skipped.", value=value[:50])
        return UserError(words)

    def _write_moment(self, moment, tz):
        """Return a date and time in UTC as a form shows it, in ``tz``."""
        return f"{write_local(moment, tz):%Y-%m-%dT%H:%M}" if moment else ""

    def _get_notices(self):
        """Return what is said after a step, by the key that the address has."""
        return {
            "added": request.env._(
                "This person has an account already and finds your association there: no mail was needed."
            ),
            "invited": request.env._("The invitation is on its way."),
            "proposed": request.env._("Thank you. Your contact at the company looks at the mission and publishes it."),
            "proposed_untold": request.env._(
                "Your proposal is kept, but nobody at the company looks after proposals yet: tell them of it."
            ),
            "redirected": request.env._("The other mission is proposed to the employee by mail."),
            "removed": request.env._("This person no longer has access."),
            "role": request.env._("The role is changed."),
            "saved": request.env._("Saved. Your contact at the company is told."),
            "saved_untold": request.env._(
                "Saved. No contact at the company is named for this mission: tell them yourself."
            ),
            "unchanged": request.env._("Nothing was changed."),
            "withdrawn": request.env._("Your proposal is withdrawn. Your contact at the company is told."),
            "withdrawn_untold": request.env._("Your proposal is withdrawn."),
        }
