from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .common import LINK_FORM, LINK_PAGE, attempt, open_link, read_text, redirect_with_notice, render_gone
from .conversation import redirect_to_newest, say, send_file

MODEL = "hr.volunteer.application"
PATH = "/volunteering/application/<string:token>"
# what an association does by its link, and the state that each step leads to
STEPS = {
    "contact": "contact",
    "decline": "refused",
    "redirect": "applied",
    "attendance": "done",
    "cancel": "cancelled",
}


class VolunteerApplicationLink(http.Controller):
    """What an association does by the link in its mail, without an account.

    What is read by GET changes nothing: programs that look for viruses open links as well.
    """

    @http.route(PATH, **LINK_PAGE)
    def application_link(self, token, notice=None, **_params):
        """Show the application to the referent, and what can be done with it now."""
        link = open_link(MODEL, token)
        if not link:
            return render_gone()
        return self._render_page(link, token, notice=self._get_notice(link, notice))

    @http.route(f"{PATH}/<string:step>", **LINK_PAGE)
    def application_link_ask(self, token, step, **_params):
        """Ask once before a step."""
        link = open_link(MODEL, token)
        if not link:
            return render_gone()
        if step not in STEPS:
            raise request.not_found()
        if step not in self._get_open_steps(link):
            return self._render_page(link, token, hint=self._get_settled_words(link, step))
        return self._render_step(link, token, step)

    @http.route(f"{PATH}/<string:step>", **LINK_FORM)
    def application_link_act(self, token, step, **form):
        """Make a step in the name of the referent; a refusal shows the page again, with what was typed."""
        link = open_link(MODEL, token)
        if not link:
            return render_gone()
        if step not in STEPS:
            raise request.not_found()
        if step not in self._get_open_steps(link):
            return self._render_page(link, token, hint=self._get_settled_words(link, step))
        error = attempt(lambda: getattr(self, f"_do_{step}")(link, form))
        if error:
            return self._render_step(link, token, step, error=error, form=form)
        if not open_link(MODEL, token):
            # another mission has a referent of its own
            return request.render(
                "volunteer_engagement.application_link_done",
                {"application": link.record, "company": link.record.company_id, "no_breadcrumbs": True},
            )
        return redirect_with_notice(f"/volunteering/application/{token}", step)

    @http.route(f"{PATH}/say", **LINK_FORM)
    def application_link_say(self, token, **form):
        """Write to the employee."""
        link = open_link(MODEL, token)
        if not link:
            return render_gone()
        error = say(link.record, link.actor.partner, form)
        if error:
            return self._render_page(link, token, error=error, body=form.get("body"))
        return redirect_to_newest(f"/volunteering/application/{token}", notice="say")

    @http.route(f"{PATH}/file/<int:file_id>", **LINK_PAGE)
    def application_link_file(self, token, file_id, **_params):
        """Send a file of the conversation."""
        link = open_link(MODEL, token)
        return send_file(link.record, file_id) if link else render_gone()

    # ---------------------------------------------------------------------
    # Steps
    # ---------------------------------------------------------------------

    def _get_open_steps(self, link):
        """Return what the association may do now, in the order of the buttons."""
        application = link.record
        next_states = application._next_states(link.actor)
        steps = [step for step, state in STEPS.items() if state in next_states]
        if "redirect" in steps and not application._get_other_missions():
            steps.remove("redirect")
        if "cancel" in steps and not application._get_future_slots():
            steps.remove("cancel")
        if "attendance" in steps:
            steps.remove("attendance")
        if application._get_attendance_slots():
            steps.insert(0, "attendance")
        return steps

    def _do_contact(self, link, form):
        link.record._transition("contact", actor=link.actor)
        self._say(link, read_text(form, "message"))

    def _do_decline(self, link, form):
        link.record._transition("refused", actor=link.actor, reason=read_text(form, "reason"))

    def _do_redirect(self, link, form):
        missions = link.record._get_other_missions()
        mission = missions.filtered(lambda mission: str(mission.id) == form.get("mission_id"))
        if not mission:
            raise UserError(request.env._("Choose one of these missions."))
        self._say(link, read_text(form, "message"))
        link.record._redirect(mission, actor=link.actor)

    def _do_cancel(self, link, form):
        link.record._transition("cancelled", actor=link.actor, reason=read_text(form, "reason"))

    def _do_attendance(self, link, form):
        slots = link.record._get_attendance_slots()
        said = slots.grouped(lambda slot: form.get(f"slot_{slot.id}"))
        if any(answer not in ("attended", "absent") for answer in said):
            raise UserError(
                request.env._("Say for each date whether %(name)s was there.", name=link.record.employee_id.name)
            )
        nothing = slots.browse()
        link.record._say_attendance(said.get("attended", nothing), said.get("absent", nothing), link.actor)

    def _say(self, link, message):
        if message:
            link.record._say(link.actor.partner, message)

    # ---------------------------------------------------------------------
    # Pages
    # ---------------------------------------------------------------------

    def _render_page(self, link, token, **values):
        application = link.record
        is_unsaid = any(slot.state == "confirmed" for slot in application._get_attendance_slots())
        return request.render(
            "volunteer_engagement.application_link_page",
            {
                "application": application,
                "company": application.company_id,
                "me": link.actor.partner,
                "messages": application._get_conversation(),
                "no_breadcrumbs": True,
                "stage": "attendance" if is_unsaid else application.state,
                "steps": self._get_open_steps(link),
                "url": f"/volunteering/application/{token}",
                **values,
            },
        )

    def _render_step(self, link, token, step, error="", form=None):
        return request.render(
            f"volunteer_engagement.application_link_{step}",
            {
                "application": link.record,
                "company": link.record.company_id,
                "error": error,
                "form": form or {},
                "no_breadcrumbs": True,
                "url": f"/volunteering/application/{token}",
            },
        )

    def _get_notice(self, link, notice):
        """Return in words what was done, by the key in the address; nothing for any other key."""
        _ = request.env._
        name = link.record.employee_id.name
        return {
            "contact": _("You are in contact with %(name)s, who was told by mail.", name=name),
            "decline": _("You declined. %(name)s was told by mail, with your words.", name=name),
            "redirect": _("You proposed this mission instead. %(name)s was told by mail.", name=name),
            "attendance": _("Thank you, this is noted."),
            "cancel": _("You cancelled. %(name)s was told by mail, with your words.", name=name),
            "say": _("Your message was sent to %(name)s.", name=name),
        }.get(notice)

    def _get_settled_words(self, link, step):
        """Return in words why a step is not possible now: it was made already, or something else was."""
        _ = request.env._
        state = link.record.state
        if step == "contact" and state == "contact":
            return _("You are in contact already.")
        if step == "decline" and state == "refused" and not link.record._is_refused_by_manager():
            return _("This was declined already.")
        if step == "cancel" and state == "cancelled":
            return _("This was cancelled already.")
        if step == "attendance" and state == "done":
            return _("Attendance was said already.")
        if step == "attendance" and state == "confirmed":
            return _("The dates are still to come: say afterwards who was there.")
        if step == "redirect" and "applied" in link.record._next_states(link.actor):
            return _("No other mission of yours is open now. Get in touch, or decline.")
        return _("This is not possible any more. Below is where it stands now, and what you can do.")
