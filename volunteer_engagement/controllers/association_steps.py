"""What an association does with an application on its pages, by the link in its mail or with an account."""

from odoo.exceptions import UserError
from odoo.http import request

from .common import attempt, read_text, redirect_with_notice
from .conversation import redirect_to_newest, say

# what an association does and the state that each step leads to
STEPS = {
    "contact": "contact",
    "decline": "refused",
    "redirect": "applied",
    "attendance": "done",
    "cancel": "cancelled",
}


class AssociationSteps:
    """Show an application, ask once before a step, make it: the same for whoever acts for the association.

    ``link`` says what was opened and who acts, as :class:`~..models.link_mixin.Link`; ``url`` is where its page is.
    """

    def _ask(self, link, url, step):
        """Ask once before a step; one that is not possible now shows where it stands."""
        if step not in STEPS:
            raise request.not_found()
        if step not in self._get_open_steps(link):
            return self._render_page(link, url, hint=self._get_settled_words(link, step))
        return self._render_step(link, url, step)

    def _act(self, link, url, step, form):
        """Make a step in the name of whoever acts; a refusal shows the page again, with what was typed."""
        if step not in STEPS:
            raise request.not_found()
        if step not in self._get_open_steps(link):
            return self._render_page(link, url, hint=self._get_settled_words(link, step))
        error = attempt(lambda: getattr(self, f"_do_{step}")(link, form))
        if error:
            return self._render_step(link, url, step, error=error, form=form)
        return redirect_with_notice(url, step)

    def _write(self, link, url, form):
        """Write to the employee."""
        error = attempt(lambda: link.record._check_not_own(link.actor)) or say(link.record, link.actor.partner, form)
        if error:
            return self._render_page(link, url, error=error, body=form.get("body"))
        return redirect_to_newest(url, notice="say")

    def _get_frame(self, link):
        """Hook: return what the frame of the pages needs."""
        return {"no_breadcrumbs": True}

    # ---------------------------------------------------------------------
    # Steps
    # ---------------------------------------------------------------------

    def _get_open_steps(self, link):
        """Return what the association may do now, in the order of the buttons."""
        application = link.record
        if application._is_own_of(link.actor):
            return []
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

    def _render_page(self, link, url, **values):
        application = link.record
        is_unsaid = any(slot.state == "confirmed" for slot in application._get_attendance_slots())
        return request.render(
            "volunteer_engagement.application_link_page",
            {
                "application": application,
                "company": application.company_id,
                "me": link.actor.partner,
                "messages": application._get_conversation(),
                "stage": "attendance" if is_unsaid else application.state,
                "steps": self._get_open_steps(link),
                "url": url,
                **self._get_frame(link),
                **values,
            },
        )

    def _render_step(self, link, url, step, error="", form=None):
        return request.render(
            f"volunteer_engagement.application_link_{step}",
            {
                "application": link.record,
                "company": link.record.company_id,
                "error": error,
                "form": form or {},
                "url": url,
                **self._get_frame(link),
            },
        )

    def _get_notice(self, link, notice):
        """Return in words what was done, by the key in the address; nothing for any other key."""
        name = link.record.employee_id.name
        return {
            "contact": request.env._("You are in contact with %(name)s, who was told by mail.", name=name),
            "decline": request.env._("You declined. %(name)s was told by mail, with your words.", name=name),
            "redirect": request.env._("You proposed this mission instead. %(name)s was told by mail.", name=name),
            "attendance": request.env._("Thank you, this is noted."),
            "cancel": request.env._("You cancelled. %(name)s was told by mail, with your words.", name=name),
            "say": request.env._("Your message was sent to %(name)s.", name=name),
        }.get(notice)

    def _get_settled_words(self, link, step):
        """Return in words why a step is not possible now: it was made already, or something else was."""
        if link.record._is_own_of(link.actor):
            return request.env._("This application is your own: somebody else of the association looks after it.")
        state = link.record.state
        if step == "contact" and state == "contact":
            return request.env._("You are in contact already.")
        if step == "decline" and state == "refused" and not link.record._is_refused_by_manager():
            return request.env._("This was declined already.")
        if step == "cancel" and state == "cancelled":
            return request.env._("This was cancelled already.")
        if step == "attendance" and state == "done":
            return request.env._("Attendance was said already.")
        if step == "attendance" and state == "confirmed":
            return request.env._("The dates are still to come: say afterwards who was there.")
        if step == "redirect" and "applied" in link.record._next_states(link.actor):
            return request.env._("No other mission of yours is open now. Get in touch, or decline.")
        return request.env._("This is not possible any more. Below is where it stands now, and what you can do.")
