from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from .hr_volunteer_slot import format_hours

OPEN_STATES = ("draft", "applied", "contact", "waiting", "to_approve", "confirmed")


class HrVolunteerApplicationChecksMixin(models.AbstractModel):
    """What each step of an application needs: it raises in words that say what to do. Runs as superuser."""

    _name = "hr.volunteer.application.checks.mixin"
    _description = "What the steps of an application need"

    def _check_can_apply(self, other_mission):
        # a withdrawal at the same moment fails to serialise, and ends this application when it is tried again
        self.env["hr.volunteer.registration"]._hold_employees(self.employee_id)
        missions = other_mission or self.mission_id
        missions._lock_for_share()
        registrations = self.env["hr.volunteer.registration"].search(
            [("employee_id", "in", self.employee_id.ids), ("state", "=", "validated")]
        )
        now = fields.Datetime.now()
        for application in self:
            employee = application.employee_id
            mission = other_mission or application.mission_id
            words = {"employee": employee.name, "mission": mission.name}
            if other_mission:
                application._check_redirect(other_mission)
            if employee not in registrations.employee_id:
                raise UserError(
                    self.env._(
                        "%(employee)s is not registered for volunteering yet. Join the program first; the application "
                        "stays here as a draft until then.",
                        **words,
                    )
                )
            if mission.state != "published":
                raise UserError(
                    self.env._("“%(mission)s” does not take applications now. Choose another mission.", **words)
                )
            if not other_mission and not any(slot.date_start > now for slot in application._get_proposed_slots()):
                raise UserError(self.env._("Propose at least one date in the future for “%(mission)s”.", **words))
            if not other_mission:
                application._check_shifts()
        for program, applications in self.grouped(lambda a: (other_mission or a.mission_id).program_id).items():
            program._check_eligible(applications.employee_id)

    def _check_redirect(self, mission):
        if mission.association_id != self.association_id or mission.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "“%(mission)s” is not a mission of %(association)s: propose one of theirs.",
                    mission=mission.name,
                    association=self.association_id.name,
                )
            )
        if any(slot.state not in ("proposed", "cancelled") for slot in self.slot_ids):
            raise UserError(
                self.env._(
                    "Some dates of “%(mission)s” are over: they belong to it. Cancel the rest, and apply anew.",
                    mission=self.mission_id.name,
                )
            )
        if mission == self.mission_id:
            raise UserError(
                self.env._("“%(mission)s” is the mission applied to: propose another.", mission=mission.name)
            )
        if self.search_count(
            [("employee_id", "=", self.employee_id.id), ("mission_id", "=", mission.id), ("state", "in", OPEN_STATES)]
        ):
            raise UserError(
                self.env._(
                    "%(employee)s has an open application to “%(mission)s” already.",
                    employee=self.employee_id.name,
                    mission=mission.name,
                )
            )

    def _check_shifts(self):
        if self.mission_id.shift_ids and not all(slot.shift_id for slot in self._get_proposed_slots()):
            raise UserError(
                self.env._(
                    "“%(mission)s” has fixed dates: choose one of its shifts for each date.",
                    mission=self.mission_id.name,
                )
            )

    def _check_can_change(self):
        for application in self:
            if application.state == "confirmed" and not application._get_future_slots():
                raise UserError(self.env._("The dates are over: say who was there, or cancel."))

    def _check_ready(self):
        """Raise in words where dates are not to be confirmed yet: nobody spoke, or no place is offered."""
        for application in self:
            words = {"mission": application.mission_id.name}
            if application.state == "applied" and not application.mission_id.skip_contact:
                raise UserError(
                    self.env._(
                        "Talk with the association about “%(mission)s” first, then confirm your dates.", **words
                    )
                )
            if application.state == "waiting":
                application._check_offered()

    def _check_allowance(self):
        """Raise in words where the work time proposed is more than what is left of the allowance.

        By calendar year, in the employee's zone: hours that are confirmed or attended, and those proposed now.
        """
        slots = self._get_proposed_slots().filtered(lambda slot: slot.time_type == "work")
        limited = slots.filtered(lambda slot: slot.program_id._get_work_hours_allowance())
        if not limited:
            return
        used = self.env["hr.volunteer.slot"]._get_used_hours(limited.employee_id)
        for (employee, owner, year), wanted in limited._sum_hours().items():
            left = owner._get_work_hours_allowance() - used.get((employee, owner, year), 0)
            if float_compare(wanted, left, precision_digits=2) > 0:
                raise UserError(
                    self.env._(
                        "%(employee)s has %(left)s of work time left in %(year)s, and these dates take %(wanted)s. "
                        "Choose personal time or fewer dates; an officer may exceed the allowance.",
                        employee=employee.name,
                        left=format_hours(max(left, 0)),
                        wanted=format_hours(wanted),
                        year=year,
                    )
                )

    def _confirm_slots(self, new_state, may_exceed=False):
        """Take seats and hours for the proposed dates; raise in words when one can't be.

        :param bool may_exceed: an officer said why the allowance does not bind here
        """
        if not self:
            return
        self._check_ready()
        for application in self:
            application._check_shifts()
            if not application._get_proposed_slots():
                raise UserError(
                    self.env._("Propose at least one date for “%(mission)s”.", mission=application.mission_id.name)
                )
            if application._get_confirmation_state() != new_state:
                raise UserError(self.env._("Use “Confirm my dates”: it knows whether the manager is asked."))
        # two confirmations of one employee at the same moment: the second fails to serialise and is tried again
        self.env["hr.volunteer.registration"]._hold_employees(self.employee_id)
        self.mission_id._lock_for_share()
        slots = self._get_proposed_slots()
        working_hours = slots._get_working_hours()
        slots._set_hours(working_hours)
        slots._check_confirmable(working_hours)
        if not may_exceed:
            self._check_allowance()
        self._take_seats()
        slots._take_seats()
        for application in self:
            # a move since the application was made counts, one after it does not
            application.department_id = application.employee_id.department_id
        slots._transition("confirmed", actor=self._get_system_actor())

    def _check_attendance_said(self):
        for application in self:
            for slot in application.slot_ids:
                if slot.state in ("proposed", "confirmed"):
                    raise UserError(
                        self.env._(
                            "Say first whether %(employee)s was there on %(date)s.",
                            employee=application.employee_id.name,
                            date=slot.display_name,
                        )
                    )
