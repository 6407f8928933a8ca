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
