from odoo import api, models
from odoo.fields import Domain

from .hr_volunteer_slot import format_hours


class HrVolunteerProgram(models.Model):
    """What the page of a program says."""

    _inherit = "hr.volunteer.program"

    @api.model
    def _get_presentation_domain(self):
        companies = self._get_reader_companies()
        if companies:
            return Domain("active", "=", True) & Domain("company_id", "in", companies.ids)
        return (
            Domain("active", "=", True)
            & Domain("is_published", "=", True)
            & Domain("company_id.volunteer_public_pages", "=", True)
        )

    def _get_rules(self):
        """Return the rules in words, as pairs of what is ruled and how.

        Names of departments and places of work are for employees; tags are named to nobody but officers.
        """
        self.ensure_one()
        rules = [
            (self.env._("Who"), self._get_rule_who()),
            (self.env._("On what time"), self._get_rule_time()),
        ]
        if self.allowed_time_types != "personal":
            rules.append((self.env._("How much"), self._get_rule_allowance()))
            rules.append((self.env._("Who approves"), self._get_rule_approval()))
        rules.append((self.env._("To join"), self._get_rule_registration()))
        return rules

    def _get_rule_who(self):
        """Return in words who may take part."""
        conditions = []
        is_employee = self.company_id in self._get_reader_companies()
        if self.department_ids:
            conditions.append(
                self.env._("in %(departments)s", departments=self._list_names(self.department_ids))
                if is_employee
                else self.env._("of certain departments")
            )
        if self.work_location_ids:
            conditions.append(
                self.env._("who work at %(places)s", places=self._list_names(self.work_location_ids))
                if is_employee
                else self.env._("at certain places of work")
            )
        if self.employee_tag_ids:
            conditions.append(self.env._("in certain groups of employees"))
        if self.min_seniority_months:
            conditions.append(
                self.env._("who have been here for %(months)s months", months=self.min_seniority_months)
                if self.min_seniority_months > 1
                else self.env._("who have been here for a month")
            )
        company = self.company_id.name
        if not conditions:
            return self.env._("All employees of %(company)s", company=company)
        return self.env._("Employees of %(company)s %(conditions)s", company=company, conditions=", ".join(conditions))

    def _list_names(self, records):
        """Return names in one line, with the word between the last two."""
        *others, last = records.mapped("name")
        return self.env._("%(others)s or %(last)s", others=", ".join(others), last=last) if others else last

    def _get_rule_time(self):
        return {
            "both": self.env._("Work time or your own time, as you choose"),
            "work": self.env._("Work time"),
            "personal": self.env._("Your own time"),
        }[self.allowed_time_types]

    def _get_rule_allowance(self):
        hours = self._get_work_hours_allowance()
        if not hours:
            return self.env._("As many hours of work time as your manager agrees to")
        return self.env._("Up to %(hours)s of work time a year", hours=format_hours(hours))

    def _get_rule_approval(self):
        mode = self._get_manager_approval()
        if mode == "required":
            words = self.env._("Your manager agrees to dates on work time.")
        elif mode == "tacit":
            days = self.company_id.volunteer_tacit_days
            words = (
                self.env._(
                    "Your manager is asked about dates on work time; silence is a yes after %(days)s working days.",
                    days=days,
                )
                if days > 1
                else self.env._(
                    "Your manager is asked about dates on work time; silence is a yes after one working day."
                )
            )
        else:
            words = self.env._("Nobody: your manager is told about dates on work time.")
        if self.allowed_time_types == "both":
            words += " " + self.env._("What you do on your own time stays yours.")
        return words

    def _get_rule_registration(self):
        if self.company_id.volunteer_validation_mode == "automatic":
            return self.env._("One click: you are in at once.")
        return self.env._("One click: an officer validates your registration and you get a mail.")
