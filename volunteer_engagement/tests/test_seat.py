from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import VolunteerCommon

PERSONAL = {"start": 19, "end": 21, "time_type": "personal"}


@tagged("-at_install", "post_install")
class TestSeat(VolunteerCommon):
    """Places of a mission: taken, full, freed, never oversold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.small = cls.make_mission("Small kitchen", capacity=1)

    def test_seat_is_taken_when_confirmed(self):
        """Applying takes no place, confirming takes the lowest one."""
        application = self.make_application("contact", mission=self.small)
        self.assertEqual((self.small.seats_taken, self.small.seats_available, self.small.is_full), (0, 1, False))
        application.action_confirm()
        self.assertEqual(application.seat_number, 1)
        self.assertEqual((self.small.seats_taken, self.small.seats_available, self.small.is_full), (1, 0, True))

    def test_full_mission_refuses_in_words(self):
        """The one too many hears that the mission is full, and nothing changes."""
        self.make_application("to_approve", mission=self.small)
        late = self.make_application("contact", mission=self.small, user=self.user_colleague)
        with self.assertRaisesRegex(UserError, "is full"):
            late.action_confirm()
        self.assertEqual((late.state, late.seat_number, late.slot_ids.state), ("contact", 0, "proposed"))
        self.assertFalse(late.sudo().approval_ids)

    def test_seat_is_freed(self):
        """Each way back or out frees the place for the next one."""
        ways = {
            "taken back": lambda a: a.action_take_back(),
            "cancelled": lambda a: a._cancel("Ill."),
            "change asked": lambda a: self.last_approval(a).with_user(self.user_manager)._request_changes("Later."),
            "refused": lambda a: self.last_approval(a).with_user(self.user_manager)._refuse("No."),
            "withdrawn": lambda a: self.registration.with_user(self.user_employee).action_withdraw(),
        }
        for words, way in ways.items():
            with self.subTest(way=words), self.undone():
                first = self.make_application("to_approve", mission=self.small)
                self.assertTrue(self.small.is_full)
                way(first)
                self.assertEqual(first.seat_number, 0)
                self.assertFalse(self.small.is_full)
                second = self.make_application("to_approve", mission=self.small, user=self.user_colleague)
                self.assertEqual(second.seat_number, 1)

    def test_done_keeps_its_seat(self):
        """Who has been there has had the place."""
        application = self.make_application("done", mission=self.small)
        self.assertEqual(application.seat_number, 1)
        self.assertTrue(self.small.is_full)

    def test_all_absent_frees_the_seat(self):
        """Who never came has no place."""
        application = self.make_application("confirmed", mission=self.small)
        with self.after(application):
            application.slot_ids.with_user(self.user_officer).action_absent()
            application.with_user(self.user_officer).action_done()
        self.assertFalse(self.small.is_full)

    def test_lowest_free_number(self):
        """Numbers that are freed are given again."""
        mission = self.make_mission("Kitchen", capacity=3)
        first = self.make_application("to_approve", mission=mission)
        second = self.make_application("to_approve", mission=mission, user=self.user_colleague)
        self.assertEqual((first.seat_number, second.seat_number), (1, 2))
        first._cancel("Ill.")
        third = self.make_application("to_approve", mission=mission, user=self.user_field)
        self.assertEqual(third.seat_number, 1)

    def test_seat_is_kept_through_approval(self):
        """The manager's yes keeps the place that was held."""
        application = self.make_application("confirmed", mission=self.small)
        self.assertEqual(application.seat_number, 1)

    def test_batch_takes_all_or_none(self):
        """A batch that does not fit takes nothing."""
        mission = self.make_mission("Kitchen", capacity=2)
        applications = self.env["hr.volunteer.application"].with_user(self.user_officer)
        for user in (self.user_employee, self.user_colleague, self.user_field):
            applications += self.make_application("contact", mission=mission, user=user)
        with self.assertRaisesRegex(UserError, "is full"):
            applications.action_confirm()
        self.assertEqual(applications.sudo().mapped("seat_number"), [0, 0, 0])
        applications[:2].action_confirm()
        self.assertEqual(applications[:2].sudo().mapped("seat_number"), [1, 2])

    def test_no_limit(self):
        """Without a capacity everybody fits."""
        for user in (self.user_employee, self.user_colleague, self.user_field):
            self.make_application("to_approve", user=user)
        self.assertEqual(self.mission.seats_taken, 3)
        self.assertFalse(self.mission.is_full)

    def test_database_refuses_the_same_seat(self):
        """Two applications on one place are impossible, whatever the code does."""
        mission = self.make_mission("Kitchen", capacity=2)
        self.make_application("to_approve", mission=mission)
        second = self.make_application("to_approve", mission=mission, user=self.user_colleague)
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            second.sudo()._write_step({"seat_number": 1})
            second.flush_recordset()

    def test_capacity_is_not_lowered_under_what_is_taken(self):
        """Places that are given are not taken away by a number."""
        mission = self.make_mission("Kitchen", capacity=3)
        for user in (self.user_employee, self.user_colleague):
            self.make_application("to_approve", mission=mission, user=user)
        with self.assertRaisesRegex(ValidationError, "2 places"):
            mission.capacity = 1
        mission.capacity = 2
        self.assertTrue(mission.is_full)
        mission.capacity = 0
        self.assertFalse(mission.is_full)

    def test_everybody_sees_and_searches_full_missions(self):
        """Employees see how many places are left, not who has them."""
        self.make_application("to_approve", mission=self.small, user=self.user_colleague)
        missions = self.env["hr.volunteer.mission"].with_user(self.user_employee)
        ids = (self.small | self.mission).ids
        self.assertEqual(missions.search([("id", "in", ids), ("is_full", "=", True)]).ids, self.small.ids)
        self.assertEqual(missions.search([("id", "in", ids), ("is_full", "=", False)]).ids, self.mission.ids)
        self.assertEqual(missions.search([("id", "in", ids), ("is_full", "!=", True)]).ids, self.mission.ids)
        seen = missions.browse(self.small.id)
        self.assertEqual((seen.seats_taken, seen.is_full), (1, True))
        with self.assertRaises(AccessError):
            seen.read(["application_ids"])

    def test_confirming_again_after_a_change_takes_a_seat_again(self):
        """Who gave the place back may find it taken."""
        first = self.make_application("to_approve", mission=self.small)
        first.action_take_back()
        slots = [self.slot_vals(**PERSONAL)]
        second = self.make_application("confirmed", mission=self.small, user=self.user_colleague, slots=slots)
        self.assertEqual(second.state, "confirmed")
        with self.assertRaisesRegex(UserError, "is full"):
            first.action_confirm()
