from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import VolunteerCommon

STEP = "volunteer_engagement.mt_step"


@tagged("-at_install", "post_install")
class TestLeak(VolunteerCommon):
    """Side doors that were open once."""

    def test_form_of_a_date_tells_nothing_of_a_foreign_application(self):
        """Whoever computes the form of a date for somebody else's application is refused."""
        application = self.make_application("contact")
        spec = {"application_id": {}, "employee_id": {"fields": {"display_name": {}}}, "mission_id": {}}
        for user in (self.user_colleague, self.user_manager):
            slots = self.env["hr.volunteer.slot"].with_user(user)
            for value in (application.id, {"id": application.id}):
                with self.subTest(user=user.name, value=value), self.assertRaises(AccessError):
                    slots.onchange({"application_id": value}, ["application_id"], spec)
            with self.subTest(user=user.name, by="context"), self.assertRaises(AccessError):
                slots.with_context(default_application_id=application.id).onchange({}, [], spec)

    def test_a_refusal_does_not_tell_who_takes_part_where(self):
        """Applying or registering for a colleague is refused alike, whether the colleague takes part or not."""
        self.make_application("applied")
        for employee in (self.employee, self.employee_field):
            for model, values in (
                ("hr.volunteer.application", {"mission_id": self.mission.id}),
                ("hr.volunteer.registration", {}),
            ):
                with self.subTest(model=model, employee=employee.name), self.assertRaises(AccessError):
                    self.env[model].with_user(self.user_manager).create(dict(values, employee_id=employee.id))

    def test_log_lines_of_steps_stay_as_they_are(self):
        """Nobody forges, rewrites or deletes the line that says who made a step."""
        application = self.make_application("contact").with_user(self.user_employee)
        line = self.get_log_lines(application)[:1].with_user(self.user_employee)
        self.assertEqual(line.sudo().subtype_id, self.env.ref(STEP))
        with self.assertRaises(AccessError):
            application.message_post(body="Refused", subtype_xmlid=STEP)
        with self.assertRaises(AccessError):
            application.message_post(body="Refused", subtype_id=self.env.ref(STEP).id)
        with self.assertRaises(AccessError):
            application.message_notify(
                body="Refused", subtype_xmlid=STEP, partner_ids=self.user_employee.partner_id.ids
            )
        with self.assertRaises(AccessError):
            line.write({"body": "Something else"})
        with self.assertRaises(AccessError):
            line.unlink()

    def test_refusal_to_change_a_date_does_not_tell_where_it_stands(self):
        """Whoever may not write a date is told so, not that it is settled."""
        slot = self.make_application("confirmed").slot_ids[:1]
        for user in (self.user_colleague, self.user_manager):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                slot.with_user(user).write(self.slot_vals(day=2))

    def test_second_click_on_apply_tells_nobody_of_another_mission(self):
        """Applying again to the same mission, as an officer may by a stale page, is refused and mails nobody."""
        application = self.make_application("applied").with_user(self.user_officer)
        with self.assertMails(), self.assertRaises(UserError):
            application.action_apply()
        self.assertEqual(application.mission_id, self.mission)

    def test_validation_waits_on_somebody_who_can_answer(self):
        """A responsible who is no officer gets no activity: an officer does."""
        self.program.with_user(self.user_administrator).user_id = self.user_colleague
        registration = self.env["hr.volunteer.registration"].with_user(self.user_newcomer)._join(self.program)
        activity = self.get_activities(registration.sudo())
        self.assertEqual(registration.state, "pending")
        self.assertTrue(activity.user_id.has_group("volunteer_engagement.group_volunteer_officer"))

    def test_notes_on_a_mission_are_for_officers(self):
        """Employees read a mission, not what officers note on it."""
        note = self.mission.with_user(self.user_officer).message_post(body="Elodie is often late")
        messages = self.env["mail.message"]
        self.assertFalse(messages.with_user(self.user_colleague).search([("id", "=", note.id)]))
        self.assertTrue(messages.with_user(self.user_officer).search([("id", "=", note.id)]))

    def test_calendar_file_cannot_be_swapped_before_it_is_sent(self):
        """The employee reads the file of the confirmed dates and does not change it."""
        application = self.make_application("confirmed")
        attachment = self.env["mail.mail"].sudo().search([("attachment_ids", "!=", False)], limit=1).attachment_ids
        self.assertEqual(attachment.name, "volunteering.ics")
        own = attachment.with_user(application.employee_user_id)
        self.assertIn(b"BEGIN:VEVENT", own.raw)
        with self.assertRaises(AccessError):
            own.write({"name": "other.txt"})

    def test_ended_program_takes_nobody(self):
        """Nobody joins a program that was archived."""
        self.program.with_user(self.user_officer).action_archive()
        with self.assertRaisesRegex(UserError, "it has ended"):
            self.program.with_user(self.user_newcomer).action_join()

    def test_manager_keeps_what_was_asked(self):
        """A manager reads own approvals for good, also after a move in the org chart."""
        application = self.make_application("confirmed")
        self.employee.parent_id = self.employee_silent
        approval = self.last_approval(application).with_user(self.user_manager).sudo(False)
        self.assertEqual(approval.read(["state"])[0]["state"], "approved")

    def test_officers_see_their_own_as_employees(self):
        """What is their own officers read, with the steps of an employee."""
        application = self.make_application("applied", user=self.user_officer)
        self.assertNotIn("refused", application.next_states)
        self.assertIn("cancelled", application._next_states())


@tagged("-at_install", "post_install")
class TestMessage(VolunteerCommon):
    """Messages are what both sides read on pages: nobody forges them by Odoo's own model of messages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.application = cls.make_application("contact").sudo()
        cls.comment_id = cls.env.ref("mail.mt_comment").id
        cls.said = cls.application._say(cls.referent, "Come by the back door.")
        cls.note = cls.application.with_user(cls.user_officer).message_post(
            body="Often late", attachments=[("secret.txt", b"secret")], subtype_xmlid="mail.mt_note"
        )
        cls.records = [
            cls.application,
            cls.mission,
            cls.registration,
            cls.last_approval(cls.make_application("to_approve", user=cls.user_field)),
            # without a chatter, and yet a model that messages can name
            cls.application.slot_ids,
        ]

    def get_messages(self, user):
        return self.env["mail.message"].with_user(user)

    def comment(self, record, **values):
        return {
            "body": "Forged",
            "message_type": "comment",
            "model": record._name,
            "res_id": record.id,
            "subtype_id": self.comment_id,
            **values,
        }

    def make_private(self, user):
        """Make a message to oneself, of which Odoo thinks that it may be answered anywhere."""
        return self.get_messages(user).create(
            {
                "body": "Mine",
                "message_type": "comment",
                "partner_ids": [Command.link(user.partner_id.id)],
                "subtype_id": self.comment_id,
            }
        )

    def test_portal_user_makes_no_message(self):
        """Neither by an answer to a message of one's own, nor by the context, nor as what only one person gets."""
        messages = self.get_messages(self.user_portal)
        mine = self.make_private(self.user_portal)
        for record in self.records:
            values = self.comment(record, parent_id=mine.id)
            cases = [
                (messages, values),
                (messages, dict(values, attachment_ids=[Command.link(self.note.attachment_ids.id)])),
                (messages, dict(values, message_type="user_notification")),
                (messages, dict(values, res_id=False)),
                (
                    messages.with_context(default_model=record._name, default_res_id=record.id),
                    {key: value for key, value in values.items() if key not in ("model", "res_id")},
                ),
            ]
            for number, (model, vals) in enumerate(cases):
                with self.subTest(model=record._name, case=number), self.assertRaises(AccessError):
                    model.create(vals)
        self.assertEqual(self.application._get_conversation(), self.said)
        self.assertFalse(self.application._get_conversation_file(self.note.attachment_ids.id))

    def test_portal_user_changes_no_message(self):
        """Who got a message, or wrote it on a page, does not rewrite, hide or delete it."""
        self.said.partner_ids = self.user_portal.partner_id
        own = self.application._say(self.user_portal.partner_id, "Mine")
        self.env.flush_all()
        for message in (self.said | own).with_user(self.user_portal):
            for values in (
                {"body": "Forged"},
                {"is_internal": True},
                {"partner_ids": [Command.clear()]},
                {"attachment_ids": [Command.link(self.note.attachment_ids.id)]},
                {"message_type": "notification"},
            ):
                with self.subTest(message=message.id, values=list(values)), self.assertRaises(AccessError):
                    message.write(values)
            with self.assertRaises(AccessError):
                message.unlink()
        with self.assertRaises(AccessError):
            self.application.with_user(self.user_portal).sudo(False)._message_update_content(own, body="Forged")
        self.assertEqual(own.body, "<p>Mine</p>")

    def test_colleague_makes_no_message(self):
        """Who may not post on a record does not by an answer to a message of one's own, nor as somebody else."""
        messages = self.get_messages(self.user_colleague)
        mine = self.make_private(self.user_colleague)
        for record in self.records:
            for author in (self.user_colleague.partner_id, self.referent):
                values = self.comment(record, parent_id=mine.id, author_id=author.id)
                with self.subTest(model=record._name, author=author.name), self.assertRaises(AccessError):
                    messages.create(values)
        with self.assertRaises(AccessError):
            mine.write({"model": self.application._name, "res_id": self.application.id})

    def test_nobody_writes_in_the_name_of_another(self):
        """The employee and officers write as themselves, officers also as their company, which templates do."""
        company = self.company.partner_id
        for user, author, is_fine in (
            (self.user_employee, self.user_employee.partner_id, True),
            (self.user_employee, self.referent, False),
            (self.user_employee, company, False),
            (self.user_employee, self.env["res.partner"], False),
            (self.user_officer, self.user_officer.partner_id, True),
            (self.user_officer, company, True),
            (self.user_officer, self.referent, False),
            (self.user_officer, self.user_colleague.partner_id, False),
        ):
            application = self.application.with_user(user).sudo(False)
            values = {"author_id": author.id, "email_from": "x@y.example"}
            steps = [
                lambda values=values, user=user: self.get_messages(user).create(
                    self.comment(self.application, **values)
                ),
                lambda values=values, application=application: application.message_post(
                    body="Forged", message_type="comment", subtype_xmlid="mail.mt_comment", **values
                ),
            ]
            for step in steps:
                with self.subTest(user=user.name, author=author.name), self.undone():
                    if is_fine:
                        self.assertEqual(step().sudo().author_id, author)
                    else:
                        with self.assertRaises(AccessError):
                            step()

    def test_nobody_changes_what_another_said(self):
        """Neither the employee nor an officer: who wrote it does, and stays its author."""
        for user in (self.user_employee, self.user_officer):
            said = self.said.with_user(user).sudo(False)
            for values in ({"body": "Forged"}, {"is_internal": True}, {"author_id": user.partner_id.id}):
                with self.subTest(user=user.name, values=list(values)), self.assertRaises(AccessError):
                    said.write(values)
            with self.assertRaises(AccessError):
                said.unlink()
            own = self.application.with_user(user).sudo(False).message_post(body="Mine", message_type="comment")
            own.write({"body": "Mine as well"})
            with self.assertRaises(AccessError):
                own.write({"author_id": self.referent.id})
            own.unlink()
        self.assertIn("back door", self.said.body)

    def test_marks_of_readers_stay(self):
        """Reading, starring and editing messages goes on as everywhere in Odoo."""
        self.said.partner_ids = self.user_officer.partner_id
        self.env["mail.notification"].create(
            {"mail_message_id": self.said.id, "res_partner_id": self.user_officer.partner_id.id}
        )
        said = self.said.with_user(self.user_officer).sudo(False)
        self.assertTrue(said.needaction)
        said.set_message_done()
        said.toggle_message_starred()
        said.invalidate_recordset()
        self.assertFalse(said.needaction)
        self.assertTrue(said.starred)
        own = self.application.with_user(self.user_officer).sudo(False).message_post(body="x", message_type="comment")
        own.sudo(False).write({"starred_partner_ids": [Command.link(self.user_officer.partner_id.id)]})
        self.application.with_user(self.user_officer).sudo(False)._message_update_content(own.sudo(), body="Better")
        self.assertIn("Better", own.sudo().body)

    def test_absent_officer_answers(self):
        """The note of who is away goes out in their name, whoever the user is that they answer."""
        self.user_officer.write(
            {"out_of_office_from": "2020-01-01", "out_of_office_to": "2100-01-01", "out_of_office_message": "Away"}
        )
        application = self.application.with_user(self.user_employee).sudo(False)
        application.message_post(
            body="Hello",
            message_type="comment",
            partner_ids=self.user_officer.partner_id.ids,
            subtype_xmlid="mail.mt_comment",
        )
        away = self.application.message_ids.filtered(lambda message: message.message_type == "out_of_office")
        self.assertEqual(away.author_id, self.user_officer.partner_id)

    def test_file_of_a_note_stays_there(self):
        """A message that has a file of a note, or of another record, does not hand it out."""
        file = self.note.sudo().attachment_ids
        other = self.env["ir.attachment"].create(
            {"name": "a.txt", "raw": b"a", "res_model": "res.company", "res_id": 1}
        )
        free = self.env["ir.attachment"].create({"name": "b.txt", "raw": b"b"})
        self.said.attachment_ids = file | other | free
        self.assertFalse(self.application._get_conversation_file(file.id))
        self.assertFalse(self.application._get_conversation_file(other.id))
        self.assertEqual(self.application._get_conversation_file(free.id), free)
        self.assertEqual(self.application._get_conversation_files(self.said), free)
