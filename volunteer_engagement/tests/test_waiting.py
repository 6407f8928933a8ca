from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import VolunteerCommon

PERSONAL = {"start": 19, "end": 21, "time_type": "personal"}


@tagged("-at_install", "post_install")
class TestWaiting(VolunteerCommon):
    """The waiting list: in order, one place at a time, kept for a while."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.small = cls.make_mission("Small kitchen", capacity=1)
        cls.holder = cls.make_application("contact", mission=cls.small, slots=[cls.slot_vals(**PERSONAL)])
        cls.holder.action_confirm()

    def _wait(self, user, since=0, **values):
        """Put somebody on the list, ``since`` minutes later than others."""
        slots = [self.slot_vals(**{**PERSONAL, **values})]
        application = self.make_application("contact", mission=self.small, user=user, slots=slots)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=since)):
            application.action_wait()
        return application

    def test_whoever_finds_the_mission_full_waits(self):
        """The form offers the list where there is no room, and only then."""
        late = self.make_application("contact", mission=self.small, user=self.user_colleague)
        self.assertIn("waiting", late._next_states())
        free = self.make_application("contact", user=self.user_colleague)
        self.assertNotIn("waiting", free._next_states())
        with self.assertRaisesRegex(UserError, "no need to wait"):
            free.action_wait()
        late.action_wait()
        self.assertEqual((late.state, late.seat_number), ("waiting", 0))
        with self.assertRaisesRegex(UserError, "still full"):
            late.action_confirm()
        self.assertNotIn("confirmed", late._next_states())

    def test_dates_must_be_fit_to_confirm(self):
        """A place that is offered must be one to take: the dates are checked before somebody waits."""
        late = self.make_application(
            "contact", mission=self.small, user=self.user_colleague, slots=[self.slot_vals(time_type=False)]
        )
        with self.assertRaisesRegex(UserError, "Choose work time or personal time"):
            late.action_wait()

    def test_freed_place_is_offered_to_the_first(self):
        """The first who waits gets a mail and a place that nobody else can take."""
        second = self._wait(self.user_field, since=5)
        first = self._wait(self.user_colleague)
        deadline = fields.Datetime.now() + timedelta(hours=48)
        with self.assertMails(
            (self.referent, "Small kitchen"),
            (self.employee_colleague.work_contact_id, "A place for you until", "Small kitchen"),
        ):
            self.holder._cancel("Ill.")
        self.assertEqual((first.state, first.seat_number), ("waiting", 1))
        self.assertLess(abs(first.offer_deadline - deadline), timedelta(minutes=1))
        self.assertFalse(second.offer_deadline)
        self.assertTrue(self.small.is_full, "the place is kept")
        self.assertEqual(self.get_activities(first).user_id, self.user_colleague)
        first.action_confirm()
        self.assertEqual((first.state, first.seat_number), ("confirmed", 1))
        self.assertFalse(first.offer_deadline)
        self.assertFalse(self.get_activities(first))
        self.assertEqual(second.state, "waiting")

    def test_work_time_is_asked_when_the_place_is_taken(self):
        """Taking an offered place on work time asks the manager."""
        first = self._wait(self.user_colleague, start=9, end=12, time_type="work")
        self.holder._cancel("Ill.")
        first.action_confirm()
        self.assertEqual((first.state, first.seat_number), ("to_approve", 1))
        self.assertEqual(self.last_approval(first).approver_id, self.user_manager)

    def test_silence_gives_the_place_to_the_next(self):
        """An offer that nobody takes ends with its deadline; the next is asked, and late answers are refused."""
        first = self._wait(self.user_colleague, day=20)
        second = self._wait(self.user_field, since=5, day=20)
        self.holder._cancel("Ill.")
        late = first.offer_deadline + timedelta(minutes=1)
        with freeze_time(late):
            with self.assertRaisesRegex(UserError, "goes to the next"):
                first.action_confirm()
            self.run_job("ir_cron_volunteer_waiting")
            self.assertEqual((first.state, first.seat_number), ("cancelled", 0))
            self.assertIn("not taken", first.cancel_reason)
            self.assertEqual((second.state, second.seat_number), ("waiting", 1))
            self.assertEqual(second.offer_deadline, fields.Datetime.now() + timedelta(hours=48))

    def test_offer_ends_when_the_date_begins(self):
        """A place is kept no longer than until the first date."""
        first = self._wait(self.user_colleague)
        start = first.slot_ids.date_start
        with freeze_time(start - timedelta(hours=3)):
            self.holder._cancel("Ill.")
            self.assertEqual(first.offer_deadline, start)

    def test_queue_for_a_past_date_ends(self):
        """Whoever waited in vain is told when the date is there."""
        first = self._wait(self.user_colleague)
        with freeze_time(first.slot_ids.date_start + timedelta(minutes=1)):
            self.run_job("ir_cron_volunteer_waiting")
        self.assertEqual(first.state, "cancelled")

    def test_letting_go_serves_the_next(self):
        """Whoever cancels instead of taking the place leaves it to the next."""
        first = self._wait(self.user_colleague)
        second = self._wait(self.user_field, since=5)
        self.holder._cancel("Ill.")
        first._cancel("Too late for me.")
        self.assertEqual(second.seat_number, 1)

    def test_a_place_more_is_offered(self):
        """Raising the places serves those who wait, in order."""
        first = self._wait(self.user_colleague)
        second = self._wait(self.user_field, since=5)
        self.small.with_user(self.user_officer).capacity = 2
        self.assertTrue(first.offer_deadline)
        self.assertFalse(second.offer_deadline)
        self.small.with_user(self.user_officer).capacity = 0
        self.assertTrue(second.offer_deadline)

    def test_shifts_have_their_own_list(self):
        """Whoever waits for two shifts is served once both have a place, and meanwhile others are."""
        fixed = self.make_mission("Food bank", skip_contact=True)
        morning, noon = self.make_shift(fixed, day=0), self.make_shift(fixed, day=1)

        def choose(user, *shifts):
            slots = [{"shift_id": shift.id, "time_type": "work"} for shift in shifts]
            return (
                self.env["hr.volunteer.application"]
                .with_user(user)
                .create({"mission_id": fixed.id, "slot_ids": [Command.create(vals) for vals in slots]})
            )

        holders = [choose(self.user_employee, morning), choose(self.user_field, noon)]
        for holder in holders:
            holder.action_apply()
            holder.action_confirm()
        both = choose(self.user_colleague, morning, noon)
        both.action_wait()
        one = choose(self.user_administrator, noon)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=5)):
            one.action_wait()
        holders[1]._cancel("Ill.")
        self.assertFalse(both.offer_deadline)
        self.assertEqual(set(both.slot_ids.mapped("seat_number")), {0})
        self.assertTrue(one.offer_deadline)
        holders[0]._cancel("Ill.")
        self.assertFalse(both.offer_deadline)
        one._cancel("No.")
        self.assertEqual(both.slot_ids.mapped("seat_number"), [1, 1])
        both.action_confirm()
        self.assertEqual(both.state, "to_approve")

    def test_a_talk_comes_before_the_list(self):
        """Where a talk is needed people wait after it, not before."""
        late = self.make_application("applied", mission=self.small, user=self.user_colleague)
        self.assertNotIn("waiting", late._next_states())
        with self.assertRaisesRegex(UserError, "talk with the association"):
            late.action_wait()

    def test_only_the_system_offers(self):
        """Nobody offers a place to themselves."""
        first = self._wait(self.user_colleague)
        with self.assertRaises(UserError):
            self.rpc(first, self.user_colleague, "action_wait")
        for user in (self.user_colleague, self.user_officer):
            with self.assertRaises(AccessError):
                self.rpc(first, user, "write", {"offer_deadline": "2099-01-01 00:00:00"})

    def test_withdrawing_and_cancelling_empty_the_list(self):
        """Whoever leaves, and a mission that is cancelled, leave nobody waiting."""
        first = self._wait(self.user_colleague)
        second = self._wait(self.user_field, since=5)
        registration = self.env["hr.volunteer.registration"].search([("employee_id", "=", self.employee_field.id)])
        registration.with_user(self.user_field).action_withdraw()
        self.assertEqual(second.state, "cancelled")
        self.small.with_user(self.user_officer).action_cancel()
        self.assertEqual(first.state, "cancelled")
        self.assertFalse(self.get_activities(first))

    def test_association_hears_nothing_of_who_only_waited(self):
        """Whoever waited for a shift and got none was never named to the association."""
        fixed = self.make_mission("Food bank", skip_contact=True)
        shift = self.make_shift(fixed)
        slots = [{"shift_id": shift.id, "time_type": "work"}]
        holder = self.make_application("applied", mission=fixed, slots=slots)
        holder.action_confirm()
        late = self.make_application("draft", user=self.user_colleague, mission=fixed, slots=slots)
        late.action_wait()
        with self.assertMails():
            late._cancel("Found something else.")

    def test_job_does_not_wake_itself(self):
        """Somebody who goes on waiting does not keep the job running."""
        self._wait(self.user_colleague)
        cron = self.env.ref("volunteer_engagement.ir_cron_volunteer_waiting")
        triggers = self.env["ir.cron.trigger"].sudo()
        triggers.search([("cron_id", "=", cron.id)]).unlink()
        self.run_job("ir_cron_volunteer_waiting")
        self.assertFalse(triggers.search([("cron_id", "=", cron.id)]))

    def test_refused_record_lets_the_job_end(self):
        """A record whose step is refused is looked at once in a run, and the others go on."""
        self._wait(self.user_colleague)
        self._wait(self.user_field, since=5)
        done = []

        def step(application):
            if application.employee_id == self.employee_colleague:
                raise UserError(self.mission.name)
            done.append(application.employee_id)

        model = self.env["hr.volunteer.application"]
        commits = []

        def commit(_self, processed=0, *, remaining=None, **_values):
            commits.append((processed, remaining))
            return 1

        with (
            patch.object(type(self.env["ir.cron"]), "_commit_progress", commit),
            patch.object(self.env.cr, "rollback", lambda: None),
            self.assertLogs("odoo.addons.volunteer_engagement.models.lifecycle_mixin", "WARNING"),
        ):
            model.sudo()._run_one_by_one([("state", "=", "waiting")], step)
        self.assertEqual(done, [self.employee_field])
        self.assertEqual(commits, [(0, 2), (1, None), (1, None)])
