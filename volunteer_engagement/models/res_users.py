from odoo import Command, api, models
from odoo.fields import Domain


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        """Write; open questions go on when the user who is asked is archived or comes back."""
        result = super().write(vals)
        if "active" in vals:
            # sudo: whoever administers users need not read volunteering
            companies = self.sudo().company_ids
            # managers may be asked by another company
            domain = Domain("company_id", "in", companies.ids) | Domain("approver_id", "in", self.ids)
            self.env["hr.volunteer.approval"]._reroute(domain | Domain("manager_id.user_id", "in", self.ids))
        return result

    @api.model
    def _signup_create_user(self, values):
        """Link whoever signs up after joining by an invitation to their employee, in the employee's company.

        The proof of the invitation's link says who they are; the token of the signup alone links nobody, and its login
        does not become the address at work.
        """
        employee = self.env["hr.employee"]
        if values.get("partner_id"):
            invitations = self.env["hr.volunteer.invitation"]
            partner = self.env["res.partner"].browse(values["partner_id"])
            employee = invitations._find_invited_employee(partner, self.env.context.get("volunteer_signup_proof"))
            if partner.email and invitations._get_employees_of(partner):
                values["email"] = partner.email
        if employee:
            login = employee.work_contact_id.email_normalized
            companies = employee.company_id.ids
            values.update(login=login, email=login, company_id=companies[0], company_ids=[Command.set(companies)])
        user = super()._signup_create_user(values)
        if employee:
            # the zone of the employee stays: what a new user has would be written over it
            user.tz = employee.tz
            employee.user_id = user
        return user

    def _get_employee_fields_to_sync(self):
        """Keep the zone of employees whose user is a portal user: Odoo takes that of the browser at the first login,
        and working hours are counted in it.
        """
        names = super()._get_employee_fields_to_sync()
        is_portal = bool(self) and all(user.share for user in self)
        return [name for name in names if name != "tz"] if is_portal else names

    def _is_volunteer_able(self):
        """Return whether this is a user who may answer inside Odoo: active, and no portal user."""
        # sudo: users of other companies are not readable by everybody
        user = self.sudo()
        return bool(user) and user.active and not user.share
