from datetime import datetime, time, timedelta

from pytz import timezone

from odoo import api, models
from odoo.fields import Domain

from .application_checks_mixin import OPEN_STATES
from .hr_volunteer_invitation import OPEN_STATES as INVITED_STATES
from .lifecycle_mixin import Actor

SATURDAY = 5
# what decides who is asked
ROUTING_FIELDS = {"parent_id", "user_id", "active", "department_id", "current_version_id"}


class HrEmployee(models.Model):
    _name = "hr.employee"
    _inherit = ["hr.employee", "hr.volunteer.employee.mixin"]

    def write(self, vals):
        """Write; an employee who leaves ends their volunteering, and open questions go to whoever is asked now."""
        leaving = self.filtered("active") if "active" in vals and not vals["active"] else self.browse()
        result = super().write(vals)
        if leaving:
            leaving._leave_volunteering()
        if not ROUTING_FIELDS.isdisjoint(vals):
            domain = Domain("employee_id", "in", self.ids) | Domain("manager_id", "in", self.ids)
            if not {"active", "user_id"}.isdisjoint(vals):
                # sudo: HR users without a volunteering group change employees
                # a manager who comes back is asked again
                domain |= Domain("company_id", "in", self.sudo().company_id.ids)
            self.env["hr.volunteer.approval"]._reroute(domain)
        return result

    def _leave_volunteering(self):
        """End the memberships of employees who leave; whoever had been told of their plans is told."""
        actor = Actor("system", self.env.user.partner_id)
        # sudo: HR users without a volunteering group archive employees
        registrations = self.env["hr.volunteer.registration"].sudo()
        registrations.search([("employee_id", "in", self.ids), ("state", "in", ("pending", "validated"))])._transition(
            "withdrawn", actor=actor, reason=self.env._("No longer with the company.")
        )
        # of those who were invited and had not answered
        invitations = self.env["hr.volunteer.invitation"].sudo()
        invitations.search([("employee_id", "in", self.ids), ("state", "in", INVITED_STATES)])._transition(
            "revoked", actor=actor, reason=self.env._("No longer with the company.")
        )
        # of those who were not registered any more
        applications = self.env["hr.volunteer.application"].sudo().search([("employee_id", "in", self.ids)])
        applications._end_open(actor, self.env._("No longer with the company."))

    def _get_volunteer_work_days(self, start, end):
        """Return the days on which these employees work, time off taken out, as sorted dates by employee id.

        Monday to Friday for those without a working schedule, and for a flexible one: it says how long and not when.

        :param datetime start: with its time zone, as ``end``
        """
        fixed = self.filtered(
            lambda employee: employee.resource_calendar_id and not employee.resource_calendar_id.flexible_hours
        )
        worked = fixed._list_work_time_per_day(start, end) if fixed else {}
        days = {employee_id: [day for day, hours in work if hours] for employee_id, work in worked.items()}
        for calendar, employees in (self - fixed).grouped("resource_calendar_id").items():
            off = calendar._leave_intervals_batch(start, end, employees.resource_id) if calendar else {}
            for employee in employees:
                zone = timezone(employee.tz or "UTC")
                first = start.astimezone(zone).date()
                dates = (first + timedelta(days=number) for number in range((end - start).days + 1))
                noons = [zone.localize(datetime.combine(day, time(12))) for day in dates if day.weekday() < SATURDAY]
                absences = list(off.get(employee.resource_id.id, ()))
                days[employee.id] = [
                    noon.date() for noon in noons if not any(begin <= noon < stop for begin, stop, _leave in absences)
                ]
        return days

    @api.model
    def _cron_volunteer_left(self):
        """End what employees who left take part in still: they did it at that moment, or left by another way."""
        for model, states in (
            ("hr.volunteer.registration", ("pending", "validated")),
            ("hr.volunteer.application", OPEN_STATES),
            ("hr.volunteer.invitation", INVITED_STATES),
        ):
            self.env[model]._run_one_by_one(
                [("employee_id.active", "=", False), ("state", "in", states)],
                lambda record: record.employee_id._leave_volunteering(),
            )
