from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_datetime


class HrVolunteerApplicationWaitingMixin(models.AbstractModel):
    """The waiting list of full missions and shifts.

    Whoever waits has said which dates and on what time. A place that becomes free is given to the first whom it serves
    and kept until ``offer_deadline``: it counts as taken meanwhile. Confirming takes it; silence ends the application,
    and the place goes to the next.
    """

    _name = "hr.volunteer.application.waiting.mixin"
    _description = "The waiting list of an application"

    # ---------------------------------------------------------------------
    # Actions
    # ---------------------------------------------------------------------

    def action_wait(self):
        """Join the waiting list of a full mission.

        :raise UserError: where there is a place
        """
        self._transition("waiting")

    # ---------------------------------------------------------------------
    # Business
    # ---------------------------------------------------------------------

    def _get_pointless_states(self):
        """Return the states that the life cycle allows and that would be refused now."""
        self.ensure_one()
        # sudo: places and offers, whatever the reader may see of the mission
        application = self.sudo()
        must_talk = application.state in ("draft", "applied") and not application.mission_id.skip_contact
        pointless = set()
        if application.state in ("draft", "applied", "contact") and (must_talk or application._has_room()):
            pointless.add("waiting")
        if must_talk or (application.state == "waiting" and not application._is_offered()):
            pointless |= {"to_approve", "confirmed"}
        return pointless

    def _has_room(self):
        """Return whether mission and shifts have a place for this application, or it has them already."""
        self.ensure_one()
        if self.mission_id.is_full and not self.seat_number:
            return False
        return not any(slot.shift_id.is_full and not slot.seat_number for slot in self._get_proposed_slots())

    def _is_offered(self):
        return bool(self.offer_deadline) and self.offer_deadline >= fields.Datetime.now()

    def _check_can_wait(self):
        self._check_can_apply(self.env["hr.volunteer.mission"])
        self._check_room_is_missing()
        slots = self._get_proposed_slots()
        slots._check_confirmable(slots._get_working_hours())
        # whoever gave a place back at this moment did not see this application
        self._trigger_cron("ir_cron_volunteer_waiting")

    def _check_room_is_missing(self):
        for application in self:
            words = {"mission": application.mission_id.name}
            if application.state != "contact" and not application.mission_id.skip_contact:
                raise UserError(
                    self.env._(
                        "Apply to “%(mission)s” and talk with the association before you wait for a place.", **words
                    )
                )
            if application._has_room():
                raise UserError(self.env._("There is a place in “%(mission)s”: no need to wait for one.", **words))

    def _check_offered(self):
        if not self.offer_deadline:
            raise UserError(
                self.env._(
                    "“%(mission)s” is still full: you get a mail as soon as a place is kept for you.",
                    mission=self.mission_id.name,
                )
            )
        if not self._is_offered():
            raise UserError(
                self.env._(
                    "The place in “%(mission)s” was kept until %(deadline)s and goes to the next.",
                    mission=self.mission_id.name,
                    deadline=self._format_deadline(),
                )
            )

    def _prepare_waiting_vals(self, new_state, actor):
        if new_state != "waiting":
            return {"offer_deadline": False}
        # an offer keeps the place in the queue
        return {} if actor.role == "system" else {"offer_deadline": False, "waiting_date": fields.Datetime.now()}

    def _offer(self):
        """Give free places, in the given order, to those whom they serve entirely; they are told by mail."""
        now = fields.Datetime.now()
        for application in self:
            slots = application._get_proposed_slots()
            first = min(slots.mapped("date_start"), default=now)
            if first <= now or not application._has_room():
                continue
            try:
                # places of several parents: all or none
                with self.env.cr.savepoint():
                    application._take_seats()
                    slots._take_seats()
            except UserError:
                application.invalidate_recordset(["seat_number"], flush=False)
                slots.invalidate_recordset(["seat_number"], flush=False)
                continue
            deadline = min(now + timedelta(hours=application.company_id.volunteer_offer_hours), first)
            application._transition("waiting", actor=self._get_system_actor(), values={"offer_deadline": deadline})

    def _after_waiting(self, before, actor, reason):
        offered = self.filtered("offer_deadline")
        offered._send_mails("mail_template_application_offered", offered._get_employee_recipients())

    def _get_log_suffix(self, record, actor):
        if record.state == "waiting" and record.offer_deadline:
            return self.env._(" (a place is kept until %(deadline)s)", deadline=record._format_deadline())
        return super()._get_log_suffix(record, actor)

    def _format_deadline(self):
        """Return until when the place is kept, in the mission's time zone, for mails."""
        self.ensure_one()
        return format_datetime(self.env, self.offer_deadline, tz=self.mission_id.tz, dt_format="short")

    def _get_due_offers(self):
        return {
            (application.id, "mail_activity_type_offer"): (
                application.employee_user_id,
                application.offer_deadline.date(),
                self.env._("Take your place or let it go"),
            )
            for application in self
            if application.state == "waiting" and application.offer_deadline and application.employee_user_id
        }

    # ---------------------------------------------------------------------
    # Scheduled
    # ---------------------------------------------------------------------

    @api.model
    def _cron_waiting(self):
        """End offers that nobody took and queues for dates that are past, then offer what is free."""
        now = fields.Datetime.now()
        self._run_one_by_one(
            [("state", "=", "waiting"), ("offer_deadline", "<", now)],
            lambda application: application._transition(
                "cancelled",
                actor=self._get_system_actor(),
                reason=self.env._(
                    "A place was kept until %(deadline)s and not taken.", deadline=application._format_deadline()
                ),
            ),
        )
        self._run_one_by_one(
            [
                ("state", "=", "waiting"),
                ("offer_deadline", "=", False),
                ("slot_ids", "any", [("state", "=", "proposed"), ("date_start", "<=", now)]),
            ],
            lambda application: application._transition(
                "cancelled",
                actor=self._get_system_actor(),
                reason=self.env._("No place became free before the date."),
            ),
        )
        missions = self.env["hr.volunteer.mission"]
        missions._run_one_by_one(
            [("application_ids", "any", [("state", "=", "waiting"), ("offer_deadline", "=", False)])],
            lambda mission: mission._offer_places(again=False),
        )
