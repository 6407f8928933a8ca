from datetime import timedelta

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import VolunteerCommon


@tagged("-at_install", "post_install")
class TestShift(VolunteerCommon):
    """Fixed dates with places of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fixed = cls.make_mission("Food bank", skip_contact=True)
        cls.morning = cls.make_shift(cls.fixed, day=0, capacity=1)
        cls.noon = cls.make_shift(cls.fixed, day=1, capacity=2)
        cls.open_shift = cls.make_shift(cls.fixed, day=2, capacity=0)

    def _choose(self, *shifts, user=None, time_type="work"):
        """Make an application to these shifts."""
        slots = [{"shift_id": shift.id, "time_type": time_type} for shift in shifts]
        applications = self.env["hr.volunteer.application"].with_user(user or self.user_employee)
        return applications.create(
            {"mission_id": shifts[0].mission_id.id, "slot_ids": [Command.create(vals) for vals in slots]}
        )

    def test_dates_come_from_the_shift(self):
        """Whoever chooses a shift has its dates, whatever the client sends."""
        application = self._choose(self.morning)
        slot = application.slot_ids
        self.assertEqual((slot.date_start, slot.date_end), (self.morning.date_start, self.morning.date_end))
        with self.assertRaisesRegex(UserError, "fixed"):
            slot.date_start = slot.date_start + timedelta(hours=1)
        slot.write({"shift_id": self.noon.id, "date_start": self.morning.date_start})
        self.assertEqual(slot.date_start, self.noon.date_start)
        other = self.env["hr.volunteer.slot"].with_user(self.user_employee)
        vals = {"application_id": application.id, "shift_id": self.morning.id, **self.slot_vals(day=3)}
        self.assertEqual(other.create(vals).date_start, self.morning.date_start)

    def test_several_shifts_are_applied_for_and_confirmed_together(self):
        """One application takes several shifts, each with a place of its own; no talk is needed."""
        application = self._choose(self.morning, self.noon, self.open_shift)
        application.action_apply()
        application.action_confirm()
        self.assertEqual(application.state, "to_approve")
        self.assertEqual(application.slot_ids.mapped("seat_number"), [1, 1, 1])
        self.assertEqual((self.morning.seats_taken, self.noon.seats_available), (1, 1))
        self.assertTrue(self.morning.is_full)
        self.assertFalse(self.open_shift.is_full)

    def test_full_shift_refuses_and_leaves_nothing(self):
        """The one too many gets none of the shifts, neither the full one nor the others."""
        first = self._choose(self.morning)
        first.action_apply()
        first.action_confirm()
        late = self._choose(self.noon, self.morning, user=self.user_colleague)
        late.action_apply()
        with self.assertRaisesRegex(UserError, "is full"):
            late.action_confirm()
        self.assertEqual(late.state, "applied")
        self.assertEqual(set(late.slot_ids.mapped("seat_number")), {0})
        self.assertEqual(self.noon.seats_taken, 0)

    def test_places_of_shifts_are_freed_by_each_way_out(self):
        """Cancelling, refusing and taking back free the places of the shifts."""
        for step in ("cancel", "take back", "refuse"):
            with self.subTest(step=step), self.undone():
                application = self._choose(self.morning)
                application.action_apply()
                application.action_confirm()
                self.assertTrue(self.morning.is_full)
                if step == "cancel":
                    application._cancel("Ill.")
                elif step == "take back":
                    application.action_take_back()
                else:
                    self.last_approval(application).with_user(self.user_manager)._refuse("Too busy.")
                self.assertFalse(self.morning.is_full)
                self.assertEqual(application.slot_ids.seat_number, 0)

    def test_mission_with_shifts_takes_no_other_dates(self):
        """Free dates do not fit a mission with shifts."""
        application = self.make_application("draft", mission=self.fixed)
        with self.assertRaisesRegex(UserError, "choose one of its shifts"):
            application.action_apply()

    def test_shift_of_another_mission_is_refused(self):
        """A shift belongs to its mission, also for a hostile client."""
        foreign = self.make_shift(self.make_mission("Elsewhere"))
        application = self._choose(self.morning)
        with self.assertRaisesRegex(ValidationError, "another mission"):
            application.slot_ids.shift_id = foreign
        with self.assertRaisesRegex(ValidationError, "twice"):
            application.slot_ids = [Command.create({"shift_id": self.morning.id})]

    def test_shift_of_a_draft_is_closed(self):
        """Shifts of drafts are read by officers alone, and nobody chooses them."""
        draft = self.make_shift(self.make_mission("Later", state="draft"))
        with self.assertRaises(AccessError):
            draft.with_user(self.user_employee).read(["date_start"])
        application = self._choose(self.morning)
        with self.assertRaises(AccessError):
            application.slot_ids.shift_id = draft.id
        with self.assertRaises(AccessError):
            self.morning.with_user(self.user_employee).capacity = 9

    def test_talk_is_needed_unless_the_mission_says_otherwise(self):
        """Confirming from “applied” is for missions without a talk."""
        application = self.make_application("applied")
        with self.assertRaisesRegex(UserError, "Talk with the association"):
            application.action_confirm()
        self.assertEqual(application.state, "applied")

    def test_redirecting_drops_the_shifts(self):
        """Shifts stay with the mission that was left."""
        application = self._choose(self.morning)
        application.action_apply()
        application.with_user(self.user_officer)._redirect(self.mission)
        self.assertEqual((application.state, application.mission_id), ("applied", self.mission))
        self.assertFalse(application.slot_ids)

    def test_shift_in_use_keeps_its_dates(self):
        """Proposed dates follow their shift; a confirmed shift is not moved, shrunk below its people or removed."""
        application = self._choose(self.morning)
        moved = self.morning.date_start - timedelta(hours=1)
        self.morning.date_start = moved
        self.assertEqual(application.slot_ids.date_start, moved)
        application.action_apply()
        application.action_confirm()
        with self.assertRaisesRegex(UserError, "has confirmed this shift or waits"):
            self.morning.date_start = moved - timedelta(hours=1)
        with self.assertRaisesRegex(UserError, "has chosen this shift"):
            self.morning.unlink()
        self.noon.unlink()
        second = self._choose(self.open_shift, user=self.user_colleague)
        second.action_apply()
        second.action_confirm()
        third = self._choose(self.open_shift, user=self.user_field)
        third.action_apply()
        third.action_confirm()
        with self.assertRaisesRegex(ValidationError, "are taken"):
            self.open_shift.capacity = 1

    def test_database_refuses_a_place_twice(self):
        """Whatever the code does, a numbered place of a shift has one person."""
        first, second = self._choose(self.noon), self._choose(self.noon, user=self.user_colleague)
        for application in (first, second):
            application.action_apply()
            application.action_confirm()
        self.env.flush_all()
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE hr_volunteer_slot SET seat_number = 1 WHERE id = %s", [second.slot_ids.id])

    def test_bad_shifts(self):
        """A shift has an end after its start, a day at most, and places."""
        vals = {"mission_id": self.fixed.id, **self.slot_vals(day=4)}
        del vals["time_type"]
        shifts = self.env["hr.volunteer.shift"].with_user(self.user_officer)
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            shifts.create({**vals, "date_end": vals["date_start"]})
        with self.assertRaisesRegex(ValidationError, "ends before"):
            self.morning.date_end = self.morning.date_start
        with self.assertRaisesRegex(ValidationError, "hours at most"):
            shifts.create({**vals, "date_end": vals["date_start"] + timedelta(hours=25)})
        with self.assertRaises(AccessError):
            shifts.with_user(self.user_other_officer).create(vals)

    def test_shift_is_chosen_in_the_form(self):
        """The form of an application shows shifts, and a chosen one brings its dates."""
        applications = self.env["hr.volunteer.application"].with_user(self.user_colleague)
        with Form(applications.with_context(default_mission_id=self.fixed.id)) as form:
            form.motivation = "I carry."
            with form.slot_ids.new() as slot:
                slot.shift_id = self.noon.with_user(self.user_colleague)
                slot.time_type = "work"
                self.assertEqual(slot.date_start, self.noon.date_start)
        form.record.action_apply()
        form.record.action_confirm()
        self.assertEqual(form.record.slot_ids.shift_id, self.noon)

    def test_context_brings_no_shift_without_its_dates(self):
        """A default of the context does not give a place of a shift at other times."""
        application = self.make_application("draft")
        slots = self.env["hr.volunteer.slot"].with_user(self.user_employee)
        slot = slots.with_context(default_shift_id=self.noon.id).create(
            {"application_id": application.id, **self.slot_vals(day=4)}
        )
        self.assertFalse(slot.shift_id)
