from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import RecordCapturer, tagged
from odoo.tools import email_normalize

from .common import VolunteerCommon

STATES = ["draft", "applied", "contact", "waiting", "to_approve", "confirmed", "done", "refused", "cancelled"]


@tagged("-at_install", "post_install")
class TestOfficerView(VolunteerCommon):
    """What officers do on many records at once: look, validate, write."""

    def test_kanban_shows_all_states_in_order(self):
        """Each state is a column, in the order of the way, and what is over is folded."""
        self.make_application("applied")
        self.make_application("refused", user=self.user_colleague)
        applications = self.env["hr.volunteer.application"].with_user(self.user_officer)
        result = applications.with_context(read_group_expand=True).web_read_group(
            [], ["state"], auto_unfold=True, unfold_read_specification={"state": {}}
        )
        groups = result["groups"]
        self.assertEqual([group["state"] for group in groups], STATES)
        opened = [group["state"] for group in groups if "__records" in group]
        self.assertEqual(opened, STATES[:6])
        counts = {group["state"]: group["__count"] for group in groups if group["__count"]}
        self.assertEqual(counts, {"applied": 1, "refused": 1})

    def test_hours_by_cause(self):
        """Dates are grouped by the causes of their mission."""
        water, food = self.env["hr.volunteer.cause"].create([{"name": "Water"}, {"name": "Food"}])
        self.mission.with_user(self.user_officer).cause_ids = [Command.set([water.id, food.id])]
        self.make_application("confirmed")
        slots = self.env["hr.volunteer.slot"].with_user(self.user_officer)
        hours = dict(slots._read_group([("state", "=", "confirmed")], ["cause_ids"], ["hours:sum"]))
        self.assertEqual(hours, {water: 3, food: 3})

    def test_filters_of_dates(self):
        """Applications without a date, and those with a date in this month, are found."""
        dated = self.make_application("draft")
        empty = self.env["hr.volunteer.application"].with_user(self.user_colleague)
        empty = empty.create({"mission_id": self.mission.id})
        arch = self.env.ref("volunteer_engagement.hr_volunteer_application_view_search").arch
        self.assertIn("('slot_ids', 'not any', [('state', '!=', 'cancelled')])", arch)
        applications = self.env["hr.volunteer.application"].with_user(self.user_officer)
        found = applications.search([("slot_ids", "not any", [("state", "!=", "cancelled")])])
        self.assertIn(empty.id, found.ids)
        self.assertNotIn(dated.id, found.ids)

    # ---------------------------------------------------------------------
    # Registrations
    # ---------------------------------------------------------------------

    def make_registrations(self):
        """Let two people ask to take part."""
        portal = self._make_employee(self.user_portal)
        registrations = self.env["hr.volunteer.registration"].with_user(self.user_newcomer).create({})
        return registrations | registrations.with_user(self.user_officer).browse(
            self.env["hr.volunteer.registration"].sudo().create({"employee_id": portal.id}).id
        )

    def test_validate_many(self):
        """The button above the list validates all that are chosen; one that is not to be stops all, in words."""
        waiting = self.make_registrations()
        self.assertEqual(set(waiting.sudo().mapped("state")), {"pending"})
        with self.assertRaises(UserError):
            self.rpc(waiting | self.registration, self.user_officer, "action_validate")
        self.rpc(waiting, self.user_officer, "action_validate")
        self.assertEqual(set(waiting.sudo().mapped("state")), {"validated"})
        self.assertEqual(waiting.sudo().decided_by_id, self.user_officer.partner_id)

    # ---------------------------------------------------------------------
    # Mails to many
    # ---------------------------------------------------------------------

    def compose(self, records, user):
        """Write to many records by Odoo's composer, as its window does; return the mails."""
        action = {
            "hr.volunteer.application": "hr_volunteer_application_action_mail",
            "hr.volunteer.registration": "hr_volunteer_registration_action_mail",
        }[records._name]
        action = self.env.ref(f"volunteer_engagement.{action}")
        self.assertEqual(action.group_ids, self.env.ref("volunteer_engagement.group_volunteer_officer"))
        composer = (
            self.env["mail.compose.message"]
            .with_user(user)
            .with_context(active_model=records._name, active_ids=records.ids, default_composition_mode="mass_mail")
            .create({"subject": "Thank you", "body": "<p>See you on Monday.</p>"})
        )
        mails = self.env["mail.mail"].sudo()
        # those that were sent would be deleted
        with patch.object(type(mails), "send"), RecordCapturer(mails, []) as capture:
            composer.action_send_mail()
        return capture.records

    def assert_written_to(self, mails, *people):
        addresses = [*mails.recipient_ids.mapped("email"), *mails.mapped("email_to")]
        recipients = sorted(email_normalize(address) for address in addresses if address)
        self.assertEqual(recipients, sorted(person.email for person in people))
        self.assertFalse([address for address in mails.mapped("email_cc") if address])

    def test_write_to_applicants(self):
        """One mail to each employee at work; manager and association are no recipients and read nothing."""
        applications = self.make_application("to_approve") | self.make_application("applied", user=self.user_colleague)
        mails = self.compose(applications, self.user_officer)
        self.assert_written_to(mails, self.user_employee, self.user_colleague)
        messages = mails.mail_message_id
        self.assertEqual(set(messages.mapped("model")), {"hr.volunteer.application"})
        for user in (self.user_manager, self.user_field):
            self.assertFalse(self.env["mail.message"].with_user(user).search([("id", "in", messages.ids)]))

    def test_write_to_those_who_registered(self):
        """Registrations are written to in the same way."""
        mails = self.compose(self.make_registrations(), self.user_officer)
        self.assert_written_to(mails, self.user_newcomer, self.user_portal)

    def test_who_may_write_to_many(self):
        """Nobody writes to employees whose records they do not read."""
        application = self.make_application("applied")
        for user in (self.user_manager, self.user_colleague, self.user_other_officer):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.compose(application.with_user(user), user)

    # ---------------------------------------------------------------------
    # Associations
    # ---------------------------------------------------------------------

    def test_counters_of_an_association(self):
        """The buttons of an association count, and open, what the officer reads."""
        self.make_application("applied")
        self.make_application("applied", user=self.user_officer)
        association = self.association.with_user(self.user_officer)
        # their own they read as employees
        self.assertEqual(association.volunteer_application_count, 2)
        self.assertEqual(association.volunteer_mission_ids, self.mission)
        window = association.action_open_volunteer_applications()
        found = self.env[window["res_model"]].with_user(self.user_officer).search_count(window["domain"])
        self.assertEqual(found, 2)

    def test_counters_are_for_officers(self):
        """Colleagues do not read how many applied to an association, nor search its missions."""
        association = self.association.with_user(self.user_colleague)
        for name in ("volunteer_application_count", "volunteer_mission_ids"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                association.read([name])
        with self.assertRaises(AccessError):
            association.search([("volunteer_mission_ids.application_ids", "!=", False)])
