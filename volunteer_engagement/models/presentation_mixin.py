from odoo import api, fields, models
from odoo.fields import Domain


class HrVolunteerPresentationMixin(models.AbstractModel):
    """Records with a page that employees read without a seat in Odoo, and everybody where the company opens its pages.

    Nobody gets access to the model: a page finds what its reader may see here, and shows chosen fields of it.
    """

    _name = "hr.volunteer.presentation.mixin"
    _description = "Records with a page for everybody"

    # what stands in the address
    _presentation_page = None

    image = fields.Image(max_width=1024, max_height=1024)

    @api.model
    def _get_presentation_domain(self):
        """Hook: return which records the user sees on pages."""
        return Domain.FALSE

    @api.model
    def _is_presentation_open(self):
        """Return whether the user sees anything: an employee does, all others where a company opens its pages."""
        # sudo: visitors read no companies; whether one opens its pages is no secret
        companies = self.env["res.company"].sudo()
        return bool(self._get_reader_companies()) or bool(
            companies.search_count([("volunteer_public_pages", "=", True)], limit=1)
        )

    @api.model
    def _get_reader_companies(self):
        """Return the companies where the user is an employee, internal or not."""
        companies = self.env["res.company"]
        return companies.browse(company.id for company in self.env["hr.volunteer.program"]._get_own_employees())

    @api.model
    def _find_presented(self, record_id):
        """Return the record as superuser where the user sees it on pages, else nothing.

        :param record_id: as it stands in the address
        """
        # sudo: readers of pages have no access to the model
        return self.sudo().search(self._get_presentation_domain() & Domain("id", "=", record_id))

    def _get_page_url(self):
        """Return the address of the page, without the server; the name in it is in the language of the reader."""
        self.ensure_one()
        slug = self.env["ir.http"]._slug((self.id, self.name))
        return f"/volunteering/{self._presentation_page}/{slug}"

    def _get_image_urls(self):
        """Return the addresses of the pictures by the id of the record; those without a picture are left out."""
        # sudo: as the records themselves; the pictures are not read for it
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .search_fetch(
                [("res_model", "=", self._name), ("res_field", "=", "image"), ("res_id", "in", self.ids)],
                ["res_id", "checksum"],
                order="res_id",
            )
        )
        return {
            attachment.res_id: f"/volunteering/image/{self._presentation_page}/{attachment.res_id}"
            f"?unique={(attachment.checksum or '')[:8]}"
            for attachment in attachments
        }
