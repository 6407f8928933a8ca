from odoo import http
from odoo.http import request

from .association_steps import AssociationSteps
from .common import LINK_FORM, LINK_PAGE, open_link, render_gone
from .conversation import send_file

MODEL = "hr.volunteer.application"
PATH = "/volunteering/application/<string:token>"


class VolunteerApplicationLink(AssociationSteps, http.Controller):
    """What an association does by the link in its mail, without an account.

    What is read by GET changes nothing: programs that look for viruses open links as well.
    """

    @http.route(PATH, **LINK_PAGE)
    def application_link(self, token, notice=None, **_params):
        """Show the application to the referent, and what can be done with it now."""
        link = open_link(MODEL, token)
        if not link:
            return render_gone()
        return self._render_page(link, self._get_url(token), notice=self._get_notice(link, notice))

    @http.route(f"{PATH}/<string:step>", **LINK_PAGE)
    def application_link_ask(self, token, step, **_params):
        """Ask once before a step."""
        link = open_link(MODEL, token)
        if not link:
            return render_gone()
        return self._ask(link, self._get_url(token), step)

    @http.route(f"{PATH}/<string:step>", **LINK_FORM)
    def application_link_act(self, token, step, **form):
        """Make a step in the name of the referent; a refusal shows the page again, with what was typed."""
        link = open_link(MODEL, token)
        if not link:
            return render_gone()
        response = self._act(link, self._get_url(token), step, form)
        if not open_link(MODEL, token):
            # another mission has a referent of its own
            return request.render(
                "volunteer_engagement.application_link_done",
                {"application": link.record, "company": link.record.company_id, "no_breadcrumbs": True},
            )
        return response

    @http.route(f"{PATH}/say", **LINK_FORM)
    def application_link_say(self, token, **form):
        """Write to the employee."""
        link = open_link(MODEL, token)
        if not link:
            return render_gone()
        return self._write(link, self._get_url(token), form)

    @http.route(f"{PATH}/file/<int:file_id>", **LINK_PAGE)
    def application_link_file(self, token, file_id, **_params):
        """Send a file of the conversation."""
        link = open_link(MODEL, token)
        return send_file(link.record, file_id) if link else render_gone()

    def _get_url(self, token):
        return f"/volunteering/application/{token}"
