from odoo import http
from odoo.http import request

from odoo.addons.auth_signup.controllers.main import AuthSignupHome

from .common import LINK_FORM, LINK_PAGE, attempt, open_link, render_gone

MODEL = "hr.volunteer.invitation"


class VolunteerInvitation(http.Controller):
    """What an employee does by the link in an invitation, with or without a user."""

    @http.route("/volunteering/invitation/<string:token>", **LINK_PAGE)
    def invitation(self, token):
        """Show what the employee is invited to. Changes nothing: programs that look for viruses open links as well."""
        link = open_link(MODEL, token)
        return self._render(link, token) if link else render_gone()

    @http.route("/volunteering/invitation/<string:token>/opened", **LINK_FORM)
    def invitation_opened(self, token):
        """Note that somebody has the page in view; called by its script."""
        link = open_link(MODEL, token)
        if not link:
            return render_gone()
        attempt(lambda: link.record._open(link.actor))
        return request.make_response("", status=204)

    @http.route("/volunteering/invitation/<string:token>/join", **LINK_FORM)
    def invitation_join(self, token):
        """Register the employee and lead to their pages, by Odoo's signup where they have no user."""
        link = open_link(MODEL, token)
        if not link:
            return render_gone()
        if error := attempt(lambda: link.record._join(link.actor)):
            return self._render(link, token, error)
        if lang := link.actor.partner.lang:
            # the signup, of a visitor, goes on in it
            request.future_response.set_cookie("frontend_lang", lang)
        return request.redirect(link.record._get_account_url())

    def _render(self, link, token, error=""):
        invitation = link.record
        return request.render(
            "volunteer_engagement.invitation_page",
            {
                "company": invitation.company_id,
                "error": error,
                "first_name": invitation._get_first_name(),
                "invitation": invitation,
                "no_breadcrumbs": True,
                "page": invitation._get_page_state(),
                "program": invitation.program_id,
                "token": token,
            },
        )


class VolunteerSignup(AuthSignupHome):
    """Sign up after an invitation: with the address at work, which the link in the mail has proven.

    The proof is in the address and in the form; without it the signup is Odoo's own.
    """

    def get_auth_signup_qcontext(self):
        qcontext = super().get_auth_signup_qcontext()
        proof = request.params.get("volunteer_proof")
        if not proof or not qcontext.get("token") or qcontext.get("invalid_token"):
            return qcontext
        # sudo: nobody is logged in; the token says whose account it will be, the proof who asks for it
        partner = request.env["res.partner"].sudo()._get_partner_from_token(qcontext["token"])
        employee = request.env["hr.volunteer.invitation"]._find_invited_employee(partner, proof)
        if not employee:
            # without a link to their employee the account would be of no use
            qcontext["error"] = request.env._(
                "This page has ended. Open the link in your invitation again, and choose your password from there."
            )
            return qcontext
        login = employee.work_contact_id.email_normalized
        qcontext.update(login=login, name=employee.name, volunteer_company=employee.company_id, volunteer_proof=proof)
        if request.httprequest.method == "POST":
            # what is logged in with right after
            request.params["login"] = login
            request.update_context(volunteer_signup_proof=proof)
        return qcontext
