from itertools import zip_longest

from odoo import http
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.mail.controllers.mail import MailController
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.application_page_mixin import DateRow
from ..models.hr_volunteer_slot import MAX_SLOTS
from .common import FORM, PAGE, attempt, redirect_with_notice
from .conversation import NEWEST_OF_MANAGER, redirect_to_newest, say, send_file

HOME = "/my/volunteering"
COMING_DATES = 5
ENDED_PER_PAGE = 20


def read(name):
    """Return what was typed into a field of the form; no file that is sent by its name."""
    return request.httprequest.form.get(name, "").strip()


def read_all(name):
    """Return what was typed into all fields of a name; no more than are needed to see that it is too many."""
    return [value.strip() for value in request.httprequest.form.getlist(name)[: MAX_SLOTS + 1]]


def read_number(name):
    """Return the number that a form sends; -1 for anything else, and for what is no id."""
    value = read(name)
    return int(value) if value.isdecimal() and len(value) < 10 else -1


def read_dates():
    """Return what a form with dates sends: the motivation, rows as :class:`DateRow`, and ids of shifts."""
    columns = [read_all(name) for name in DateRow._fields]
    return {
        "motivation": read("motivation"),
        "rows": [DateRow(*row) for row in zip_longest(*columns, fillvalue="")],
        "shift_ids": read_all("shift"),
    }


def change_rows(rows):
    """Add or remove a row where that is what the form asks for. Returns whether it was."""
    if "add" in request.httprequest.form:
        last = rows[-1] if rows else DateRow()
        rows.append(DateRow(start=last.start, end=last.end))
        return True
    number = read_number("remove")
    if 0 <= number < len(rows):
        del rows[number]
        return True
    return False


class VolunteerEmployeePortal(http.Controller):
    """What employees do without Odoo's own screens, whether they are internal or portal users."""

    # ---------------------------------------------------------------------
    # One screen, and what is over
    # ---------------------------------------------------------------------

    @http.route(HOME, **PAGE)
    def volunteer_home(self, notice=None):
        """Show what comes next, the dates to come, the year, and missions to apply to."""
        return self._render_home(notice=self._get_notice(notice))

    def _render_home(self, **values):
        applications = request.env["hr.volunteer.application"]
        employees = applications._get_page_employees()
        values["page_name"] = "volunteering"
        if not employees:
            return request.render("volunteer_engagement.employee_page_stranger", values)
        # sudo: their own
        registrations = request.env["hr.volunteer.registration"].sudo().search([("employee_id", "in", employees.ids)])
        members = registrations.filtered(lambda registration: registration.state == "validated").employee_id
        return request.render(
            "volunteer_engagement.employee_page_home",
            {
                "applications": applications._find_own_open(),
                "is_member": bool(members),
                "missions": applications._suggest_missions(members) if members else (),
                "places": [
                    {
                        "company": employee.company_id,
                        "registration": registrations.filtered(lambda found, own=employee: found.employee_id == own),
                        "summary": applications._get_summary(employee.company_id),
                    }
                    for employee in employees
                ],
                "slots": applications._find_own_coming_slots(COMING_DATES),
                **values,
            },
        )

    @http.route(f"{HOME}/withdraw", **FORM)
    def volunteer_withdraw(self, **_form):
        """End the membership; open applications are cancelled, and those concerned are told."""
        registrations = request.env["hr.volunteer.registration"]
        registration = registrations._find_own(read_number("registration_id"))
        if not registration:
            raise request.not_found()
        refusal = attempt(lambda: registration._transition("withdrawn", actor=registrations._get_own_actor()))
        return self._render_home(error=refusal) if refusal else redirect_with_notice(HOME, "withdrawn")

    @http.route([f"{HOME}/history", f"{HOME}/history/page/<int:page>"], **PAGE)
    def volunteer_history(self, page=1):
        """Show what is over, with the hours."""
        applications = request.env["hr.volunteer.application"].sudo()  # sudo: their own, by the domain
        domain = applications._get_own_domain(is_open=False)
        pager = portal_pager(
            url=f"{HOME}/history", total=applications.search_count(domain), page=page, step=ENDED_PER_PAGE
        )
        return request.render(
            "volunteer_engagement.employee_page_history",
            {
                "applications": applications.search(
                    domain,
                    order="first_slot_date desc nulls last, id desc",
                    limit=ENDED_PER_PAGE,
                    offset=pager["offset"],
                ),
                "page_name": "volunteering_history",
                "pager": pager,
            },
        )

    # ---------------------------------------------------------------------
    # Applying
    # ---------------------------------------------------------------------

    @http.route(f"{HOME}/apply/<int:mission_id>", **PAGE)
    def volunteer_apply(self, mission_id, notice=None):
        """Show the form to apply, begun with a date; or what to do before."""
        application = self._find_own_application(mission_id)
        if application:
            return request.redirect(application._get_page_path())
        mission = self._find_mission(mission_id)
        rows = request.env["hr.volunteer.application"]._propose_date_rows(mission)
        shifts = mission._get_coming_shifts()
        chosen = [str(shift.id) for shift in shifts] if len(shifts) == 1 else []
        return self._render_apply(mission, rows=rows, shift_ids=chosen, notice=self._get_notice(notice))

    @http.route(f"{HOME}/apply/<int:mission_id>/send", **FORM)
    def volunteer_apply_send(self, mission_id, **_form):
        """Send the application; or show the form with a date more or less, and what was typed."""
        application = self._find_own_application(mission_id)
        if application:
            return redirect_with_notice(application._get_page_path(), "exists")
        mission = self._find_mission(mission_id)
        typed = read_dates()
        if change_rows(typed["rows"]):
            return self._render_apply(mission, typed=typed, **typed)
        made = []
        refusal = attempt(
            lambda: made.append(request.env["hr.volunteer.application"]._apply_on_page(mission, **typed))
        )
        if refusal:
            # what was read of the mission may be older than why it was refused
            return self._render_apply(self._find_mission(mission_id), error=refusal, typed=typed, **typed)
        notice = "waiting" if made[0].state == "waiting" else "sent"
        return redirect_with_notice(made[0]._get_page_path(), notice)

    def _find_own_application(self, mission_id):
        """Return the user's open application to a mission, whatever became of the mission; else nothing."""
        applications = request.env["hr.volunteer.application"]
        # sudo: their own, by the domain
        return applications.sudo().search(
            applications._get_own_domain(is_open=True) & Domain("mission_id", "=", mission_id), limit=1
        )

    def _find_mission(self, mission_id):
        """Return a mission of a company where the user is an employee: one to apply to, or that was closed meanwhile.

        :raise NotFound: for any other one
        """
        # sudo: portal users have no access to the model; these are or were published for employees of the company
        missions = request.env["hr.volunteer.mission"].sudo()
        mission = missions.search([("id", "=", mission_id), ("state", "in", ("published", "closed"))])
        if not mission or not missions._get_own_employees(mission.company_id):
            raise request.not_found()
        return mission

    def _render_apply(self, mission, **values):
        applications = request.env["hr.volunteer.application"]
        return request.render(
            "volunteer_engagement.employee_page_apply",
            {
                "manager_words": applications._describe_manager(mission),
                "mission": mission,
                "page_name": "volunteering_apply",
                "shifts": mission._get_coming_shifts(),
                "unmet_condition": applications._get_unmet_condition(mission),
                **values,
            },
        )

    # ---------------------------------------------------------------------
    # One application
    # ---------------------------------------------------------------------

    @http.route(f"{HOME}/application/<int:application_id>", **PAGE)
    def volunteer_application(self, application_id, notice=None, edit=None):
        """Show an application: what comes next, the dates, whom to talk to, what was said."""
        application = self._find_application(application_id)
        values = {"notice": self._get_notice(notice)}
        if edit and application._slots_editable():
            values.update(
                rows=application._get_date_rows() or [DateRow()],
                shift_ids=[str(shift_id) for shift_id in application._get_proposed_slots().shift_id.ids],
            )
        return self._render_application(application, **values)

    @http.route(f"{HOME}/application/<int:application_id>/send", **FORM)
    def volunteer_send(self, application_id, **_form):
        """Send a draft."""
        application = self._find_application(application_id)
        return self._answer(application, application._send_on_page, "sent")

    @http.route(f"{HOME}/application/<int:application_id>/contact", **FORM)
    def volunteer_contact(self, application_id, **_form):
        """Say that employee and association have spoken."""
        application = self._find_application(application_id)
        return self._answer(application, application._speak_on_page, "contact")

    @http.route(f"{HOME}/application/<int:application_id>/dates", **FORM)
    def volunteer_dates(self, application_id, **_form):
        """Change the dates; or show the form with a date more or less, and what was typed."""
        application = self._find_application(application_id)
        typed = read_dates()
        if application._slots_editable() and change_rows(typed["rows"]):
            return self._render_application(application, **typed)
        return self._answer(application, lambda: application._save_on_page(**typed), "saved", **typed)

    @http.route(f"{HOME}/application/<int:application_id>/confirm", **FORM)
    def volunteer_confirm(self, application_id, **_form):
        """Confirm the dates, each with the time that was chosen."""
        application = self._find_application(application_id)
        time_types = dict(zip_longest(read_all("slot"), read_all("time_type"), fillvalue=""))
        refusal = attempt(lambda: application._confirm_on_page(time_types))
        if refusal:
            return self._render_application(application, error=refusal, time_types=time_types)
        return redirect_with_notice(application._get_page_path(), application.state)

    @http.route(f"{HOME}/application/<int:application_id>/take_back", **FORM)
    def volunteer_take_back(self, application_id, **_form):
        """Take dates back to change them."""
        application = self._find_application(application_id)
        return self._answer(application, application._take_back_on_page, "taken_back")

    @http.route(f"{HOME}/application/<int:application_id>/wait", **FORM)
    def volunteer_wait(self, application_id, **_form):
        """Join the waiting list."""
        application = self._find_application(application_id)
        return self._answer(application, application._wait_on_page, "waiting")

    @http.route(f"{HOME}/application/<int:application_id>/cancel", **FORM)
    def volunteer_cancel(self, application_id, **_form):
        """Cancel the application, and say why."""
        application = self._find_application(application_id)
        reason = read("reason")
        return self._answer(application, lambda: application._cancel_on_page(reason), "cancelled", reason=reason)

    @http.route(f"{HOME}/application/<int:application_id>/say", **FORM)
    def volunteer_say(self, application_id, **form):
        """Write to the association."""
        application = self._find_application(application_id)
        refusal = say(application, request.env.user.partner_id, form)
        if refusal:
            return self._render_application(application, error=refusal, body=read("body"))
        return redirect_to_newest(application._get_page_path(), notice="said")

    @http.route(f"{HOME}/application/<int:application_id>/file/<int:file_id>", **PAGE)
    def volunteer_file(self, application_id, file_id):
        """Send a file of the conversation."""
        return send_file(self._find_application(application_id), file_id)

    @http.route(f"{HOME}/application/<int:application_id>/manager-say", **FORM)
    def volunteer_manager_say(self, application_id, **form):
        """Write to the manager who is, or was, asked."""
        application = self._find_application(application_id)
        approval = self._find_approval(application)
        refusal = say(approval, request.env.user.partner_id, form)
        if refusal:
            return self._render_application(application, error=refusal, manager_body=read("body"))
        return redirect_to_newest(application._get_page_path(), NEWEST_OF_MANAGER, notice="said")

    @http.route(f"{HOME}/application/<int:application_id>/manager-file/<int:file_id>", **PAGE)
    def volunteer_manager_file(self, application_id, file_id):
        """Send a file of the talk with the manager."""
        return send_file(self._find_application(application_id).approval_ids, file_id)

    @http.route(f"{HOME}/application/<int:application_id>/calendar", **PAGE)
    def volunteer_calendar(self, application_id):
        """Send the confirmed dates as a file for a calendar."""
        application = self._find_application(application_id)
        if not application._has_confirmed_dates():
            raise request.not_found()
        headers = [
            ("Content-Type", "text/calendar; charset=utf-8"),
            ("Content-Disposition", http.content_disposition("volunteering.ics")),
        ]
        return request.make_response(application._make_calendar(), headers)

    # ---------------------------------------------------------------------
    # Helpers
    # ---------------------------------------------------------------------

    def _find_application(self, application_id):
        """Return the user's own application, as superuser.

        :raise NotFound: for any other one
        """
        application = request.env["hr.volunteer.application"]._find_own(application_id)
        if not application:
            raise request.not_found()
        return application

    def _find_approval(self, application):
        """Return the question about which employee and manager talk.

        :raise NotFound: where nobody was asked, or nobody is there to read
        """
        approval = application._get_page_approval()
        if not approval or not approval._can_be_talked_about():
            raise request.not_found()
        return approval

    def _answer(self, application, step, notice, **typed):
        refusal = attempt(step)
        if refusal:
            return self._render_application(application, error=refusal, **typed)
        return redirect_with_notice(application._get_page_path(), notice)

    def _render_application(self, application, **values):
        if "rows" in values and not application._slots_editable():
            # settled meanwhile: it is no form any more, and what was typed is still there to read
            values["typed"] = {name: values.pop(name) for name in ("motivation", "rows", "shift_ids")}
        mission = application.mission_id
        approval = application._get_page_approval()
        return request.render(
            "volunteer_engagement.employee_page_application",
            {
                "application": application,
                "approval": approval,
                "can_ask_manager": approval and approval._can_be_talked_about(),
                # what was said about former questions as well
                "manager_messages": application.approval_ids._get_conversation(),
                "manager_words": application._describe_manager(mission),
                "me": request.env.user.partner_id,
                "messages": application._get_conversation(),
                "mission": mission,
                "mission_url": mission._find_presented(mission.id) and mission._get_page_url(),
                "next_states": application._next_states(),
                "page_name": "volunteering_application",
                "path": application._get_page_path(),
                "shifts": mission._get_coming_shifts(),
                **values,
            },
        )

    def _get_notice(self, key):
        """Return what was done, in words, for the key that a redirect brings."""
        return {
            "cancelled": request.env._("Cancelled. Whoever had been told was told."),
            "confirmed": request.env._("Your dates are confirmed."),
            "contact": request.env._("Noted: you are in contact. Agree on dates, then confirm them."),
            "exists": request.env._("This is your application to that mission: you have one already."),
            "joined_for_mission": request.env._("Welcome: you are registered for volunteering. Now you can apply."),
            "joined": request.env._("Welcome: you are registered for volunteering. Find a mission to begin with."),
            "said": request.env._("Your message was sent."),
            "saved": request.env._("Your dates are saved."),
            "sent": request.env._("Your application was sent."),
            "taken_back": request.env._("Your dates are yours again: change them, then confirm."),
            "to_approve": request.env._("Your dates were sent to your manager."),
            "waiting": request.env._(
                "You are on the waiting list: you get a mail as soon as a place is kept for you."
            ),
            "withdrawn": request.env._("You no longer take part. Your open applications were cancelled."),
        }.get(key)


class VolunteerCustomerPortal(CustomerPortal):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        applications = request.env["hr.volunteer.application"]
        if "volunteering_count" in counters:
            values["volunteering_count"] = applications._count_own_turn()
        if not counters:
            # the page itself; numbers are asked for afterwards
            values["volunteer_employee"] = bool(applications._get_page_employees())
        return values


class VolunteerMail(MailController):
    @classmethod
    def _redirect_to_record(cls, model, res_id, access_token=None, **kwargs):
        """Lead portal users, who have no access to the model, to the page of a record that is about them."""
        records = request.env.get(model or "")
        is_page = res_id and isinstance(records, request.env.registry["hr.volunteer.page.mixin"])
        if is_page and not request.env.user._is_internal():
            record = records._find_own(res_id)
            if record:
                return request.redirect(record._get_page_path())
        return super()._redirect_to_record(model, res_id, access_token=access_token, **kwargs)
