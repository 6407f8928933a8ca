from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import RecordCapturer, tagged

from .common import VolunteerCommon, utc

APPLICATION = "hr.volunteer.application"
APPROVAL = "hr.volunteer.approval"
SLOT = "hr.volunteer.slot"

# each is a method _by_… below, which returns what somebody learns that way
WAYS = (
    "record",
    "slot",
    "mail",
    "activity",
    "counter",
    "search",
    "group_by",
    "export",
    "tracking",
    "followers",
    "employee_card",
    "chatter",
)
# nobody learns anything on an employee's card: there is no witness that the way is a way
WITHOUT_WITNESS = {"employee_card"}
MOTIVATION = "I keep bees at home."
# dates on personal time begin at this minute, which survives each time zone and each way of writing a date
MINUTE = ":17"


@tagged("-at_install", "post_install")
class TestPrivacy(VolunteerCommon):
    """A personal-time engagement reaches no manager, by any way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_boss = cls._make_user("boss", "Bea Boss")
        cls.employee_manager.parent_id = cls._make_employee(cls.user_boss)
        cls.strangers = {
            "manager": cls.user_manager,
            "manager's manager": cls.user_boss,
            "colleague": cls.user_colleague,
        }
        # who may not export at all proves nothing
        for user in (*cls.strangers.values(), cls.user_employee, cls.user_officer):
            user.group_ids += cls.env.ref("base.group_allow_export")
        cls.harvest = cls.make_mission("Harvest apples")
        cls.words = ("Harvest apples", MOTIVATION, MINUTE)

    @classmethod
    def personal_vals(cls, day=5):
        """Return a date in the evening, outside the working hours of every day."""
        date = cls.monday + timedelta(days=day)
        return {"date_start": utc(date, 19, 17), "date_end": utc(date, 21, 17), "time_type": "personal"}

    def make_secret(self, state, slots):
        application = self.make_application("draft", mission=self.harvest, slots=slots)
        application.motivation = MOTIVATION
        application.action_apply()
        application.with_user(self.user_officer).action_contact()
        if state in ("to_approve", "confirmed"):
            application.action_confirm()
        if state == "confirmed" and application.state == "to_approve":
            self.last_approval(application).with_user(self.user_manager).action_approve()
        return application

    # ---------------------------------------------------------------------
    # What is hidden
    # ---------------------------------------------------------------------

    def test_personal_time_reaches_no_manager(self):
        """Of an application on personal time nobody learns by any of the twelve ways, at any step."""
        with RecordCapturer(self.env["mail.mail"].sudo(), []) as mails:
            application = self.make_secret("confirmed", [self.personal_vals()])
            self.assertEqual(application.state, "confirmed")
            application.with_user(self.user_officer)._request_changes("Come in the evening.")
            self.assert_hidden(application, application.slot_ids, self.words, witness=True)
            application.action_confirm()
            with self.after(application):
                application.slot_ids.with_user(self.user_officer).action_attended()
                application.with_user(self.user_officer).action_done()
            self.assert_hidden(application, application.slot_ids, self.words)
        self.assertFalse(application.sudo().approval_ids)
        self.assertFalse([mail.email_to for mail in mails.records if "manager@" in mail.email_to])

    def test_cancelled_personal_time_reaches_no_manager(self):
        """The end of an engagement on personal time is no more told than its beginning."""
        with RecordCapturer(self.env["mail.mail"].sudo(), []) as mails:
            application = self.make_secret("confirmed", [self.personal_vals()])
            application._cancel("I am moving.")
        self.assertTrue(mails.records)
        self.assertFalse([mail.email_to for mail in mails.records if "manager@" in mail.email_to])
        self.assert_hidden(application, application.slot_ids, self.words)

    def test_personal_part_of_a_mixed_application(self):
        """The manager reads the date on work time, and nothing of the one on personal time."""
        application = self.make_secret("to_approve", [self.slot_vals(), self.personal_vals()])
        work, personal = application.sudo().slot_ids.sorted("time_type", reverse=True)
        self.assertEqual((work.time_type, personal.time_type), ("work", "personal"))
        approval = self.last_approval(application).with_user(self.user_manager).sudo(False)
        for state in ("pending", "changes", "approved"):
            if state == "changes":
                approval._request_changes("Another week?")
                application.action_confirm()
                approval = self.last_approval(application).with_user(self.user_manager).sudo(False)
            elif state == "approved":
                approval.action_approve()
            with self.subTest(state=state):
                self.env.invalidate_all()
                self.assertEqual(approval.slot_ids.ids, work.ids)
                self.assertEqual(approval.work_hours, work.hours)
                self.assertEqual(self.env[SLOT].with_user(self.user_manager).search([]).ids, work.ids)
                self.assertFalse(self.find_words(approval.read()[0], (MOTIVATION, MINUTE, "mixed", "ersonal")))
                self.assertFalse(self.find_words(approval.message_ids.mapped("body"), (MOTIVATION, MINUTE, "ersonal")))
        application._cancel("I am moving.")
        self.assert_hidden(application, personal, (MOTIVATION, MINUTE))

    def test_work_time_that_turns_personal(self):
        """Once taken back and turned to personal time, an engagement is no more the manager's."""
        for state in ("to_approve", "confirmed"):
            with self.subTest(taken_back_from=state), self.undone():
                application = self.make_secret(state, [self.slot_vals(), self.slot_vals(day=1)])
                application.action_take_back()
                with RecordCapturer(self.env["mail.mail"].sudo(), []) as mails:
                    for slot, day in zip(application.slot_ids, (5, 6), strict=True):
                        slot.write(self.personal_vals(day=day))
                    application.action_confirm()
                    self.assertEqual(application.state, "confirmed")
                    application._cancel("I am moving.")
                self.assertFalse([mail.email_to for mail in mails.records if "manager@" in mail.email_to])
                self.assert_hidden(application, application.slot_ids, (MOTIVATION, MINUTE))
                self.assertFalse(self.env[SLOT].with_user(self.user_manager).search([]))

    def test_other_mission_behind_the_link_of_an_approval(self):
        """Who was asked once does not read, by the name of the link, to which mission the employee went instead."""
        asked = self.make_application("to_approve")
        approval = self.last_approval(asked).with_user(self.user_manager).sudo(False)
        asked.action_take_back()
        asked.with_user(self.user_officer)._redirect(self.harvest.with_user(self.user_officer))
        self.env.invalidate_all()
        for reader, is_named in ((self.user_manager, False), (self.user_officer, True), (self.user_employee, True)):
            with self.subTest(reader=reader.name):
                read = self.rpc(approval, reader, "web_read", {"application_id": {"fields": {"display_name": {}}}})
                names = [read, self.rpc(approval, reader, "read", ["application_id"])]
                self.assertEqual("Harvest apples" in str(names), is_named)

    def test_work_time_that_turns_personal_in_part(self):
        """One of two dates turns personal: the new question is about the other one alone."""
        application = self.make_secret("confirmed", [self.slot_vals(), self.slot_vals(day=1)])
        application.action_take_back()
        kept, turned = application.slot_ids
        turned.write(self.personal_vals())
        application.action_confirm()
        approval = self.last_approval(application)
        self.assertEqual(approval.slot_ids, kept.sudo())
        approval.with_user(self.user_manager).action_approve()
        application._cancel("I am moving.")
        self.assert_hidden(application, turned.sudo(), (MOTIVATION, MINUTE))

    def test_templates_render_for_readers_only(self):
        """The window that writes a mail, and the preview of a template, tell nobody what they may not read."""
        application = self.make_secret("confirmed", [self.slot_vals(), self.personal_vals()])
        templates = self.env["mail.template"].search([("model", "=", APPLICATION)])
        self.assertGreater(len(templates), 5)
        told = {role: set() for role in self.strangers}
        for template in templates:
            context = {
                "default_composition_mode": "comment",
                "default_model": APPLICATION,
                "default_res_ids": application.ids,
                "default_template_id": template.id,
            }
            vals = {"mail_template_id": template.id, "resource_ref": f"{APPLICATION},{application.id}"}
            for role, user in (*self.strangers.items(), ("officer", self.user_officer)):
                self.env.invalidate_all()
                composers, previews = self.env["mail.compose.message"], self.env["mail.template.preview"]
                composer_id = self._ask(composers, user, "create", {}, context=context)
                shown = self._ask(composers.browse(composer_id), user, "read", ["body", "subject"])
                previews = previews.browse(self._ask(previews, user, "create", vals))
                shown += self._ask(previews, user, "read", ["body_html", "subject"])
                told.setdefault(role, set()).update(self.find_words(shown, ("Harvest apples", MOTIVATION, MINUTE)))
        self.assertIn("Harvest apples", told.pop("officer"))
        self.assertFalse(set().union(*told.values()))

    def test_effects_on_others_are_not_told_to_who_caused_them(self):
        """Who gives a place back does not learn who gets it, though mails and log lines follow from the step."""
        mission = self.make_mission("Full boat", capacity=1)
        mine = self.make_application("confirmed", user=self.user_colleague, mission=mission)
        waiting = self.make_application("contact", mission=mission)
        waiting.action_wait()
        mine._cancel("I am moving.")
        self.assertTrue(waiting.sudo().offer_deadline)
        made = self.env["mail.message"].sudo().search([("model", "=", APPLICATION), ("res_id", "=", waiting.id)])
        self.assertTrue(made)
        for message in made:
            self.assertFalse(self._ask(message, self.user_colleague, "read", ["body"]))

    def test_followers_of_private_records(self):
        """Who follows an application or a registration is known to nobody but themselves."""
        self.make_secret("contact", [self.personal_vals()])
        followers = self.env["mail.followers"]
        domain = [("res_model", "=like", "hr.volunteer.%"), ("res_model", "!=", "hr.volunteer.mission")]
        self.assertIn(self.user_employee.partner_id, followers.with_user(self.user_employee).search(domain).partner_id)
        for role, user in self.strangers.items():
            with self.subTest(role=role):
                found = followers.with_user(user).search(domain)
                self.assertLessEqual(found.partner_id, user.partner_id)

    # ---------------------------------------------------------------------
    # The twelve ways
    # ---------------------------------------------------------------------

    def assert_hidden(self, application, slots, words, witness=False):
        """Assert that no stranger learns of an application and of these dates of it.

        :param words: what would give them away in a text
        :param bool witness: assert besides that employee or officer do learn, so that each way proves something
        """
        application, slots = application.sudo(), slots.sudo()
        for way in WAYS:
            by_way = getattr(self, f"_by_{way}")
            if witness and way not in WITHOUT_WITNESS:
                with self.subTest(way=way, role="witness"):
                    found = [self._learn(by_way, user, application, slots, words) for user in self._get_witnesses()]
                    self.assertTrue(any(found), "Nobody learns anything: the way proves nothing")
            for role, user in self.strangers.items():
                with self.subTest(way=way, role=role):
                    self.assertFalse(self._learn(by_way, user, application, slots, words))

    def _get_witnesses(self):
        return self.user_officer, self.user_employee

    def _learn(self, by_way, user, application, slots, words):
        # a request begins with nothing read
        self.env.invalidate_all()
        with self.undone():
            return by_way(user, application, slots, words)

    def _ask(self, records, user, method, *args, **kwargs):
        """Return what a call from outside returns, or nothing where it is refused."""
        try:
            with self.env.cr.savepoint():
                return self.rpc(records, user, method, *args, **kwargs)
        except (AccessError, UserError):
            return []

    @classmethod
    def find_words(cls, content, words):
        """Return the words that a text, or the text of any structure, has."""
        text = str(content)
        return [word for word in words if word in text]

    def _get_known(self, user, application):
        """Return what the user reads of the application's surroundings, to go on from: mission, approvals, dates."""
        return [
            application.mission_id,
            application.program_id,
            *(
                self.env[model].browse(
                    self._ask(self.env[model], user, "search", [("employee_id", "=", application.employee_id.id)])
                )
                for model in (APPROVAL, SLOT)
            ),
        ]

    def _by_record(self, user, application, slots, words):
        """The record itself, by its id, and from records that point to it."""
        specification = {"display_name": {}, "state": {}}
        found = []
        for records in (application, slots):
            found += self._ask(records, user, "read")
            found += self._ask(records, user, "web_read", specification)
            found += self._ask(records, user, "get_metadata")
        for records in self._get_known(user, application):
            for name, field in records._fields.items():
                if field.comodel_name in (APPLICATION, SLOT):
                    nested = {name: {"fields": {"motivation": {}} if field.comodel_name == APPLICATION else {}}}
                    found += self.find_words(self._ask(records, user, "web_read", nested), words)
        return found

    def _by_slot(self, user, application, slots, words):
        """The dates, searched for, and in the request for approval."""
        found = self._ask(slots.browse(), user, "search", [("employee_id", "=", application.employee_id.id)])
        for approval in self._ask(self.env[APPROVAL], user, "search_read", [], ["slot_ids"]):
            found += approval["slot_ids"]
        return set(found) & set(slots.ids)

    def _by_mail(self, user, application, slots, words):
        """Mails and notifications to the person, and what a template of ours renders for them."""
        mails = self.env["mail.mail"].sudo().search([("model", "=like", "hr.volunteer.%")])
        mails = mails.filtered(lambda mail: user.email in f"{mail.email_to}{mail.recipient_ids.mapped('email')}")
        found = self.find_words([(mail.subject, mail.body_html) for mail in mails], words)
        notified = self.env["mail.notification"].sudo().search([("res_partner_id", "=", user.partner_id.id)])
        messages = notified.mail_message_id.filtered(lambda message: message.model in (APPLICATION, SLOT))
        found += messages.filtered(lambda message: message.res_id in application.ids).ids
        return found

    def _by_activity(self, user, application, slots, words):
        """Activities, one's own and those of others, and the counter of them."""
        domain = [("res_model", "in", (APPLICATION, SLOT)), ("res_id", "in", application.ids)]
        activities = self.env["mail.activity"].sudo().search(domain)
        found = self._ask(activities.browse(), user, "search", domain)
        found += self._ask(activities, user, "read", ["summary"])
        found += self._ask(application, user, "activity_search", ["volunteer_engagement.mail_activity_type_change"])
        groups = self.env["res.users"].with_user(user)._get_activity_groups()
        return found + [group for group in groups if group.get("model") in (APPLICATION, SLOT)]

    def _by_counter(self, user, application, slots, words):
        """Counters on missions, programs and associations. Places taken are a number for all alike."""
        mission, association = application.mission_id, application.association_id
        found = [self._ask(mission, user, "read", ["application_count"])[0]["application_count"]]
        found += [self._ask(self.env[APPLICATION], user, "search_count", [])]
        found += [self._ask(slots.browse(), user, "search_count", [("id", "in", slots.ids)])]
        for model in ("hr.employee", "hr.employee.public"):
            card = self.env[model].browse(application.employee_id.id)
            found += self._ask(card, user, "read", ["volunteer_hours"])[0].values()
            found.remove(card.id)
        seats = [
            self._ask(mission, reader, "read", ["seats_taken", "is_full"]) for reader in (user, self.user_newcomer)
        ]
        self.assertEqual(*seats)
        before = self._ask(association, user, "read", ["volunteer_mission_count"])
        self.assertEqual(before, self._ask(association, self.user_newcomer, "read", ["volunteer_mission_count"]))
        return [count for count in found if count]

    def _by_search(self, user, application, slots, words):
        """Searches through what the person reads, each of which would answer a question."""
        employee_id, slot_ids = application.employee_id.id, slots.ids
        secret = [("motivation", "=", MOTIVATION)]
        questions = [
            (APPLICATION, [("display_name", "ilike", application.employee_id.name)]),
            (APPLICATION, [("employee_id", "child_of", employee_id)]),
            (SLOT, [("application_id.motivation", "=", MOTIVATION)]),
            (SLOT, [("application_id", "any", secret)]),
            (SLOT, [("application_id.slot_ids.time_type", "=", "personal")]),
            (SLOT, [("application_id.time_type", "!=", False)]),
            (SLOT, [("mission_id.application_ids", "any", secret)]),
            (SLOT, [("id", "in", slot_ids)]),
            (APPROVAL, [("application_id.motivation", "=", MOTIVATION)]),
            (APPROVAL, [("application_id", "any", secret)]),
            (APPROVAL, [("application_id.personal_hours", ">", 0)]),
            (APPROVAL, [("application_id.slot_ids", "any", [("id", "in", slot_ids)])]),
            (APPROVAL, [("application_id.state", "!=", False)]),
            (APPROVAL, [("slot_ids", "any", [("id", "in", slot_ids)])]),
            ("hr.volunteer.mission", [("application_ids.employee_id", "=", employee_id)]),
            ("hr.volunteer.mission", [("application_ids", "any", secret)]),
            ("hr.volunteer.mission", [("application_ids", "in", application.ids)]),
            ("hr.volunteer.mission", [("application_ids.slot_ids", "in", slot_ids)]),
            ("hr.volunteer.mission", [("shift_ids.slot_ids.employee_id", "=", employee_id)]),
            ("hr.volunteer.program", [("mission_ids.application_ids.employee_id", "=", employee_id)]),
            ("hr.volunteer.registration", [("employee_id", "=", employee_id)]),
        ]
        found = [(model, domain) for model, domain in questions if self._ask(self.env[model], user, "search", domain)]
        mine = [("employee_id", "=", employee_id)]
        for model in (APPLICATION, "hr.volunteer.registration"):
            found += self._ask(self.env[model], user, "name_search", "", mine)
            found += self._ask(self.env[model], user, "web_name_search", "", {"display_name": {}}, mine)
        return found

    def _by_group_by(self, user, application, slots, words):
        """Groups and sums, by employee and through the application."""
        found = []
        hidden = Domain("id", "in", slots.ids)
        mine = Domain("employee_id", "=", application.employee_id.id)
        for model, domain in ((APPLICATION, mine), (SLOT, hidden), ("hr.volunteer.registration", mine)):
            found += self._ask(self.env[model], user, "formatted_read_group", domain, ["employee_id"], ["__count"])
            found += self._ask(self.env[model], user, "web_read_group", domain, ["employee_id"])["groups"]
        sums = self._ask(self.env[SLOT], user, "formatted_read_group", hidden, [], ["hours:sum"])
        found += [group for group in sums if group["hours:sum"]]
        for model in (APPROVAL, SLOT):
            for path in ("application_id.time_type", "application_id.state", "application_id.personal_hours"):
                try:
                    groups = self._ask(self.env[model], user, "formatted_read_group", [], [path], ["__count"])
                except ValueError:
                    continue  # no such grouping
                found += [group for group in groups if group[path]]
        return found

    def _by_export(self, user, application, slots, words):
        """The export of files, of the record and of what points to it."""
        found = []
        for records, names in (
            (application, ["motivation"]),
            (slots, ["date_start"]),
            (application.mission_id, ["application_ids/motivation", "application_ids/slot_ids/date_start"]),
            (application.program_id, ["mission_ids/application_ids/motivation"]),
            *((known, ["application_id/motivation"]) for known in self._get_known(user, application)[2:]),
            *((known, ["application_id/slot_ids/date_start"]) for known in self._get_known(user, application)[2:]),
        ):
            found += self.find_words(self._ask(records, user, "export_data", names), words)
        return found

    def _by_tracking(self, user, application, slots, words):
        """Log lines of steps, and values of fields that changed."""
        registration = self.env["hr.volunteer.registration"].sudo()
        registration = registration.search([("employee_id", "=", application.employee_id.id)])
        lines = self.get_log_lines(application) + self.get_log_lines(registration)
        # people read what they wrote, such as the line of their own decision
        lines = lines.filtered(lambda line: line.author_id != user.partner_id)
        found = self._ask(lines.browse(), user, "search", [("id", "in", lines.ids)])
        found += self._ask(self.env["mail.tracking.value"], user, "search", [])
        return found + self.find_words(self._ask(application.mission_id, user, "read", ["message_ids"]), words)

    def _by_followers(self, user, application, slots, words):
        """Who follows, as a list of its own and by the thread; and following oneself."""
        domain = [("res_model", "=", APPLICATION), ("res_id", "=", application.id)]
        found = self._ask(self.env["mail.followers"], user, "search", domain)
        followers = self.env["mail.followers"].sudo().search([*domain, ("partner_id", "!=", user.partner_id.id)])
        found += self._ask(followers, user, "read", ["partner_id"])
        thread = self._ask(application, user, "message_get_followers")
        found += (thread and thread.get("mail.followers")) or []
        self._ask(application, user, "message_subscribe", user.partner_id.ids)
        if user in self.strangers.values():
            found += self.env["mail.followers"].sudo().search([*domain, ("partner_id", "=", user.partner_id.id)]).ids
        return found

    def _by_employee_card(self, user, application, slots, words):
        """All that the card of the employee shows to colleagues, and the contact and user behind it."""
        found = []
        employee = application.employee_id
        for records in (
            self.env["hr.employee.public"].browse(employee.id),
            employee,
            employee.work_contact_id,
            employee.user_id,
        ):
            names = list(self._ask(records, user, "fields_get"))
            ours = [name for name in names if (records._fields[name].comodel_name or "").startswith("hr.volunteer.")]
            self.assertLessEqual(set(ours), {"volunteer_cause_ids"})
            card = self._ask(records, user, "read", names)
            self.assertTrue(card or records._name != "hr.employee.public")
            found += self.find_words(card, (*words, APPLICATION))
        return found

    def _by_chatter(self, user, application, slots, words):
        """Messages and files, by the record's id and by their own."""
        registration = self.env["hr.volunteer.registration"].sudo()
        registration = registration.search([("employee_id", "=", application.employee_id.id)])
        found = []
        for record in (application, registration):
            domain = [("model", "=", record._name), ("res_id", "=", record.id)]
            others = [*domain, ("author_id", "!=", user.partner_id.id)]
            messages = self.env["mail.message"].sudo().search(others)
            found += self._ask(messages.browse(), user, "search", others)
            found += [line for message in messages for line in self._ask(message, user, "read", ["body"])]
            domain = [("res_model", "=", record._name), ("res_id", "=", record.id)]
            files = self.env["ir.attachment"].sudo().search(domain)
            found += self._ask(files.browse(), user, "search", domain)
            found += self._ask(files, user, "read", ["raw"])
            found += self._ask(record, user, "message_post", body="Hello") and [record._name]
        return found
