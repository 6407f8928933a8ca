from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import hash_sign, verify_hash_signed

from .lifecycle_mixin import Actor

# how long a link outlives the last date: attendance is said afterwards
LINK_DAYS = 30


class Link(NamedTuple):
    """What a valid link opens, as superuser, and for whom."""

    record: models.Model
    actor: Actor


class HrVolunteerLinkMixin(models.AbstractModel):
    """Personal links for people without an account: one person, in one role, on one record.

    A link is signed with the secret of the database (HMAC-SHA256, compared in constant time by Odoo): nobody makes
    one, and none fits another record, person, role or page. It ends weeks after the last date, when an officer revokes
    it, and as soon as somebody else has the role.
    """

    _name = "hr.volunteer.link.mixin"
    _description = "Records that a personal link opens"

    # what stands in the address, and what no signature for another page fits
    _link_page = None

    link_version = fields.Integer(
        groups=fields.NO_ACCESS,
        copy=False,
        export_string_translation=False,
        help="Former links end where it is raised.",
    )

    # ---------------------------------------------------------------------
    # Actions
    # ---------------------------------------------------------------------

    def action_revoke_links(self):
        """End the links in all mails that were sent about these records; later mails bring new ones.

        :raise AccessError: for all but officers, and on what is about themselves
        """
        self.check_access("read")
        if not self._is_officer() or self._filter_own(self.env.user):
            raise AccessError(self.env._("Only an officer ends links, and not those about themselves."))
        self._revoke_links()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The links in former mails no longer work. The next mail brings a new one."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ---------------------------------------------------------------------
    # Business
    # ---------------------------------------------------------------------

    def _revoke_links(self):
        """End the links that were sent, and log it."""
        # sudo: closed to everybody; the caller checked
        for record in self.sudo():
            record.link_version += 1
        words = self.env._("The links in former mails were ended.")
        self._log_lines(dict.fromkeys(self.ids, words), self.env.user.partner_id)

    def _get_link_url(self, role):
        """Return the address of the page for whoever has a role here now, for a mail to that person.

        Only where the system puts a mail together: people who look at a template get no link of somebody else.

        :return: an absolute URL; empty for people, and where nobody has the role
        """
        self.ensure_one()
        partner = self._get_link_partner(role)
        if not self.env.su or not partner:
            return ""
        values = [self.id, partner.id, role, self.link_version]
        token = hash_sign(self.env, self._get_link_scope(), values, self._get_link_expiration())
        return f"{self.get_base_url()}/volunteering/{self._link_page}/{token}"

    @api.model
    def _find_by_link(self, token):
        """Return what a link opens.

        :return: a :class:`Link`, whose record is superuser's; None where the link is malformed, forged, too old or
            revoked, or where somebody else has its role by now
        """
        values = self._read_signed(self._get_link_scope(), token)
        if not values:
            return None
        record_id, partner_id, role, version = values
        # sudo: the link is the right to read it
        record = self.sudo().browse(record_id).exists()
        if not record or record.link_version != version:
            return None
        partner = record._get_link_partner(role)
        return Link(record, Actor(role, partner)) if partner.id == partner_id else None

    @api.model
    def _read_signed(self, scope, token):
        """Return the values that were signed for a scope; None where the token is malformed, forged or too old."""
        if not isinstance(token, str):
            return None
        try:
            # sudo: the secret of the database
            return verify_hash_signed(self.sudo().env, scope, token)
        except ValueError:
            return None

    def _get_link_scope(self):
        return f"volunteer_engagement/{self._link_page}"

    def _get_link_partner(self, role):
        """Hook: return the partner who has a role now and is written to, or none."""
        return self.env["res.partner"]

    def _get_link_last_date(self):
        """Hook: return the last date that the link is about, in UTC, or False."""
        return False

    def _get_link_expiration(self):
        now = fields.Datetime.now()
        return max(self._get_link_last_date() or now, now) + timedelta(days=LINK_DAYS)
