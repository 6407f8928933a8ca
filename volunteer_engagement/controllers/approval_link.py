from odoo import http
from odoo.http import request

from .common import LINK_FORM, LINK_PAGE, attempt, open_link, read_text, redirect_with_notice, render_gone
from .conversation import redirect_to_newest, say, send_file

MODEL = "hr.volunteer.approval"
PATH = "/volunteering/approval/<string:token>"
# what a manager answers by the link, and the state of each answer
ANSWERS = {"approve": "approved", "change": "changes", "refuse": "refused"}


class VolunteerApprovalLink(http.Controller):
    """What a manager answers by the link in the mail, with an account or without.

    What is read by GET changes nothing: programs that look for viruses open links as well.
    """

    @http.route(PATH, **LINK_PAGE)
    def approval_link(self, token, notice=None, **_params):
        """Show the question, or how it was answered."""
        link = open_link(MODEL, token)
        if not link:
            return render_gone()
        return self._render_page(link, token, notice=self._get_notice(link, notice))

    @http.route(f"{PATH}/<string:answer>", **LINK_PAGE)
    def approval_link_ask(self, token, answer, **_params):
        """Ask once before an answer."""
        link = open_link(MODEL, token)
        if not link:
            return render_gone()
        if answer not in ANSWERS:
            raise request.not_found()
        if ANSWERS[answer] not in link.record._next_states(link.actor):
            return self._render_settled(link, token)
        return self._render_answer(link, token, answer)

    @http.route(f"{PATH}/<string:answer>", **LINK_FORM)
    def approval_link_act(self, token, answer, **form):
        """Answer in the name of whoever is asked; a refusal shows the page again, with what was typed."""
        link = open_link(MODEL, token)
        if not link:
            return render_gone()
        if answer not in ANSWERS:
            raise request.not_found()
        if ANSWERS[answer] not in link.record._next_states(link.actor):
            return self._render_settled(link, token)
        error = attempt(lambda: getattr(self, f"_do_{answer}")(link, form))
        if error:
            return self._render_answer(link, token, answer, error=error, form=form)
        return redirect_with_notice(f"/volunteering/approval/{token}", answer)

    @http.route(f"{PATH}/say", **LINK_FORM)
    def approval_link_say(self, token, **form):
        """Write to the employee about the question."""
        link = open_link(MODEL, token)
        if not link:
            return render_gone()
        error = say(link.record, link.actor.partner, form)
        if error:
            return self._render_page(link, token, error=error, body=form.get("body"))
        return redirect_to_newest(f"/volunteering/approval/{token}", notice="say")

    @http.route(f"{PATH}/file/<int:file_id>", **LINK_PAGE)
    def approval_link_file(self, token, file_id, **_params):
        """Send a file of the talk."""
        link = open_link(MODEL, token)
        return send_file(link.record, file_id) if link else render_gone()

    # ---------------------------------------------------------------------
    # Answers
    # ---------------------------------------------------------------------

    def _do_approve(self, link, _form):
        link.record._approve(link.actor)

    def _do_change(self, link, form):
        link.record._request_changes(read_text(form, "reason"), link.actor)

    def _do_refuse(self, link, form):
        link.record._refuse(read_text(form, "reason"), link.actor)

    # ---------------------------------------------------------------------
    # Pages
    # ---------------------------------------------------------------------

    def _render_page(self, link, token, **values):
        return request.render(
            "volunteer_engagement.approval_link_page",
            {
                **self._prepare_values(link, token),
                "me": link.actor.partner,
                "messages": link.record._get_conversation(),
                **values,
            },
        )

    def _render_answer(self, link, token, answer, error="", form=None):
        return request.render(
            "volunteer_engagement.approval_link_answer",
            {**self._prepare_values(link, token), "answer": answer, "error": error, "form": form or {}},
        )

    def _render_settled(self, link, token):
        hint = request.env._("This question is settled: below is how. Nothing was changed now.")
        return self._render_page(link, token, hint=hint)

    def _prepare_values(self, link, token):
        approval = link.record
        return {
            "approval": approval,
            "company": approval.company_id,
            "no_breadcrumbs": True,
            # whoever is asked, logged in, may go on in Odoo
            "odoo_url": self._get_odoo_url(approval),
            "team": self._get_team_words(link),
            "url": f"/volunteering/approval/{token}",
        }

    def _get_team_words(self, link):
        """Return how many of the team are away, for whoever may answer now.

        A manager without a user is not told: what colleagues were asked of them is not known by a user.
        """
        approval = link.record
        is_known = approval.approver_id and "approved" in approval._next_states(link.actor)
        return approval._get_team_words().get(approval.id) if is_known else ""

    def _get_odoo_url(self, approval):
        user = request.env.user
        is_asked = user == approval.approver_id and user._is_volunteer_able()
        return is_asked and f"/mail/view?model={MODEL}&res_id={approval.id}"

    def _get_notice(self, link, notice):
        """Return in words what was done, by the key in the address; nothing for any other key."""
        name = link.record.employee_id.name
        return {
            "approve": request.env._("Approved. %(name)s was told by mail.", name=name),
            "change": request.env._("You asked for a change. %(name)s was told by mail, with your words.", name=name),
            "refuse": request.env._("Refused. %(name)s was told by mail, with your words.", name=name),
            "say": request.env._("Your message was sent to %(name)s.", name=name),
        }.get(notice)
