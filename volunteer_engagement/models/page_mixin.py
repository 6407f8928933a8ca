from odoo import api, models

from .lifecycle_mixin import Actor


class HrVolunteerPageMixin(models.AbstractModel):
    """Let the pages of the portal act for employees, who need no access to the models for it.

    A page finds the record by ``_find_own``, shows chosen fields of it, and makes steps by ``_transition`` in the name
    of ``_get_own_actor``: table of steps, checks and mails are the same as inside Odoo.
    """

    _name = "hr.volunteer.page.mixin"
    _description = "Records that employees reach by pages"

    @api.model
    def _find_own(self, record_id):
        """Return the record as superuser where it is about the user, else nothing.

        :param record_id: as it stands in the address
        """
        # sudo: portal users have no access to the model; this is about themselves
        return self.sudo().search([("id", "=", record_id), ("employee_user_id", "=", self.env.uid)])

    @api.model
    def _get_own_actor(self):
        return Actor("employee", self.env.user.partner_id)

    def _get_page_path(self):
        """Hook: return the path of the page that shows this record to its employee."""
        self.ensure_one()
        return "/my/volunteering"

    def _get_employee_url(self):
        """Return where the employee opens this record from a mail: Odoo for internal users, else the page.

        :return: an absolute URL; empty for employees without a user
        """
        self.ensure_one()
        # sudo: the user of a colleague, for a mail to them
        user = self.sudo().employee_user_id
        if user._is_volunteer_able():
            return self._notify_get_action_link("view")
        return f"{self.get_base_url()}{self._get_page_path()}" if user.active else ""

    def _get_employee_missions_url(self):
        """Return where the employee finds missions, from a mail; empty for employees without a user."""
        self.ensure_one()
        # sudo: see _get_employee_url
        user = self.sudo().employee_user_id
        if user._is_volunteer_able():
            return "/odoo/volunteering"
        return f"{self.get_base_url()}/volunteering/missions" if user.active else ""
