from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.lifecycle_mixin import Actor
from .common import VolunteerCommon

STAFF = {"officer", "administrator"}
STEPS = [
    ("draft", "action_publish", "published"),
    ("closed", "action_publish", "published"),
    ("published", "action_close", "closed"),
    ("draft", "action_cancel", "cancelled"),
    ("published", "action_cancel", "cancelled"),
    ("closed", "action_cancel", "cancelled"),
]
METHODS = {"action_publish": "published", "action_close": "closed", "action_cancel": "cancelled"}


@tagged("-at_install", "post_install")
class TestMission(VolunteerCommon):
    """A mission from draft to its end, and who takes it there."""

    def _walk(self, by):
        for source, method, target in STEPS:
            mission = self.make_mission(f"Mission {source}", source)
            for name, user in self.actors.items():
                with self.subTest(source=source, step=method, actor=name, by=by), self.undone():
                    if name in STAFF:
                        self.make_step(mission, user, method, by=by)
                        self.assertEqual(mission.sudo().state, target)
                    else:
                        with self.assertRaises(AccessError):
                            self.make_step(mission, user, method, by=by)
                        self.assertEqual(mission.sudo().state, source)

    def test_each_step_by_button(self):
        """Officers and administrators take a mission through its states, and nobody else does."""
        self._walk("button")

    def test_each_step_by_call_from_outside(self):
        """Calls from outside obey the same table."""
        self._walk("rpc")

    def test_steps_that_are_not_in_the_table(self):
        """From each other state the step is refused in words, to the officer too."""
        legal = {(source, target) for source, _method, target in STEPS}
        for source in ("draft", "published", "closed", "cancelled"):
            mission = self.make_mission(f"Mission {source}", source)
            for method, target in METHODS.items():
                if (source, target) not in legal:
                    with self.subTest(source=source, method=method), self.assertRaises(UserError):
                        getattr(mission, method)()
            self.assertEqual(mission.state, source)

    def test_system_closes_and_cancels_but_never_publishes(self):
        """Scheduled actions end missions, a person publishes them."""
        system = Actor("system", self.env.ref("base.partner_root"))
        draft = self.make_mission("Draft", "draft").sudo()
        with self.assertRaises(AccessError):
            draft._transition("published", actor=system)
        mission = self.mission.sudo()
        mission._transition("closed", actor=system)
        mission._transition("cancelled", actor=system)
        self.assertEqual(mission.state, "cancelled")

    def test_publish_needs_a_referent_with_an_address(self):
        """A mission whose association can't be written to stays a draft."""
        mute = self.env["res.partner"].create({"name": "Mute", "parent_id": self.association.id})
        for referent in (self.env["res.partner"], mute):
            mission = self.make_mission("Silent", "draft", referent_id=referent.id)
            with self.subTest(referent=referent.name), self.assertRaisesRegex(UserError, "referent with an e-mail"):
                mission.action_publish()

    def test_closing_keeps_applications(self):
        """Those who applied go on after the mission takes no more."""
        application = self.make_application("contact")
        self.mission.action_close()
        self.assertEqual(application.state, "contact")
        application.action_confirm()
        self.assertEqual(application.state, "to_approve")

    def test_cancelling_ends_applications_and_tells(self):
        """Each open application ends, each person concerned is told, ends stay as they are."""
        asked = self.make_application("to_approve")
        refused = self.make_application("refused", user=self.user_colleague)
        partner = self.user_employee.partner_id
        with self.assertMails(
            (partner, "Cancelled", "Serve meals", "The mission was cancelled."),
            (self.referent, "cannot come", "Elodie Martin"),
            (self.user_manager.partner_id, "does not need the work time", "Elodie Martin"),
        ):
            self.mission.action_cancel()
        self.assertEqual((asked.state, refused.sudo().state), ("cancelled", "refused"))
        self.assertEqual(asked.slot_ids.state, "cancelled")
        self.assertFalse(self.get_activities(self.last_approval(asked)))
        self.assertEqual(self.get_log_lines(asked)[-1].author_id, self.user_officer.partner_id)

    def test_cancelling_ends_the_officers_own_application_too(self):
        """Whoever cancels a mission has applied perhaps: their application ends like the others."""
        application = self.make_application("applied", user=self.user_officer)
        self.mission.action_cancel()
        self.assertEqual(application.state, "cancelled")

    def test_only_drafts_are_deleted(self):
        """A mission that was shown once is cancelled, not deleted."""
        for state in ("published", "closed", "cancelled"):
            with self.subTest(state=state), self.assertRaisesRegex(UserError, "Only drafts"):
                self.make_mission(f"Mission {state}", state).unlink()
        draft = self.make_mission("Draft", "draft")
        draft.unlink()
        self.assertFalse(draft.exists())

    def test_association_must_be_one(self):
        """A mission is of an association, its referent one of the association's contacts."""
        stranger = self.env["res.partner"].create({"name": "Stranger", "email": "s@s.example"})
        with self.assertRaisesRegex(ValidationError, "Mark Stranger"):
            self.make_mission("Wrong", association_id=stranger.id, referent_id=False)
        with self.assertRaisesRegex(ValidationError, "is not a contact of"):
            self.mission.referent_id = stranger

    def test_association_stays_once_somebody_applied(self):
        """History never changes its association."""
        other = self.env["res.partner"].create({"name": "Clean Sea", "is_volunteer_association": True})
        self.make_application()
        with self.assertRaisesRegex(UserError, "make a new mission"):
            self.mission.write({"association_id": other.id, "referent_id": other.id})
        self.assertEqual(self.mission.association_id, self.association)

    def test_company_comes_from_the_program(self):
        """The company of a mission is its program's, whatever is said."""
        self.assertEqual(self.mission.company_id, self.company)
        with self.assertRaises(AccessError):
            self.make_mission("Moved", company_id=self.other_company.id)

    def test_values_are_checked(self):
        """Negative places and an end before the start are refused by the database."""
        for values in (
            {"capacity": -1},
            {"date_start": "2030-01-02 08:00:00", "date_end": "2030-01-01 08:00:00"},
        ):
            with self.subTest(values=values), self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
                self.mission.write(values)
                self.mission.flush_recordset()

    def test_form_follows_the_association(self):
        """Choosing the association proposes referent, causes and place."""
        cause = self.env.ref("volunteer_engagement.hr_volunteer_cause_goal_02")
        self.association.volunteer_cause_ids = [Command.set(cause.ids)]
        with Form(self.env["hr.volunteer.mission"].with_user(self.user_officer)) as form:
            form.name = "Peel carrots"
            form.program_id = self.program
            form.association_id = self.association
            self.assertEqual(form.referent_id, self.referent)
            self.assertEqual(form.address_id, self.association)
            self.assertEqual(form.cause_ids[:], cause)
        mission = form.record
        self.assertEqual((mission.state, mission.company_id), ("draft", self.company))

    def test_copy_starts_as_a_draft(self):
        """A duplicate is not published and has no applications."""
        self.make_application("applied")
        copy = self.mission.copy()
        self.assertEqual(copy.state, "draft")
        self.assertFalse(copy.application_ids)

    def test_employees_read_all_but_drafts(self):
        """A draft is seen by officers only."""
        missions = self.env["hr.volunteer.mission"].browse()
        for state in ("draft", "published", "closed", "cancelled"):
            missions += self.make_mission(f"Mission {state}", state)
        for user, count in ((self.user_employee, 3), (self.user_manager, 3), (self.user_officer, 4)):
            with self.subTest(user=user.name):
                found = self.env["hr.volunteer.mission"].with_user(user).search([("id", "in", missions.ids)])
                self.assertEqual(len(found), count)
        with self.assertRaises(AccessError):
            missions[0].with_user(self.user_employee).read(["name"])

    def test_place_in_words(self):
        """A remote mission says so, another one its address on one line."""
        self.assertIn("1 rue des Halles", self.mission._get_place())
        self.assertNotIn("\n", self.mission._get_place())
        self.mission.location_type = "remote"
        self.assertEqual(self.mission._get_place(), "Remote")

    def test_application_count_is_what_the_reader_may_read(self):
        """The number on the button never tells of colleagues."""
        self.make_application("applied")
        for user, count in ((self.user_employee, 1), (self.user_colleague, 0), (self.user_officer, 1)):
            with self.subTest(user=user.name):
                self.assertEqual(self.mission.with_user(user).application_count, count)
