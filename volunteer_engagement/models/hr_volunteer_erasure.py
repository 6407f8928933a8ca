import re
from datetime import datetime, time

from dateutil.relativedelta import relativedelta
from markupsafe import escape

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import html2plaintext
from odoo.tools.sql import escape_psql

from .application_checks_mixin import OPEN_STATES
from .erasure_mixin import erase_conversation


class HrVolunteerRegistration(models.Model):
    """The end of a membership: some months later names are erased and hours stay without a name."""

    _inherit = "hr.volunteer.registration"

    # ---------------------------------------------------------------------
    # Business
    # ---------------------------------------------------------------------

    def _get_retention_start(self):
        """Return since when the employee takes no part: the withdrawal, refusal or departure, whichever came first.

        :return: a datetime in UTC; False for those who take part
        """
        self.ensure_one()
        starts = [self.decision_date] if self.state in ("refused", "withdrawn") else []
        starts.append(self._get_departure(self.employee_id))
        return min(filter(None, starts), default=False)

    @api.model
    def _get_departure(self, employee):
        if employee.active:
            return False
        # archived without saying when: nothing of it changed later
        date_ = employee.departure_date
        return datetime.combine(date_, time()) if date_ else employee.write_date

    @api.model
    def _is_retention_over(self, company, start):
        months = company.volunteer_retention_months
        return bool(months and start) and start + relativedelta(months=months) <= fields.Datetime.now()

    def _filter_erasable(self):
        """Return the registrations whose time to keep names is over and whose employee has no open application."""
        due = self.filtered(
            lambda registration: registration._is_retention_over(
                registration.company_id, registration._get_retention_start()
            )
        )
        busy = self._get_busy_employees(due.employee_id)
        return due.filtered(lambda registration: registration.employee_id not in busy)

    @api.model
    def _get_busy_employees(self, employees):
        """Return those of the employees who have an open application."""
        domain = [("employee_id", "in", employees.ids), ("state", "in", OPEN_STATES)]
        return self.env["hr.volunteer.application"].search(domain).employee_id

    def _erase(self):
        """Erase names, motivation and conversation for good; hours stay without a name. Nobody is told.

        The registration goes: whoever returns registers as a new volunteer. What these employees did for others, e.g.
        as managers, stays with the records of the others.
        """
        if self:
            self._erase_employees(self.employee_id)
            erase_conversation(self)
            self.unlink()

    @api.model
    def _erase_employees(self, employees):
        for employee in employees:
            self._erase_loose_mails(employee)
        for records in self._get_erased_records(employees):
            records._erase()
        # nothing of them is in any figure
        invitations = self.env["hr.volunteer.invitation"].search([("employee_id", "in", employees.ids)])
        erase_conversation(invitations)
        invitations.unlink()

    @api.model
    def _get_unregistered(self, model):
        """Return the applications, e.g. imported ones, or the invitations of employees who left and had no
        registration, when due.
        """
        records = self.env[model].search([("employee_id.active", "=", False)])
        registered = self.search([("employee_id", "in", records.employee_id.ids)]).employee_id
        spared = registered | self._get_busy_employees(records.employee_id)
        return records.filtered(
            lambda record: (
                record.employee_id not in spared
                and self._is_retention_over(record.company_id, self._get_departure(record.employee_id))
            )
        )

    @api.model
    def _get_erased_records(self, employees):
        """Hook: return the recordsets that outlive their employees' names, all of the erasure mixin."""
        domain = [("employee_id", "in", employees.ids)]
        return [
            self.env[model].with_context(active_test=False).search(domain)
            for model in ("hr.volunteer.slot", "hr.volunteer.approval", "hr.volunteer.application")
        ]

    @api.model
    def _erase_loose_mails(self, employee):
        """Remove the company's mails to or about an employee that belong to no record, e.g. those with a link."""
        contacts = employee.work_contact_id | employee.user_id.partner_id
        names = set(filter(None, (employee.name, *contacts.mapped("name"))))
        addresses = set(filter(None, (employee.work_email, *contacts.mapped("email_normalized"))))
        wanted = [("subject", name) for name in names] + [("body_html", str(escape(name))) for name in names]
        wanted += [(field, address) for address in addresses for field in ("email_to", "reply_to", "body_html")]
        found = self.env["mail.mail"].search(
            Domain("model", "in", (False, ""))
            & Domain("author_id", "=", employee.company_id.partner_id.id)
            & Domain("message_type", "=", "email_outgoing")
            & Domain.OR(Domain(field, "ilike", escape_psql(words)) for field, words in wanted)
        )
        # as a word: Ann is not in Hannah
        words = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, names | addresses))})(?!\w)", re.IGNORECASE)
        texts = {mail: (mail.subject, html2plaintext(mail.body_html), mail.email_to, mail.reply_to) for mail in found}
        found.filtered(lambda mail: words.search("\n".join(filter(None, texts[mail])))).unlink()

    # ---------------------------------------------------------------------
    # Scheduled
    # ---------------------------------------------------------------------

    @api.model
    def _cron_erase(self):
        """Erase what the settings of the companies say, one employee at a time."""
        candidates = self.search(
            Domain("company_id.volunteer_retention_months", ">", 0)
            & (Domain("state", "in", ("refused", "withdrawn")) | Domain("employee_id.active", "=", False))
        )
        self._run_one_by_one(
            [("id", "in", candidates._filter_erasable().ids)],
            # again, on what is true now
            lambda registration: registration._filter_erasable()._erase(),
        )
        # each erases all of its employee
        for model in ("hr.volunteer.application", "hr.volunteer.invitation"):
            records = self._get_unregistered(model)
            records._run_one_by_one(
                [("id", "in", records.ids)], lambda record: self._erase_employees(record.employee_id)
            )
