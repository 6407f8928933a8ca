from contextlib import contextmanager, suppress
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import VolunteerCommon

SCRIPT = '<script>alert("x")</script><img src=x onerror=alert(1)>'
MODELS = ("hr.volunteer.application", "hr.volunteer.slot", "hr.volunteer.approval", "hr.volunteer.registration")
LONG = "A very long sentence. " * 5000


@tagged("-at_install", "post_install")
class TestBadInput(VolunteerCommon):
    """What a hostile or hurried client sends by RPC: a clear error, and nothing half done."""

    def _snapshot(self):
        """Return what a refused call must leave as it was."""
        self.env.flush_all()
        self.env.invalidate_all()
        states = {
            model: self.env[model].sudo().search([], order="id").mapped(lambda record: (record.id, record.state))
            for model in MODELS
        }
        counts = [self.env[model].sudo().search_count([]) for model in ("mail.mail", "mail.message", "mail.activity")]
        return states, counts

    def _refused(self, records, user, method, *args, error=UserError):
        before = self._snapshot()
        with self.assertRaises(error) as caught, self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
            self.rpc(records, user, method, *args)
        self.assertTrue(str(caught.exception).strip())
        self.assertEqual(self._snapshot(), before)
        return str(caught.exception)

    @contextmanager
    def _assert_in_words(self):
        """Assert an error that a person can read, and that nothing was done.

        What a constraint of the database refuses Odoo says in the words of the constraint, when it answers the client.
        """
        before = self._snapshot()
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                yield
        except (UserError, IntegrityError) as error:
            self.assertTrue(str(error).strip())
        else:
            self.fail("It was not refused")
        self.assertEqual(self._snapshot(), before)

    # ---------------------------------------------------------------------
    # Whose, and which
    # ---------------------------------------------------------------------

    def test_ids_of_others(self):
        """Steps on records of others are refused, also among own ones: all or nothing."""
        own = self.make_application("draft")
        foreign = self.make_application("draft", user=self.user_colleague)
        for records in (foreign, own | foreign):
            self._refused(records, self.user_employee, "action_apply", error=AccessError)
            self._refused(records, self.user_employee, "write", {"motivation": "Mine"}, error=AccessError)
            self._refused(records, self.user_employee, "unlink", error=AccessError)
        slots = own.slot_ids
        self._refused(slots, self.user_employee, "write", {"application_id": foreign.id}, error=AccessError)

    def test_ids_that_are_not_there(self):
        """A record that was deleted, or never was, is named as missing."""
        missing = self.env["hr.volunteer.application"].browse(2**30)
        for method in ("action_apply", "action_confirm", "action_cancel", "action_wait"):
            self._refused(missing, self.user_employee, method)
        applications = self.env["hr.volunteer.application"]
        self._refused(applications, self.user_employee, "create", {"mission_id": 2**30})
        self._refused(applications, self.user_employee, "create", {"mission_id": False})
        vals = {"mission_id": self.mission.id, "employee_id": 2**30}
        self._refused(applications, self.user_officer, "create", vals)
        own = self.make_application("draft")
        self._refused(own.slot_ids, self.user_employee, "write", {"shift_id": 2**30})

    def test_links_that_are_none(self):
        """What is not an id is refused in words, wherever a record is chosen."""
        applications = self.env["hr.volunteer.application"]
        own = self.make_application("draft")
        for value in ("abc", "1; DROP TABLE hr_volunteer_slot", 2**31, 2**70, -1, {"id": 1}, [[1]], 1.5e300):
            with self.subTest(value=value):
                self._refused(applications, self.user_employee, "create", {"mission_id": value})
                vals = {"mission_id": self.mission.id, "employee_id": value}
                self._refused(applications, self.user_officer, "create", vals)
                self._refused(own.slot_ids, self.user_employee, "write", {"shift_id": value})
                vals = {"employee_id": value}
                self._refused(self.env["hr.volunteer.registration"], self.user_officer, "create", vals)

    def test_lists_of_records_that_are_none(self):
        """What is no list of records is refused in words, and nothing of it is written."""
        own = self.make_application("draft")
        forged = (
            "abc",
            7.5,
            {"id": 1},
            [["create", 0, {}]],
            [[0, 0, "x"]],
            [[0]],
            [[1, "abc", {}]],
            [[2, None]],
            [[4, 2**70]],
            [[6, 0, ["abc"]]],
            [[99, 1, 1]],
        )
        for value in forged:
            with self.subTest(value=value):
                self._refused(own, self.user_employee, "write", {"slot_ids": value})
                self._refused(self.program, self.user_officer, "write", {"department_ids": value})

    def test_ids_of_odd_kinds(self):
        """A call for ids that are none ends in Odoo's own error, if in any, and does nothing."""
        self.make_application("draft")
        model = self.env["hr.volunteer.application"].with_user(self.user_employee)
        for ids in ("abc", ["abc"], [None], [[1]], 2**70, [2**70], {"id": 1}, [1.5]):
            for method in ("action_apply", "action_cancel", "unlink"):
                with self.subTest(ids=ids, method=method):
                    before = self._snapshot()
                    with suppress(Exception), self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                        call_kw(model, method, [ids], {})
                    self.assertEqual(self._snapshot(), before)

    def test_thousand_ids(self):
        """A thousand ids, of which one is another's, change nothing."""
        own = self.make_application("draft")
        foreign = self.make_application("draft", user=self.user_colleague)
        missing = own.browse(range(2**30, 2**30 + 998))
        for records in (own + missing, own + missing + foreign):
            for method in ("action_apply", "action_cancel", "unlink"):
                with self.subTest(count=len(records), method=method):
                    self._refused(records, self.user_employee, method)

    def test_an_id_sent_twice(self):
        """A record that is named twice makes its step once: one mail, one question, one line."""
        application = self.make_application("contact")
        twice = application + application
        with self.assertMails((self.user_manager.partner_id, "Serve meals")):
            self.rpc(twice, self.user_employee, "action_confirm")
        self.assertEqual(len(application.sudo().approval_ids), 1)
        approval = self.last_approval(application).sudo(False)
        lines = len(self.get_log_lines(application))
        self.rpc(approval + approval, self.user_manager, "action_approve")
        self.assertEqual(len(self.get_log_lines(application)), lines + 1)

    def test_windows_that_were_forged(self):
        """The window that asks why reads a list of ids of a known model, and nothing else."""
        application = self.make_application("applied")
        wizards = self.env["hr.volunteer.reason.wizard"].with_user(self.user_officer)
        base = {"res_model": application._name, "res_ids": application.ids, "step": "cancel", "reason": "Because."}
        forged = [
            *({"res_ids": ids} for ids in ("abc", ["abc"], {"id": 1}, [None], [[1]], 7, [2**70], [-1], [True], [1.5])),
            {"res_ids": []},
            {"res_ids": [2**30]},
            {"res_ids": [*application.ids, 2**30]},
            *({"res_model": model} for model in ("", "x", "res.users", "hr.volunteer.slot", "hr.volunteer.mission")),
            {"step": "redirect"},
            {"step": "redirect", "mission_id": 2**30},
            {"step": "exceed"},
            {"reason": " "},
        ]
        for values in forged:
            with self.subTest(**values), self._assert_in_words():
                wizard_id = call_kw(wizards, "create", [{**base, **values}], {})
                self.rpc(wizards.browse(wizard_id), self.user_officer, "action_confirm")
        # a step that is none is refused by Odoo when the window opens
        with self.assertRaises(ValueError):
            call_kw(wizards, "create", [{**base, "step": "unlink"}], {})

    def test_records_of_another_company(self):
        """Officers make nothing in a company that is not theirs, whatever the context says."""
        other_program = self.env["hr.volunteer.program"].with_user(self.user_other_officer).create({"name": "Other"})
        vals = {"name": "Forged", "program_id": other_program.id, "association_id": self.association.id}
        missions = self.env["hr.volunteer.mission"]
        applications = self.env["hr.volunteer.application"]
        self._refused(missions, self.user_officer, "create", vals, error=AccessError)
        with self.assertRaises(AccessError):
            missions.with_user(self.user_officer).with_context(
                allowed_company_ids=(self.company | self.other_company).ids
            ).create(vals)
        vals = {"mission_id": self.mission.id, "employee_id": self.employee_other.id}
        self._refused(applications, self.user_officer, "create", vals, error=UserError)
        self._refused(missions, self.user_officer, "create", {**vals, "company_id": self.other_company.id})

    def test_nothing_chosen_does_nothing(self):
        """A button without records changes nothing and breaks nothing."""
        before = self._snapshot()
        for method in ("action_apply", "action_contact", "action_confirm", "action_take_back", "action_wait"):
            self.rpc(self.env["hr.volunteer.application"], self.user_employee, method)
        self.rpc(self.env["hr.volunteer.approval"], self.user_manager, "action_approve")
        self.assertEqual(self._snapshot(), before)

    # ---------------------------------------------------------------------
    # Dates
    # ---------------------------------------------------------------------

    def test_dates_that_can_not_be(self):
        """Backwards, too long, too far, malformed or missing dates are refused when they are written."""
        own = self.make_application("draft")
        start = self.slot_vals()["date_start"]
        now = fields.Datetime.now()
        bad = [
            {"date_end": start - timedelta(hours=1)},
            {"date_end": start},
            {"date_end": start + timedelta(hours=25)},
            {"date_start": now + timedelta(days=3 * 366), "date_end": now + timedelta(days=3 * 366, hours=1)},
            {"date_start": "tomorrow"},
            {"date_start": "2027-13-45 99:00:00"},
            {"date_start": False},
            {"time_type": "holiday"},
        ]
        for vals in bad:
            with self.subTest(vals=vals), self._assert_in_words():
                self.rpc(own.slot_ids, self.user_employee, "write", vals)

    def test_past_dates_are_not_confirmed(self):
        """A date that has begun is neither applied for nor confirmed."""
        past = self.slot_vals(day=-14)
        draft = self.make_application("draft", slots=[past])
        self.assertIn("in the future", self._refused(draft, self.user_employee, "action_apply"))
        contact = self.make_application("contact", mission=self.make_mission("Other"))
        contact.slot_ids = [Command.create(past)]
        self.assertIn("past", self._refused(contact, self.user_employee, "action_confirm"))

    def test_two_hundred_and_one_dates(self):
        """200 dates are the most, at once or one by one."""
        start = self.slot_vals()["date_start"]
        slots = [
            {"date_start": start + timedelta(days=day), "date_end": start + timedelta(days=day, hours=1)}
            for day in range(201)
        ]
        applications = self.env["hr.volunteer.application"]
        vals = {"mission_id": self.mission.id, "slot_ids": [Command.create(slot) for slot in slots]}
        self.assertIn("200 dates at most", self._refused(applications, self.user_employee, "create", vals))
        own = self.make_application("draft", slots=slots[:200])
        one_more = {"slot_ids": [Command.create(slots[200])]}
        self.assertIn("200 dates at most", self._refused(own, self.user_employee, "write", one_more))

    # ---------------------------------------------------------------------
    # Texts
    # ---------------------------------------------------------------------

    def test_scripts_are_text(self):
        """Markup in any text is shown as it was typed, in mails, log lines and the calendar file's mail."""
        self.employee.sudo().name = f"Elodie {SCRIPT}"
        self.association.write({"name": f"La Soupe {SCRIPT}", "street": SCRIPT})
        self.program.with_user(self.user_officer).name = f"Solidarity {SCRIPT}"
        mission = self.make_mission(f"Serve {SCRIPT}", description=SCRIPT)
        application = self.make_application("draft", mission=mission)
        application.motivation = f"I cook {SCRIPT}"
        application.action_apply()
        application.with_user(self.user_officer).action_contact()
        application.action_confirm()
        self.last_approval(application).with_user(self.user_manager)._request_changes(f"Later {SCRIPT}")
        application.action_confirm()
        self.last_approval(application).with_user(self.user_manager)._refuse(f"No {SCRIPT}")
        for record in (application.sudo(), *application.sudo().approval_ids):
            domain = [("model", "=", record._name), ("res_id", "=", record.id)]
            bodies = self.env["mail.mail"].sudo().search(domain).mapped("body_html")
            bodies += record.message_ids.mapped("body")
            self.assertTrue(bodies)
            for body in bodies:
                self.assertNotIn("<script", body)
                self.assertNotIn("<img src=x", body.replace('"', ""))

    def test_html_fields_are_cleaned(self):
        """Descriptions keep their form and lose what runs."""
        for record in (self.mission, self.program):
            record.with_user(self.user_officer).description = f"<p>Hello</p>{SCRIPT}"
            self.assertIn("<p>Hello</p>", record.description)
            self.assertNotIn("script", record.description)
            self.assertNotIn("onerror", record.description)

    def test_reasons_that_say_nothing(self):
        """Where people read why, blanks are no reason."""
        application = self.make_application("to_approve")
        approval = self.last_approval(application).sudo(False)
        for reason in ("", "   ", "\n\t", False, None):
            for records, user, step in (
                (application, self.user_employee, "cancel"),
                (application, self.user_officer, "request_changes"),
                (approval, self.user_manager, "refuse"),
                (approval, self.user_manager, "request_changes"),
            ):
                with self.subTest(reason=reason, step=step):
                    before = self._snapshot()
                    with self.assertRaisesRegex(UserError, "Say (why|what)"):
                        self.make_step(records, user, step, reason=reason, by="rpc")
                    self.assertEqual(self._snapshot(), before)

    def test_long_and_odd_texts(self):
        """Long texts and characters of any script are kept; what a database can't hold is refused."""
        own = self.make_application("draft")
        for text in (LONG, "\u202eright to left", "日本語 🙂", "'; DROP TABLE hr_volunteer_slot; --"):
            self.rpc(own, self.user_employee, "write", {"motivation": text})
            self.assertEqual(own.motivation, text)
        self._refused(own, self.user_employee, "write", {"motivation": "a\x00b"})

    # ---------------------------------------------------------------------
    # Values
    # ---------------------------------------------------------------------

    def test_numbers_that_can_not_be(self):
        """Places are whole and not negative."""
        shift = self.make_shift(self.make_mission("Shifts"))
        for records in (self.mission, shift):
            for value in (-1, 2**40, "many", [1], float("nan"), float("inf")):
                with self.subTest(model=records._name, value=value), self._assert_in_words():
                    self.rpc(records, self.user_officer, "write", {"capacity": value})
        for value in (float("nan"), float("inf"), "many", [1], -1):
            with self.subTest(value=value), self._assert_in_words():
                self.rpc(self.program, self.user_administrator, "write", {"work_hours_allowance": value})

    def test_unknown_fields_and_contexts(self):
        """A field that is not there is refused; context keys open nothing."""
        own = self.make_application("draft")
        self._refused(own, self.user_employee, "write", {"no_such_field": 1}, error=AccessError)
        vals = {"mission_id": self.make_mission("Other").id, "no_such_field": 1}
        self._refused(own.browse(), self.user_employee, "create", vals, error=AccessError)
        forged = {"default_state": "done", "tracking_disable": True, "active_test": False, "mail_notrack": True}
        own.with_context(**forged).action_apply()
        self.assertEqual(own.state, "applied")
        self.assertTrue(self.get_log_lines(own), "a step is logged whatever the client says")
        foreign = self.env["hr.volunteer.mission"].with_user(self.user_other)
        foreign = foreign.with_context(allowed_company_ids=self.company.ids)
        with self.assertRaises(AccessError):
            foreign.browse(self.mission.id).read(["name"])

    # ---------------------------------------------------------------------
    # Twice
    # ---------------------------------------------------------------------

    def test_double_clicks(self):
        """The second click of each button is refused in words and does nothing twice."""
        application = self.make_application("draft")
        for user, method in (
            (self.user_employee, "action_apply"),
            (self.user_employee, "action_contact"),
            (self.user_employee, "action_confirm"),
            (self.user_employee, "action_take_back"),
        ):
            self.rpc(application, user, method)
            with self.subTest(method=method):
                self._refused(application, user, method)

    def test_two_answers_to_one_question(self):
        """The first answer counts; the second, whichever and by whomever, is refused."""
        answers = ("action_approve", "refuse", "request_changes")
        for first in answers:
            with self.undone():
                application = self.make_application("to_approve")
                approval = self.last_approval(application).sudo(False)
                self.make_step(approval, self.user_manager, first, reason="First.", by="rpc")
                for second in answers:
                    for user in (self.user_manager, self.user_officer):
                        with self.subTest(first=first, second=second, user=user.name):
                            before = self._snapshot()
                            with self.assertRaises(UserError):
                                self.make_step(approval, user, second, reason="Second.", by="rpc")
                            self.assertEqual(self._snapshot(), before)
