from contextlib import suppress
from datetime import datetime, timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from psycopg2 import IntegrityError

from odoo import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from .common import VolunteerCommon

NAME = "Zéphyrine O'Quaxley"
ADDRESS = "zephyrine.quaxley@maree.example"
MOTIVATION = "xylobrouette"
COMMENT = "yakiplonge"
REASON = "wombaliser"
# every word by which the person or what they wrote could be found
TRACES = ("quaxley", "zéphyrine", "zephyrine", MOTIVATION, COMMENT, REASON)
# what is HR's, Odoo's own log of logins, and what Odoo throws away by itself within a day
OTHERS_TABLES = frozenset(
    {
        "bus_bus",
        "hr_employee",
        "hr_employee_public",
        "hr_version",
        "res_partner",
        "res_users",
        "resource_resource",
        "hr_volunteer_reason_wizard",
    }
)


@tagged("-at_install", "post_install")
class TestErasure(VolunteerCommon):
    """Some months after a withdrawal or departure names, motivation and conversation are gone; hours stay."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.volunteer_retention_months = 6
        cls.user_zephyrine = cls._make_user("zephyrine.quaxley", NAME)
        cls.zephyrine = cls._make_employee(
            cls.user_zephyrine, parent=cls.employee_manager, department_id=cls.department.id
        )
        cls.zephyrine_registration = (
            cls.env["hr.volunteer.registration"]
            .with_user(cls.user_officer)
            .create({"employee_id": cls.zephyrine.id, "program_id": cls.program.id})
        )

    # ---------------------------------------------------------------------
    # What is there before
    # ---------------------------------------------------------------------

    def _make_past(self):
        """Let Zéphyrine do hours, be refused, cancel, be asked to change, write and be written to."""
        done = self._make_own("done")
        refused = self._make_own("applied", day=7)
        refused.with_user(self.user_officer)._refuse(f"No {REASON} today, {NAME}.")
        cancelled = self._make_own("to_approve", day=8)
        question = self.last_approval(cancelled)
        question.with_user(self.user_manager)._request_changes(f"Not {REASON} again.")
        cancelled.with_user(self.user_zephyrine).action_confirm()
        self._talk(cancelled, self.last_approval(cancelled))
        cancelled.with_user(self.user_zephyrine)._cancel(f"I {REASON} elsewhere.")
        invitation = (
            self.env["hr.volunteer.invitation"]
            .with_user(self.user_administrator)
            .create({"employee_id": self.zephyrine.id, "state": "revoked"})
        )
        invitation.message_post(body=f"{NAME} was called about {COMMENT}", subtype_xmlid="mail.mt_note")
        return done, refused, cancelled

    def _make_own(self, state, day=0, **slot):
        application = (
            self.env["hr.volunteer.application"]
            .with_user(self.user_zephyrine)
            .create(
                {
                    "mission_id": self.mission.id,
                    "motivation": f"I love {MOTIVATION}.",
                    "slot_ids": [Command.create(self.slot_vals(day=day, **slot))],
                }
            )
        )
        if state == "draft":
            return application
        application.action_apply()
        if state == "applied":
            return application
        application.with_user(self.user_officer).action_contact()
        application.action_confirm()
        if state == "to_approve":
            return application
        self.last_approval(application).with_user(self.user_manager).action_approve()
        with self.after(application):
            application.slot_ids.with_user(self.user_officer).action_attended()
            application.with_user(self.user_officer).action_done()
        return application

    def _talk(self, application, approval):
        for record, user in ((application, self.user_zephyrine), (approval, self.user_manager)):
            record.with_user(user).message_post(
                body=f"About {COMMENT}, {NAME}",
                attachments=[(f"{COMMENT}.txt", COMMENT.encode())],
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        application.sudo().message_subscribe(self.user_zephyrine.partner_id.ids)
        activity = application.sudo().activity_schedule(
            "mail.mail_activity_data_todo", summary=f"Call {NAME}", user_id=self.user_officer.id
        )
        activity.action_feedback(feedback=f"{COMMENT} settled")
        application.sudo().activity_schedule(
            "mail.mail_activity_data_todo", note=f"Call about {COMMENT}", user_id=self.user_officer.id
        )
        self.env["mail.scheduled.message"].create(
            {
                "model": application._name,
                "res_id": application.id,
                "author_id": self.user_officer.partner_id.id,
                "body": COMMENT,
                "scheduled_date": datetime(2100, 1, 1),
            }
        )
        self.env["ir.model.data"].create(
            {"module": "__import__", "name": "quaxley_1", "model": application._name, "res_id": application.id}
        )
        self.env["mail.mail"].create(
            {
                "author_id": self.company.partner_id.id,
                "body_html": f"<p>Open your page, {NAME.replace(chr(39), '&#39;')}.</p>",
                "email_to": ADDRESS,
                "message_type": "email_outgoing",
                "subject": "Your page",
            }
        )

    def _search_traces(self):
        """Return where any text of the database still holds a word of the person: (table, column, word)."""
        self.env.flush_all()
        columns = self.env.execute_query(
            SQL(
                "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables "
                "USING (table_schema, table_name) WHERE table_schema = current_schema() "
                "AND table_type = 'BASE TABLE' AND data_type IN ('text', 'character varying', 'jsonb', 'json')"
            )
        )
        found = []
        for table, column in columns:
            if table in OTHERS_TABLES:
                continue
            query = SQL(
                "SELECT %s::text FROM %s WHERE %s::text ILIKE ANY (%s)",
                SQL.identifier(column),
                SQL.identifier(table),
                SQL.identifier(column),
                [f"%{word}%" for word in TRACES],
            )
            found += [(table, column, value[:80]) for (value,) in self.env.execute_query(query)]
        return found

    def _run(self, **later):
        """Run the job, as the scheduler does, some time later."""
        with freeze_time(datetime.now() + relativedelta(**later)), self.enter_registry_test_mode():
            self.env.ref("volunteer_engagement.ir_cron_volunteer_erase").method_direct_trigger()
        self.env.invalidate_all()

    def _read_figures(self):
        """Return the hours by program, department and month, as reports group them."""
        return self.env["hr.volunteer.slot"]._read_group(
            [("state", "in", ("confirmed", "attended"))],
            ["program_id", "department_id", "date_start:month"],
            ["hours:sum", "done_hours:sum", "__count"],
        )

    # ---------------------------------------------------------------------
    # What is left
    # ---------------------------------------------------------------------

    def test_nothing_names_the_person_afterwards(self):
        """No text of any table names the person or holds what was said; the hours stay where they were."""
        applications = self._make_past()
        records = self.env["hr.volunteer.application"].sudo().concat(*applications)
        approvals, slots = records.approval_ids, records.slot_ids
        self.zephyrine_registration.with_user(self.user_zephyrine).action_withdraw()
        figures = self._read_figures()
        before = {place[:2] for place in self._search_traces()}
        for place in (
            ("hr_volunteer_application", "motivation"),
            ("hr_volunteer_application", "refusal_reason"),
            ("hr_volunteer_application", "cancel_reason"),
            ("hr_volunteer_approval", "reason"),
            ("mail_message", "body"),
            ("mail_mail", "body_html"),
            ("mail_mail", "email_to"),
            ("mail_activity", "feedback"),
            ("mail_scheduled_message", "body"),
            ("ir_attachment", "name"),
            ("ir_model_data", "name"),
        ):
            self.assertIn(place, before, "the test looks where something is")
        files = self.env["ir.attachment"].search([("name", "=", "volunteering.ics")])
        calendars = files.filtered(lambda file: file.res_id == self.zephyrine_registration.id)
        self.assertTrue(calendars)

        self._run(months=6, days=1)

        self.assertEqual(self._search_traces(), [])
        self.assertFalse(self.zephyrine_registration.exists())
        self.assertFalse(calendars.exists())
        for record in (*records, *approvals, *slots):
            self.assertTrue(record.erased_date, record)
            self.assertFalse(record.employee_id, record)
            self.assertFalse(record.employee_user_id, record)
            self.assertNotEqual(record.create_uid, self.user_zephyrine)
            self.assertNotEqual(record.write_uid, self.user_zephyrine)
        self.assertNotIn(self.user_zephyrine.partner_id, approvals.decided_by_id)
        self.assertIn(self.user_manager.partner_id, approvals.decided_by_id, "who decided stays")
        for model in ("mail.message", "mail.followers", "mail.activity"):
            key = "model" if model == "mail.message" else "res_model"
            for thread in (records, approvals):
                domain = [(key, "=", thread._name), ("res_id", "in", thread.ids)]
                self.assertFalse(self.env[model].with_context(active_test=False).search_count(domain))
        self.assertTrue(self.zephyrine.active and self.user_zephyrine.active, "employees and users are HR's")
        self.assertEqual(self._read_figures(), figures)
        self.assertEqual(records.mapped("state"), ["done", "refused", "cancelled"])
        self.assertEqual(sum(records.mapped("done_hours")), 3)

    def test_officer_reads_what_is_left(self):
        """Officers open erased applications, without a name; nobody writes or moves them."""
        application = self._make_own("done")
        approval = self.last_approval(application)
        self.zephyrine_registration.with_user(self.user_zephyrine).action_withdraw()
        self._run(months=7)
        seen = application.with_user(self.user_officer)
        self.assertEqual(seen.display_name, "Erased – Serve meals")
        self.assertEqual(approval.with_user(self.user_manager).display_name, "Erased – Serve meals")
        self.assertFalse(seen.next_states)
        self.assertFalse(approval.with_user(self.user_manager).next_states)
        self.assertEqual(seen.slot_ids.done_hours, 3)
        self.assertFalse(self.env["hr.volunteer.application"].with_user(self.user_zephyrine).search([]))
        seen.message_post(body="A note", subtype_xmlid="mail.mt_comment")

    def test_whoever_returns_registers_anew(self):
        """After the erasure the same employee starts as somebody new."""
        old = self._make_own("done")
        self.zephyrine_registration.with_user(self.user_zephyrine).action_withdraw()
        self._run(months=7)
        self.company.volunteer_validation_mode = "automatic"
        registration = self.env["hr.volunteer.registration"].with_user(self.user_zephyrine)._join(self.program)
        self.assertEqual(registration.state, "validated")
        again = self._make_own("applied", day=14)
        self.assertEqual(again.employee_id, self.zephyrine)
        self.assertFalse(old.sudo().employee_id)
        self._run(months=14)
        self.assertEqual(again.sudo().employee_id, self.zephyrine, "whoever takes part keeps the name")

    def test_second_run_does_nothing(self):
        """What was erased stays as it is."""
        application = self._make_own("done")
        self.zephyrine_registration.with_user(self.user_zephyrine).action_withdraw()
        self._run(months=7)
        erased = application.sudo().erased_date
        written = application.sudo().write_date
        self._run(months=8)
        self.assertEqual(application.sudo().erased_date, erased)
        self.assertEqual(application.sudo().write_date, written)

    def test_history_that_was_imported_clashes_with_nothing(self):
        """Imported dates may be confirmed still; two without a name on the same day are no overlap."""
        for employee in (self.zephyrine, self.employee_colleague):
            self.env["hr.volunteer.application"].with_user(self.user_administrator).create(
                {
                    "employee_id": employee.id,
                    "mission_id": self.mission.id,
                    "state": "done",
                    "slot_ids": [Command.create(dict(self.slot_vals(day=-70), state="confirmed"))],
                }
            )
            registration = self.env["hr.volunteer.registration"].search([("employee_id", "=", employee.id)])
            registration.with_user(self.user_officer).action_withdraw()
        self._run(months=7)
        self.assertFalse(
            self.env["hr.volunteer.slot"].search([("state", "=", "confirmed"), ("employee_id", "!=", False)])
        )

    # ---------------------------------------------------------------------
    # Who is due
    # ---------------------------------------------------------------------

    def test_not_yet_due(self):
        """A day before the months are over nothing happens; with 0 months nothing ever does."""
        application = self._make_own("done")
        self.zephyrine_registration.with_user(self.user_zephyrine).action_withdraw()
        self._run(months=6, days=-1)
        self.assertEqual(application.sudo().employee_id, self.zephyrine)
        self.company.volunteer_retention_months = 0
        self._run(years=30)
        self.assertEqual(application.sudo().employee_id, self.zephyrine)
        self.assertTrue(self.zephyrine_registration.exists())

    def test_whoever_takes_part_is_not_due(self):
        """A validated or pending registration of somebody who is there is kept for good."""
        application = self._make_own("done")
        self._run(years=30)
        self.assertEqual(application.sudo().employee_id, self.zephyrine)

    def test_refused_is_due(self):
        """Whoever was refused is forgotten as well, with the reason."""
        newcomer = (
            self.env["hr.volunteer.registration"]
            .with_user(self.user_newcomer)
            .create({"employee_id": self.employee_newcomer.id})
        )
        newcomer.with_user(self.user_officer)._refuse(f"Too much {REASON}.")
        self._run(months=6, days=1)
        self.assertFalse(newcomer.exists())
        self.assertEqual(self._search_traces_of(REASON), [])

    def _search_traces_of(self, word):
        return [trace for trace in self._search_traces() if word in trace[2].lower()]

    def test_departure_counts_from_its_date(self):
        """An archived employee is due some months after the day of departure that HR entered."""
        application = self._make_own("done")
        self.zephyrine.departure_date = datetime.now().date() - timedelta(days=100)
        self._run(months=2)
        self.assertEqual(application.sudo().employee_id, self.zephyrine, "a date alone is no departure")
        self.zephyrine.with_context(no_wizard=True).action_archive()
        self._run(months=2)
        self.assertEqual(application.sudo().employee_id, self.zephyrine)
        self._run(months=3)
        self.assertFalse(application.sudo().employee_id)
        self.assertEqual(self._search_traces(), [])

    def test_departure_without_a_date(self):
        """An employee who was archived without a date is due some months after that."""
        application = self._make_own("done")
        with freeze_time(datetime.now() + relativedelta(months=12)):
            self.zephyrine.with_context(no_wizard=True).action_archive()
            self.env.flush_all()
        self.env.cr.execute(
            "UPDATE hr_employee SET write_date = %s WHERE id = %s",
            (datetime.now() + relativedelta(months=12), self.zephyrine.id),
        )
        self.env.invalidate_all()
        self._run(months=17)
        self.assertEqual(application.sudo().employee_id, self.zephyrine)
        self._run(months=19)
        self.assertFalse(application.sudo().employee_id)

    def test_imported_history_without_registration(self):
        """Whoever left and never registered is forgotten as well."""
        application = (
            self.env["hr.volunteer.application"]
            .with_user(self.user_administrator)
            .create(
                {
                    "employee_id": self.employee_newcomer.id,
                    "mission_id": self.mission.id,
                    "motivation": f"I love {MOTIVATION}.",
                    "state": "done",
                    "slot_ids": [Command.create(dict(self.slot_vals(day=-70), state="attended"))],
                }
            )
        )
        self._run(months=30)
        self.assertEqual(application.sudo().employee_id, self.employee_newcomer, "whoever is there keeps the name")
        self.employee_newcomer.departure_date = datetime.now().date()
        self.employee_newcomer.with_context(no_wizard=True).action_archive()
        self._run(months=5)
        self.assertEqual(application.sudo().employee_id, self.employee_newcomer)
        self._run(months=7)
        self.assertFalse(application.sudo().employee_id)
        self.assertEqual(self._search_traces_of(MOTIVATION), [])
        self.assertEqual(application.sudo().done_hours, 3)

    def test_open_application_keeps_the_name(self):
        """As long as something is under way nothing is erased; once it ends all is."""
        done = self._make_own("done")
        self.zephyrine_registration.with_user(self.user_zephyrine).action_withdraw()
        draft = self._make_own("draft", day=14)
        self._run(months=7)
        self.assertEqual(done.sudo().employee_id, self.zephyrine)
        draft.with_user(self.user_zephyrine)._cancel("I thought again.")
        self._run(months=7)
        self.assertFalse(done.sudo().employee_id | draft.sudo().employee_id)

    def test_each_company_has_its_own_setting(self):
        """One user, employee of two companies: each forgets at its own time, and only its own."""
        self.other_company.volunteer_retention_months = 12
        self.user_zephyrine.company_ids = [Command.link(self.other_company.id)]
        other = self._make_employee(self.user_zephyrine, company=self.other_company)
        other_registration = (
            self.env["hr.volunteer.registration"].with_user(self.user_other_officer).create({"employee_id": other.id})
        )
        own = self._make_own("done")
        for registration in (self.zephyrine_registration, other_registration):
            registration.with_user(self.user_zephyrine).action_withdraw()
        self._run(months=7)
        self.assertFalse(own.sudo().employee_id)
        self.assertFalse(self.zephyrine_registration.exists())
        self.assertTrue(other_registration.exists())
        self.assertTrue(
            self.env["mail.message"].search_count(
                [("model", "=", other_registration._name), ("res_id", "=", other_registration.id)]
            )
        )
        self._run(months=13)
        self.assertFalse(other_registration.exists())

    def test_others_are_left_alone(self):
        """A colleague's records, mails with the same words and namesakes of a part of the name stay."""
        other = self.make_application("done", user=self.user_colleague)
        self._make_past()
        texts = self.env["mail.mail"].create(
            [
                {
                    "author_id": self.company.partner_id.id,
                    "body_html": f"<p>{NAME}son is here.</p>",
                    "email_to": "x" + ADDRESS,
                    "message_type": "email_outgoing",
                },
                {"author_id": self.user_officer.partner_id.id, "body_html": NAME, "email_to": ADDRESS},
            ]
        )
        self.zephyrine_registration.with_user(self.user_zephyrine).action_withdraw()
        lines = len(other.sudo().message_ids)
        self._run(months=7)
        self.assertEqual(other.sudo().employee_id, self.employee_colleague)
        self.assertEqual(other.sudo().motivation, "I cook for thirty.")
        self.assertEqual(len(other.sudo().message_ids), lines)
        self.assertEqual(texts.exists(), texts)

    # ---------------------------------------------------------------------
    # Bad settings, jobs that die
    # ---------------------------------------------------------------------

    @mute_logger("odoo.sql_db")
    def test_bad_settings_are_refused(self):
        """Less than nothing, and more months than a calendar has, can't be set."""
        for months in (-1, 601, 10**9):
            with self.subTest(months=months), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.company.volunteer_retention_months = months
                self.env.flush_all()

    @mute_logger("odoo.sql_db")
    def test_names_are_emptied_by_the_erasure_alone(self):
        """The database refuses an application or approval without an employee that was not erased."""
        application = self._make_own("done")
        for record in (application, self.last_approval(application)):
            for query in ("SET employee_id = NULL", "SET employee_id = NULL, erased_date = now(), state = 'pending'"):
                with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                    self.env.cr.execute(f"UPDATE {record._table} {query} WHERE id = %s", [record.id])

    def _check_job_that_dies(self, error):
        first = self.make_application("done", user=self.user_colleague)
        second = self._make_own("done")
        registrations = self.env["hr.volunteer.registration"].search(
            [("employee_id", "in", (self.employee_colleague + self.zephyrine).ids)]
        )
        registrations.with_user(self.user_officer).action_withdraw()
        self.env.flush_all()
        model = self.registry["hr.volunteer.application"]
        erase = model._erase
        seen = []

        def die(records):
            seen.append(records.employee_id)
            if records.employee_id == self.employee_colleague:
                # slots, approvals and their conversation are gone already
                raise error
            return erase(records)

        with patch.object(model, "_erase", die), suppress(RuntimeError):
            self._run(months=7)
        self.env.invalidate_all()
        self.assertIn(self.employee_colleague, seen)
        left = first.sudo()
        self.assertTrue(left.employee_id and left.slot_ids.employee_id and left.message_ids and left.motivation)
        self.assertTrue(left.approval_ids.employee_id and left.approval_ids.message_ids)
        self.assertEqual(bool(second.sudo().erased_date), self.zephyrine in seen, "each is whole or erased")
        self._run(months=7)
        applications = (first + second).sudo()
        self.assertEqual(applications.filtered("erased_date"), applications)
        self.assertFalse(registrations.exists())
        return seen

    @mute_logger("odoo.addons.volunteer_engagement.models.lifecycle_mixin")
    def test_one_that_fails_stops_no_other(self):
        """An employee who can't be erased, e.g. for another addon's sake, stays whole; the others are erased."""
        self.assertIn(self.zephyrine, self._check_job_that_dies(IntegrityError("still needed")))

    @mute_logger("odoo.addons.base.models.ir_cron", "odoo.sql_db")
    def test_job_that_dies_is_carried_on(self):
        """A job that dies in the middle leaves each employee whole or erased; the next run does the rest."""
        self._check_job_that_dies(RuntimeError("the job dies"))
