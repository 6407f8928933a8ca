from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, tagged

from ..models.lifecycle_mixin import Actor
from .common import VolunteerCommon


@tagged("-at_install", "post_install")
class TestApproval(VolunteerCommon):
    """What the manager is asked, what follows, and what the manager never hears of."""

    def test_approval_keeps_in_words_what_it_asks(self):
        """The manager sees hours, mission, association and place without reading the application."""
        application = self.make_application("to_approve", slots=[self.slot_vals(), self.slot_vals(day=1, end=17)])
        approval = self.last_approval(application)
        self.assertRecordValues(
            approval,
            [
                {
                    "employee_id": self.employee.id,
                    "manager_id": self.employee_manager.id,
                    "approver_id": self.user_manager.id,
                    "company_id": self.company.id,
                    "state": "pending",
                    "work_hours": 10,
                    "mission_name": "Serve meals",
                    "association_name": "La Soupe",
                    "decided_by_id": False,
                }
            ],
        )
        self.assertIn("1 rue des Halles", approval.place)
        self.assertEqual(approval.slot_ids, application.sudo().slot_ids)
        self.assertEqual(approval.date_start, application.slot_ids[0].date_start)
        seen = approval.with_user(self.user_manager).sudo(False)
        self.assertTrue(seen.read(["mission_name", "association_name", "place", "work_hours", "state", "slot_ids"]))
        self.assertIn("Elodie Martin", seen.display_name)

    def test_decision_is_kept(self):
        """Who decided, when and why stays on the approval."""
        for method, state, application_state in (
            ("action_approve", "approved", "confirmed"),
            ("request_changes", "changes", "contact"),
            ("refuse", "refused", "refused"),
        ):
            with self.subTest(method=method), self.undone():
                application = self.make_application("to_approve")
                approval = self.last_approval(application)
                self.make_step(approval, self.user_manager, method, reason="Inventory week.")
                self.assertEqual((approval.state, application.state), (state, application_state))
                self.assertEqual(approval.decided_by_id, self.user_manager.partner_id)
                self.assertTrue(approval.decision_date)
                self.assertFalse(approval.on_behalf_of_id)
                if state != "approved":
                    self.assertEqual(approval.reason, "Inventory week.")

    def test_officer_decides_on_behalf(self):
        """An officer's decision says for whom it was made, on the approval and in its log line."""
        application = self.make_application("to_approve")
        approval = self.last_approval(application)
        approval.with_user(self.user_officer).action_approve()
        self.assertEqual(approval.decided_by_id, self.user_officer.partner_id)
        self.assertEqual(approval.on_behalf_of_id, self.employee_manager)
        self.assertIn("Mona Manager", self.get_log_lines(approval)[-1].body)

    def test_decided_approvals_are_ends(self):
        """A decision is not changed, whoever tries; asking again makes a new question."""
        for state, method in (("approved", "action_approve"), ("refused", "refuse"), ("changes", "request_changes")):
            with self.undone():
                application = self.make_application("to_approve")
                approval = self.last_approval(application)
                self.make_step(approval, self.user_manager, method, reason="Because.")
                for again in ("action_approve", "refuse", "request_changes"):
                    for user in (self.user_manager, self.user_officer, self.user_administrator):
                        with self.subTest(state=state, again=again, user=user.name), self.assertRaises(UserError):
                            self.make_step(approval, user, again, reason="Again.")
                self.assertEqual(approval.state, state)
                if state == "changes":
                    application.action_confirm()
                    asked = application.sudo().approval_ids - approval
                    self.assertEqual((asked.state, approval.state), ("pending", "changes"))

    def test_withdrawn_and_told_are_set_by_the_system_only(self):
        """No person takes an approval to withdrawn or told."""
        approval = self.last_approval(self.make_application("to_approve"))
        for name, user in self.actors.items():
            for state in ("withdrawn", "told"):
                with self.subTest(actor=name, state=state), self.assertRaises(AccessError):
                    approval.with_user(user).sudo(False)._transition(state)
        approval.sudo()._transition("withdrawn", actor=Actor("system", self.env.ref("base.partner_root")))
        self.assertEqual(approval.state, "withdrawn")

    def test_batch_of_decisions(self):
        """A manager answers many questions at once."""
        first = self.make_application("to_approve")
        second = self.make_application(
            "to_approve", user=self.user_colleague, slots=[self.slot_vals(start=14, end=17)]
        )
        approvals = self.last_approval(first) + self.last_approval(second)
        approvals.with_user(self.user_manager).sudo(False).action_approve()
        self.assertEqual((first.state, second.sudo().state), ("confirmed", "confirmed"))

    def test_mixed_batch_is_refused(self):
        """A manager does not slip in the question to another one."""
        mine = self.last_approval(self.make_application("to_approve"))
        other = self.last_approval(self.make_application("to_approve", user=self.user_field))
        approvals = (mine + other).with_user(self.user_manager).sudo(False)
        with self.assertRaises(AccessError):
            approvals.action_approve()
        self.assertEqual((mine + other).mapped("state"), ["pending", "pending"])

    # ---------------------------------------------------------------------
    # Who is asked
    # ---------------------------------------------------------------------

    def test_who_is_asked(self):
        """The manager, else the department's, else the program's responsible; never the employee."""
        head = self._make_employee(name="Head", email="head@maree.example", user=None)
        nobody = self.env["hr.employee"]
        # words, manager in the org chart, manager of the department, who is asked
        cases = [
            ("the manager in the org chart", self.employee_manager, nobody, self.employee_manager),
            ("an archived manager is nobody", head, nobody, self.employee_officer),
            ("the manager of the department", nobody, self.employee_manager, self.employee_manager),
            ("the responsible of the program", nobody, nobody, self.employee_officer),
            ("never oneself", nobody, self.employee, self.employee_officer),
        ]
        for words, parent, department_manager, expected in cases:
            with self.subTest(case=words), self.undone():
                self.department.manager_id = department_manager
                self.employee.parent_id = parent
                head.active = False
                approval = self.last_approval(self.make_application("to_approve"))
                self.assertEqual(approval.manager_id, expected)
                self.assertEqual(approval.approver_id, expected.user_id)

    def test_manager_without_user_gets_the_mail(self):
        """A manager who does not log in is written to at work; an officer answers for them."""
        application = self.make_application("contact", user=self.user_field)
        with self.assertMails((self.employee_silent.work_contact_id, "Please approve", "Fanny Terrain", "Simon")):
            application.action_confirm()
        approval = self.last_approval(application)
        self.assertEqual(approval.manager_id, self.employee_silent)
        self.assertFalse(approval.approver_id)
        self.assertFalse(self.get_activities(approval))
        approval.with_user(self.user_officer).action_approve()
        self.assertEqual(application.state, "confirmed")
        self.assertEqual(approval.on_behalf_of_id, self.employee_silent)

    def test_nobody_left(self):
        """Without manager and responsible the question waits for an officer, and nothing fails."""
        self.employee.parent_id = False
        self.program.with_user(self.user_administrator).user_id = False
        application = self.make_application("to_approve")
        approval = self.last_approval(application)
        self.assertFalse(approval.manager_id or approval.approver_id)
        self.assertFalse(self.get_activities(approval))
        found = self.env["hr.volunteer.approval"].with_user(self.user_officer).search([("approver_id", "=", False)])
        self.assertIn(approval, found.sudo())
        approval.with_user(self.user_officer).action_approve()
        self.assertEqual(application.state, "confirmed")

    def test_employee_who_is_responsible_is_not_asked(self):
        """The responsible of a program does not approve their own hours."""
        self.employee_officer.parent_id = False
        application = self.make_application("to_approve", user=self.user_officer)
        approval = self.last_approval(application)
        self.assertFalse(approval.approver_id)
        with self.assertRaises(AccessError):
            approval.with_user(self.user_officer).sudo(False).action_approve()

    def test_approver_who_became_the_employee_is_refused(self):
        """Even as the approver on the record, nobody answers a question about themselves."""
        application = self.make_application("to_approve")
        approval = self.last_approval(application)
        approval.sudo().write({"approver_id": self.user_employee.id})
        for by in ("button", "rpc", "method"):
            with self.subTest(by=by), self.assertRaises(AccessError):
                self.make_step(approval, self.user_employee, "action_approve", by=by)
        self.assertEqual(application.state, "to_approve")

    # ---------------------------------------------------------------------
    # Mode without approval
    # ---------------------------------------------------------------------

    def test_mode_none_tells_the_manager(self):
        """Without approval the dates are confirmed at once, and the manager is told without an activity."""
        for where in ("company", "program"):
            with self.subTest(where=where), self.undone():
                if where == "company":
                    self.company.volunteer_manager_approval = "none"
                else:
                    self.program.with_user(self.user_administrator).manager_approval = "none"
                application = self.make_application("contact")
                application.action_confirm()
                self.assertEqual(application.state, "confirmed")
                approval = self.last_approval(application)
                self.assertEqual(approval.state, "told")
                self.assertEqual(approval.approver_id, self.user_manager)
                self.assertFalse(self.get_activities(approval))
                with self.assertRaises(UserError):
                    approval.with_user(self.user_manager).sudo(False)._refuse("No.")

    def test_program_requires_where_the_company_does_not(self):
        """The program's own mode goes before the company's."""
        self.company.volunteer_manager_approval = "none"
        self.program.with_user(self.user_administrator).manager_approval = "required"
        self.assertEqual(self.make_application("to_approve").state, "to_approve")

    # ---------------------------------------------------------------------
    # Personal time
    # ---------------------------------------------------------------------

    def test_manager_never_hears_of_personal_time(self):
        """Personal time makes no approval, no activity, no mail to the manager, and is not readable."""
        slots = [self.slot_vals(start=19, end=21, time_type="personal")]
        application = self.make_application("contact", slots=slots)
        with self.assertMails(
            (self.user_employee.partner_id, "Confirmed"), (self.referent, "Confirmed", "Elodie Martin")
        ):
            application.action_confirm()
        with self.assertMails((self.referent, "cannot come", "Ill.")):
            application._cancel("Ill.")
        self.assertFalse(application.sudo().approval_ids)
        self.assertFalse(self.get_activities(application, self.user_manager))
        for model, record in (
            ("hr.volunteer.application", application),
            ("hr.volunteer.slot", application.slot_ids),
        ):
            with self.subTest(model=model):
                self.assertFalse(self.env[model].with_user(self.user_manager).search([("id", "in", record.ids)]))
                with self.assertRaises(AccessError):
                    record.with_user(self.user_manager).read(["state"])

    def test_manager_sees_the_work_dates_of_a_mixed_application(self):
        """Of work and personal time the manager sees, reads and gets only the work time."""
        slots = [
            self.slot_vals(start=9, end=12),
            self.slot_vals(day=5, start=10, end=15, time_type="personal"),
        ]
        application = self.make_application("contact", slots=slots)
        with self.assertMails((self.user_manager.partner_id, "Please approve", "3 h")) as capture:
            application.action_confirm()
        saturday = application.slot_ids[1]
        self.assertNotIn("Saturday", capture.records.body_html)
        approval = self.last_approval(application)
        self.assertEqual(approval.slot_ids, application.slot_ids[0].sudo())
        self.assertEqual(approval.work_hours, 3)
        slots = self.env["hr.volunteer.slot"].with_user(self.user_manager)
        self.assertEqual(slots.search([("employee_id", "=", self.employee.id)]), application.slot_ids[0].sudo(False))
        self.assertFalse(saturday.sudo().approver_id)
        self.assertEqual(application.time_type, "mixed")

    def test_work_that_turns_personal_leaves_the_manager(self):
        """A date that the manager was asked for, then made personal, is not readable any more."""
        application = self.make_application("to_approve")
        slot = application.slot_ids
        manager_slot = slot.with_user(self.user_manager)
        self.assertTrue(manager_slot.read(["date_start"]))
        application.action_take_back()
        slot.write(self.slot_vals(start=19, end=21, time_type="personal"))
        self.assertFalse(slot.sudo().approver_id)
        with self.assertRaises(AccessError):
            manager_slot.read(["date_start"])
        with self.assertMails((self.user_employee.partner_id, "Confirmed"), (self.referent, "Confirmed")):
            application.action_confirm()
        self.assertFalse(self.last_approval(application).with_user(self.user_manager).sudo(False).slot_ids)

    # ---------------------------------------------------------------------
    # Activities
    # ---------------------------------------------------------------------

    def test_activity_of_the_manager(self):
        """One activity while the question is open, gone after each answer."""
        answers = [
            ("approve", lambda a, p: p.with_user(self.user_manager).action_approve()),
            ("change", lambda a, p: p.with_user(self.user_manager)._request_changes("Later.")),
            ("refuse", lambda a, p: p.with_user(self.user_manager)._refuse("No.")),
            ("officer", lambda a, p: p.with_user(self.user_officer).action_approve()),
            ("take back", lambda a, p: a.action_take_back()),
            ("cancel", lambda a, p: a._cancel("Ill.")),
            ("mission cancelled", lambda a, p: self.mission.action_cancel()),
            ("withdrawal", lambda a, p: self.registration.with_user(self.user_employee).action_withdraw()),
        ]
        for name, answer in answers:
            with self.subTest(answer=name), self.undone():
                application = self.make_application("to_approve")
                approval = self.last_approval(application)
                activity = self.get_activities(approval)
                self.assertEqual(len(activity), 1)
                self.assertEqual(activity.user_id, self.user_manager)
                self.assertEqual(
                    activity.activity_type_id, self.env.ref("volunteer_engagement.mail_activity_type_approval")
                )
                self.assertIn("Elodie Martin", activity.summary)
                self.assertLessEqual(activity.date_deadline, approval.date_start.date())
                answer(application, approval.sudo(False))
                self.assertFalse(self.get_activities(approval))

    def test_activity_of_the_employee(self):
        """A change that is asked waits for the employee until the dates are confirmed again or all is cancelled."""
        for name, answer in (
            ("confirm", lambda application: application.action_confirm()),
            ("cancel", lambda application: application._cancel("Then not.")),
            ("refuse", lambda application: application.with_user(self.user_officer)._refuse("Full.")),
        ):
            with self.subTest(answer=name), self.undone():
                application = self.make_application("to_approve")
                self.last_approval(application).with_user(self.user_manager)._request_changes("Not on Monday.")
                activity = self.get_activities(application)
                self.assertEqual(activity.user_id, self.user_employee)
                self.assertEqual(
                    activity.activity_type_id, self.env.ref("volunteer_engagement.mail_activity_type_change")
                )
                answer(application)
                self.assertFalse(self.get_activities(application))

    def test_taking_back_asks_nothing_of_the_employee(self):
        """Whoever takes their own dates back needs no reminder."""
        application = self.make_application("to_approve")
        application.action_take_back()
        self.assertFalse(self.get_activities(application))

    def test_open_question_is_not_put_aside(self):
        """The activity can't be marked done, removed, archived or handed on while the question is open."""
        approval = self.last_approval(self.make_application("to_approve"))
        for user in (self.user_manager, self.user_officer, self.user_administrator):
            activity = self.get_activities(approval).with_user(user).sudo(False)
            attempts = {
                "done": lambda a: a.action_feedback(feedback="Did it"),
                "done by button": lambda a: a.action_done(),
                "unlink": lambda a: a.unlink(),
                "archive": lambda a: a.write({"active": False}),
                "hand on": lambda a: a.write({"user_id": self.user_colleague.id}),
            }
            for name, attempt in attempts.items():
                with self.subTest(user=user.name, attempt=name), self.undone():
                    try:
                        attempt(activity)
                    except (RedirectWarning, AccessError):
                        continue
                    self.fail("The question was put aside.")
        self.assertEqual(len(self.get_activities(approval, self.user_manager)), 1)
        with self.assertRaisesRegex(RedirectWarning, "Approve, ask for a change or refuse"):
            self.get_activities(approval).with_user(self.user_manager).sudo(False).action_feedback()

    def test_own_activities_are_free(self):
        """What people plan themselves on an approval is theirs to finish."""
        approval = self.last_approval(self.make_application("to_approve")).with_user(self.user_manager).sudo(False)
        activity = approval.activity_schedule("mail.mail_activity_data_todo", user_id=self.user_manager.id)
        activity.action_feedback()
        self.assertEqual(len(self.get_activities(approval)), 1)

    # ---------------------------------------------------------------------
    # Conversation
    # ---------------------------------------------------------------------

    def test_manager_and_employee_talk_on_the_approval(self):
        """A comment of one reaches the other; nobody else may read or write there."""
        approval = self.last_approval(self.make_application("to_approve")).sudo(False)
        comment = {"body": "Could it be Tuesday?", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        message = approval.with_user(self.user_manager).message_post(**comment)
        self.assertIn(self.user_employee.partner_id, message.sudo().notified_partner_ids)
        message = approval.with_user(self.user_employee).message_post(**comment)
        self.assertIn(self.user_manager.partner_id, message.sudo().notified_partner_ids)
        with self.assertRaises(AccessError):
            approval.with_user(self.user_colleague).message_post(**comment)
        self.assertFalse(approval.sudo().message_partner_ids)

    def test_form_of_the_manager(self):
        """The manager opens the request with its dates."""
        approval = self.last_approval(self.make_application("to_approve")).with_user(self.user_manager).sudo(False)
        with Form(approval) as form:
            self.assertEqual(form.state, "pending")
        self.assertEqual(approval.next_states, "approved,changes,refused")

    def test_only_one_pending_question(self):
        """Approvals are made by steps, never by people."""
        application = self.make_application("to_approve")
        values = {"application_id": application.id, "employee_id": self.employee.id, "company_id": self.company.id}
        for name in ("employee", "colleague", "manager", "officer", "other officer", "portal"):
            with self.subTest(actor=name), self.assertRaises(AccessError):
                self.env["hr.volunteer.approval"].with_user(self.actors[name]).create(
                    dict(values, slot_ids=[Command.clear()])
                )
