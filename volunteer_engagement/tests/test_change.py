from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import VolunteerCommon

PERSONAL = {"start": 19, "end": 21, "time_type": "personal"}


@tagged("-at_install", "post_install")
class TestChange(VolunteerCommon):
    """Confirmed dates are changed, missions lose places or are cancelled."""

    def test_confirmed_dates_are_changed(self):
        """An employee takes approved dates back: the association and the manager hear, and asking again is new."""
        application = self.make_application("confirmed")
        first = self.last_approval(application)
        with self.assertMails(
            (self.referent, "Serve meals"),
            (self.user_manager.partner_id, "does not need the work time"),
        ):
            application.action_take_back()
        self.assertEqual((application.state, application.slot_ids.state), ("contact", "proposed"))
        self.assertEqual((application.seat_number, application.work_hours), (0, 0))
        self.assertEqual(first.state, "approved", "a decision never moves")
        application.slot_ids.write(self.slot_vals(day=2))
        application.action_confirm()
        self.assertEqual(application.state, "to_approve")
        self.assertNotEqual(self.last_approval(application), first)

    def test_personal_dates_are_changed_without_the_manager(self):
        """Nobody but the association hears of a change on personal time."""
        application = self.make_application("confirmed", slots=[self.slot_vals(**PERSONAL)])
        with self.assertMails((self.referent, "Serve meals")):
            application.action_take_back()

    def test_manager_hears_once_of_dates_that_were_asked_twice(self):
        """After a change only the last answer is given back."""
        application = self.make_application("confirmed")
        application.action_take_back()
        application.action_confirm()
        self.last_approval(application).with_user(self.user_manager).action_approve()
        with self.assertMails(
            (self.referent, "Serve meals"),
            (self.user_manager.partner_id, "does not need the work time"),
        ):
            application._cancel("Ill.")

    def test_attended_dates_stay(self):
        """What was done is done: only dates to come are taken back."""
        application = self.make_application("confirmed", slots=[self.slot_vals(), self.slot_vals(day=2)])
        past, coming = application.slot_ids.sorted("date_start")
        with freeze_time(past.date_end + timedelta(hours=1)):
            past.with_user(self.user_officer).action_attended()
            application.action_take_back()
            self.assertEqual((past.state, coming.state), ("attended", "proposed"))
            self.assertEqual((application.work_hours, application.done_hours), (3, 3))
            with self.assertRaises(UserError):
                past.date_start = past.date_start - timedelta(hours=1)
            coming.write(self.slot_vals(day=3))
            application.action_confirm()
        self.assertEqual(application.state, "to_approve")
        self.assertEqual(self.last_approval(application).slot_ids, coming)

    def test_nothing_is_left_to_change(self):
        """When all dates have begun, attendance is said instead."""
        application = self.make_application("confirmed")
        begun = application.slot_ids.date_start + timedelta(minutes=1)
        with freeze_time(begun), self.assertRaisesRegex(UserError, "dates are over"):
            application.action_take_back()

    def test_officer_asks_for_a_change_with_a_reason(self):
        """Officers say what should change; employee, association and manager hear of it."""
        application = self.make_application("confirmed")
        with self.assertRaisesRegex(UserError, "Say what should change"):
            application.with_user(self.user_officer)._request_changes(" ")
        with self.assertMails(
            (self.employee.work_contact_id, "The hall is closed"),
            (self.referent, "Serve meals"),
            (self.user_manager.partner_id, "does not need the work time"),
        ):
            application.with_user(self.user_officer)._request_changes("The hall is closed")
        self.assertEqual(application.state, "contact")

    def test_cancelled_mission_tells_all_who_were_told(self):
        """Each state of an application ends with its mission, and nothing is held."""
        users = {
            "applied": self.user_employee,
            "contact": self.user_colleague,
            "to_approve": self.user_field,
            "confirmed": self.user_administrator,
        }
        applications = [self.make_application(state, user=user) for state, user in users.items()]
        self.mission.with_user(self.user_officer).action_cancel()
        for application in applications:
            with self.subTest(user=application.employee_id.name):
                self.assertEqual((application.state, application.seat_number), ("cancelled", 0))
                self.assertEqual(application.slot_ids.state, "cancelled")
                self.assertFalse(self.get_activities(application))
                self.assertNotIn("pending", application.sudo().approval_ids.mapped("state"))

    def test_sweep_ends_what_slipped_in(self):
        """An application sent while the mission was cancelled is ended afterwards, and those concerned are told."""
        application = self.make_application("applied")
        self.mission.sudo()._write_step({"state": "cancelled"})
        with self.assertMails(
            (self.employee.work_contact_id, "Serve meals"),
            (self.referent, "Serve meals"),
        ):
            self.run_job("ir_cron_volunteer_sweep")
        self.assertEqual(application.state, "cancelled")

    def test_sweep_reports_too_many_people(self):
        """More people than places, which only a race can make, is told to the officer in charge, once."""
        mission = self.make_mission("Small kitchen", capacity=2)
        for user in (self.user_employee, self.user_colleague):
            self.make_application("to_approve", mission=mission, user=user)
        self.env.cr.execute("UPDATE hr_volunteer_mission SET capacity = 1 WHERE id = %s", [mission.id])
        mission.invalidate_recordset()
        for _run in range(2):
            self.run_job("ir_cron_volunteer_sweep")
            self.assertEqual(self.get_activities(mission).user_id, self.user_officer)
            self.assertEqual(len(self.get_activities(mission)), 1)
        mission.with_user(self.user_officer).capacity = 2
        self.run_job("ir_cron_volunteer_sweep")
        self.assertFalse(self.get_activities(mission))

    def test_lowered_places_sell_no_more(self):
        """Places numbered above the new limit count: the one too many is refused."""
        mission = self.make_mission("Kitchen", capacity=3)
        users = (self.user_employee, self.user_colleague, self.user_field)
        applications = [self.make_application("to_approve", mission=mission, user=user) for user in users]
        applications[0]._cancel("Ill.")
        mission.with_user(self.user_officer).capacity = 2
        late = self.make_application("contact", mission=mission, user=self.user_administrator)
        with self.assertRaisesRegex(UserError, "is full"):
            late.action_confirm()

    def test_sweep_is_asked_for_after_the_commit(self):
        """Cancelling and lowering places ask for the sweep, raising them does not."""
        cron = self.env.ref("volunteer_engagement.ir_cron_volunteer_sweep")
        triggers = self.env["ir.cron.trigger"].sudo()

        def count():
            return triggers.search_count([("cron_id", "=", cron.id)])

        mission = self.make_mission("Kitchen", capacity=3)
        before = count()
        mission.with_user(self.user_officer).capacity = 4
        self.assertEqual(count(), before)
        mission.with_user(self.user_officer).capacity = 2
        self.assertEqual(count(), before + 1)
        mission.with_user(self.user_officer).action_cancel()
        self.assertEqual(count(), before + 2)
        shifted = self.make_mission("Shifts")
        shift = self.make_shift(shifted, capacity=0)
        shift.capacity = 5
        self.assertEqual(count(), before + 3)

    def test_new_dates_beside_kept_ones(self):
        """Whoever changes dates may add some."""
        application = self.make_application("confirmed", slots=[self.slot_vals(**PERSONAL)])
        application.action_take_back()
        application.slot_ids = [Command.create(self.slot_vals(day=1, **PERSONAL))]
        application.action_confirm()
        self.assertEqual((application.state, application.personal_hours), ("confirmed", 4))

    # ---------------------------------------------------------------------
    # Some dates are over, others were taken back
    # ---------------------------------------------------------------------

    def _make_half_done(self, state, **values):
        """Return an application whose first date was attended and whose second is under way again, and the time."""
        slots = [self.slot_vals(), self.slot_vals(day=2, **values)]
        application = self.make_application("confirmed", slots=slots)
        past, coming = application.slot_ids.sorted("date_start")
        with freeze_time(past.date_end + timedelta(hours=1)):
            past.with_user(self.user_officer).action_attended()
            application.action_take_back()
            if state == "waiting":
                with self.without_room(application.mission_id):
                    application.action_wait()
            if state == "to_approve":
                application.action_confirm()
        self.assertEqual(application.state, state)
        return application, past, coming, past.date_end + timedelta(hours=2)

    def test_half_done_ends_in_done(self):
        """However it ends, what was attended stays: cancelled, with its mission, by a withdrawal or a departure."""
        ends = {
            "cancel": lambda application: application._cancel("Ill."),
            "mission": lambda application: application.mission_id.with_user(self.user_officer).action_cancel(),
            "withdraw": lambda application: self.registration.with_user(self.user_employee).action_withdraw(),
            "leave": lambda application: self.employee.with_context(no_wizard=True).action_archive(),
        }
        for state in ("contact", "waiting", "to_approve"):
            for name, end in ends.items():
                with self.subTest(state=state, end=name), self.undone():
                    application, past, coming, now = self._make_half_done(state)
                    with freeze_time(now):
                        end(application)
                    self.assertEqual((application.sudo().state, application.sudo().done_hours), ("done", 3))
                    self.assertEqual((past.sudo().state, coming.sudo().state), ("attended", "cancelled"))
                    self.assertNotIn("pending", application.sudo().approval_ids.mapped("state"))

    def test_begun_dates_outlive_the_end(self):
        """A date that has begun is not taken back by any end: who was there is said afterwards, once."""
        ends = {
            "cancel": lambda application: application._cancel("Ill."),
            "mission": lambda application: application.mission_id.with_user(self.user_officer).action_cancel(),
            "withdraw": lambda application: self.registration.with_user(self.user_employee).action_withdraw(),
            "leave": lambda application: self.employee.with_context(no_wizard=True).action_archive(),
        }
        for name, end in ends.items():
            for said, hours in (("attended", 3), ("absent", 0)):
                with self.subTest(end=name, said=said), self.undone():
                    application = self.make_application("confirmed", slots=[self.slot_vals(), self.slot_vals(day=2)])
                    begun, coming = application.slot_ids.sorted("date_start")
                    with freeze_time(begun.date_end + timedelta(hours=2)):
                        end(application)
                        self.assertEqual((begun.sudo().state, coming.sudo().state), ("confirmed", "cancelled"))
                        application.invalidate_recordset()
                        self.assertEqual((application.sudo().state, application.sudo().done_hours), ("done", 0))
                        self.make_step(begun, self.user_officer, f"action_{said}", by="rpc")
                        self.assertEqual((begun.sudo().state, application.sudo().done_hours), (said, hours))
                        # a slip is put right
                        other = {"attended": "absent", "absent": "attended"}[said]
                        self.make_step(begun, self.user_officer, f"action_{other}", by="rpc")
                        self.assertEqual((begun.sudo().state, application.sudo().done_hours), (other, 3 - hours))

    def test_cancelled_after_the_only_date(self):
        """Who cancels when the date has begun tells nobody not to come, and is not thanked before it is said."""
        application = self.make_application("confirmed")
        with freeze_time(application.slot_ids.date_end + timedelta(hours=1)), self.assertMails():
            application._cancel("I was ill.")
            self.assertEqual((application.state, application.slot_ids.state), ("done", "confirmed"))
        with self.after(application), self.assertMails((self.employee.work_contact_id, "Serve meals")):
            application.slot_ids.with_user(self.user_officer).action_attended()

    def test_refusal_leaves_what_has_begun(self):
        """A manager who refuses the dates to come takes nothing of those that were."""
        slots = [self.slot_vals(**PERSONAL), self.slot_vals(day=2)]
        application = self.make_application("to_approve", slots=slots)
        begun, coming = application.slot_ids.sorted("date_start")
        with freeze_time(begun.date_end + timedelta(hours=1)):
            self.last_approval(application).with_user(self.user_manager)._refuse("Inventory.")
            self.assertEqual((application.state, begun.state, coming.state), ("refused", "confirmed", "cancelled"))
            begun.with_user(self.user_officer).action_attended()
            self.assertEqual(application.done_hours, 2)

    def test_rest_on_personal_time_is_not_told(self):
        """After attended work time, dates on personal time are no matter of the manager."""
        application, _past, coming, now = self._make_half_done("contact")
        with freeze_time(now):
            coming.write(self.slot_vals(day=2, start=19, end=21, time_type="personal"))
            before = application.sudo().approval_ids
            with self.assertMails(
                (self.employee.work_contact_id, "Serve meals"),
                (self.referent, "Serve meals"),
            ):
                application.action_confirm()
        self.assertEqual(application.state, "confirmed")
        self.assertEqual(application.sudo().approval_ids, before)

    def test_dates_that_began_stay_confirmed(self):
        """A change asked by the manager leaves alone what has begun, and its attendance can be said."""
        slots = [self.slot_vals(**PERSONAL), self.slot_vals(day=2)]
        application = self.make_application("to_approve", slots=slots)
        past, coming = application.slot_ids.sorted("date_start")
        with freeze_time(past.date_end + timedelta(hours=1)):
            self.last_approval(application).with_user(self.user_manager)._request_changes("Another day, please.")
            self.assertEqual((past.state, coming.state), ("confirmed", "proposed"))
            past.with_user(self.user_officer).action_attended()
            self.assertEqual(application.done_hours, 2)

    def test_half_done_is_not_moved_to_another_mission(self):
        """Hours that were done belong to the mission where they were done."""
        application, past, _coming, now = self._make_half_done("contact")
        other = self.make_mission("Sort clothes")
        with freeze_time(now), self.assertRaisesRegex(UserError, "belong to it"):
            application.with_user(self.user_officer)._redirect(other)
        self.assertEqual(past.sudo().mission_id, self.mission)
