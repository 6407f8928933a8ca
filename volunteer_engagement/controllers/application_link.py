from odoo import http
from odoo.http import request

from .common import open_link, render_gone

MODEL = "hr.volunteer.application"


class VolunteerApplicationLink(http.Controller):
    """What an association does by the link in its mail, without an account."""

    @http.route(
        "/volunteering/application/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        multilang=False,
        readonly=True,
        sitemap=False,
    )
    def application_link(self, token):
        """Show the application to the referent. Changes nothing: programs that look for viruses open links as well."""
        link = open_link(MODEL, token)
        if not link:
            return render_gone()
        return request.render(
            "volunteer_engagement.application_link_page",
            {"application": link.record, "no_breadcrumbs": True, "token": token},
        )
