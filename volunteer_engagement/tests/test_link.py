import re
from datetime import timedelta
from urllib.parse import urlsplit

from lxml import html

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools.mail import email_normalize, html2plaintext

from ..models.lifecycle_mixin import Actor
from ..models.link_mixin import LINK_DAYS
from .common import VolunteerCommon
from .test_route import RouteCommon
from .test_tour import EMPLOYEE, REFERENT, TourCommon

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"
PERSONAL = {"start": 19, "end": 21, "time_type": "personal"}


class LinkCommon(RouteCommon):
    """Open the pages behind links as whoever got the mail does: without a login."""

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def get_path(self, record, role, step=""):
        path = f"/volunteering/{record._link_page}/{self.get_token(role, record)}"
        return f"{path}/{step}" if step else path

    def read_page(self, path, status=200):
        """Return the words of a page, and the page."""
        response = self.url_open(path)
        self.assertEqual(response.status_code, status)
        return self.parse(response)

    def parse(self, response):
        page = html.fromstring(response.text)
        (main,) = page.xpath("//main")
        return " ".join(main.text_content().split()).replace("\N{NO-BREAK SPACE}", " "), main

    def act(self, path, **form):
        """Send a form and return the words of the page that follows."""
        response = self.send(path, form)
        self.env.invalidate_all()
        if response.status_code == 303:
            response = self.url_open(response.headers["Location"])
        self.assertEqual(response.status_code, 200)
        return self.parse(response)

    def get_buttons(self, page):
        """Return where the buttons of a page lead to, without what stands before."""
        return {link.get("href").rsplit("/", 1)[-1] for link in page.xpath(".//a[contains(@class, 'btn')]")}


@tagged("-at_install", "post_install")
class TestAssociationLink(LinkCommon):
    """What the referent of an association does by the link in the mail."""

    # ---------------------------------------------------------------------
    # What is shown
    # ---------------------------------------------------------------------

    def test_page_shows_what_the_association_may_know(self):
        """Who, mission, dates, place and motivation; the work contact and nothing private."""
        self.employee.write(
            {
                "private_email": "elodie@home.example",
                "private_phone": "+33 6 00 00 00 00",
                "work_phone": "+33 1 11 11 11 11",
            }
        )
        words, page = self.read_page(self.get_path(self.application, "association"))
        for expected in (
            "Elodie Martin: Serve meals",
            "waits for your answer",
            "Marée SA",
            self.employee.work_contact_id.email,
            "+33 1 11 11 11 11",
            "1 rue des Halles",
            "I cook for thirty.",
            "9:00",
        ):
            self.assertIn(expected, words)
        self.assertNotIn("home.example", html.tostring(page, encoding="unicode"))
        self.assertNotIn("00 00 00", words)
        self.assertLessEqual({"contact", "decline"}, self.get_buttons(page))

    def test_where_it_stands_in_words_of_the_association(self):
        """Each state says what happens next, and offers what goes on and nothing else."""
        self.make_mission("Sort clothes")
        cases = {
            "applied": ("waits for your answer", {"contact", "decline", "redirect"}),
            "contact": ("You are in contact", {"decline", "redirect"}),
            "waiting": ("on the waiting list", {"decline"}),
            "to_approve": ("The employer is asked", set()),
            "confirmed": ("comes on these dates", {"cancel"}),
            "done": ("This is done", set()),
            "refused": ("The team is complete.", set()),
            "cancelled": ("I am moving.", set()),
        }
        for number, (state, (expected, buttons)) in enumerate(cases.items()):
            mission = self.make_mission(f"Mission {state}")
            application = self.make_application(state, mission=mission, slots=[self.slot_vals(day=7 * number + 7)])
            application = application.sudo()
            with self.subTest(state=state):
                words, page = self.read_page(self.get_path(application, "association"))
                self.assertIn(expected, words)
                self.assertEqual(self.get_buttons(page), buttons)

    def test_dates_while_the_employer_is_asked(self):
        """No date reads as settled, and none says on whose time it is."""
        slots = [self.slot_vals(day=7), self.slot_vals(day=8, **PERSONAL)]
        application = self.make_application("to_approve", mission=self.make_mission("Sort clothes"), slots=slots)
        path = self.get_path(application.sudo(), "association")
        words, _page = self.read_page(path)
        self.assertEqual(words.count("asked, not settled yet"), 2)
        self.assertNotIn("confirmed", words)
        self.assertNotIn("ersonal", words)
        self.last_approval(application).sudo(False).with_user(self.user_manager)._approve()
        words, _page = self.read_page(path)
        self.assertEqual(words.count(" confirmed"), 2)
        self.assertNotIn("asked", words)

    def test_reason_of_the_manager_is_not_told(self):
        """Why the work time was not given is between manager and employee."""
        application = self.make_application("to_approve", mission=self.make_mission("Sort clothes"))
        approval = self.last_approval(application).sudo(False).with_user(self.user_manager)
        approval._refuse("We lay people off.")
        words, _page = self.read_page(self.get_path(application.sudo(), "association"))
        self.assertIn("The work time was not given", words)
        self.assertNotIn("We lay people off", words)

    def test_words_of_people_are_words(self):
        """What people typed is shown as text, wherever it stands."""
        self.employee.name = f"Elodie {EVIL}"
        self.mission.with_user(self.user_officer).name = f"Serve {EVIL}"
        self.application.motivation = EVIL
        self.application._say(self.referent, EVIL)
        path = self.get_path(self.application, "association")
        for step in ("", "/contact", "/decline"):
            response = self.url_open(path + step)
            self.assertNotIn("<script>alert", response.text)
            self.assertNotIn("<img src=x", response.text)
            self.assertIn("&lt;script&gt;alert(1)", response.text)
        self.act(f"{path}/decline", reason=EVIL)
        response = self.url_open(path)
        self.assertNotIn("<script>alert", response.text)
        self.assertIn(EVIL, self.parse(response)[0].replace("\n", " "))

    def test_page_is_kept_nowhere(self):
        """The address is a key: no copy, no search engine, and other sites do not read it."""
        response = self.url_open(self.get_path(self.application, "association"))
        self.assertIn("no-store", response.headers["Cache-Control"])
        self.assertEqual(response.headers["X-Robots-Tag"], "noindex")
        self.assertEqual(response.headers["Referrer-Policy"], "same-origin")

    def test_language_of_the_referent(self):
        """The page speaks the language of the person, whatever the browser asks for."""
        self.referent.lang = "fr_FR"
        response = self.url_open(self.get_path(self.application, "association"), headers={"Accept-Language": "de"})
        self.assertIn('lang="fr-FR"', response.text)
        self.assertIn("lun.", response.text)

    # ---------------------------------------------------------------------
    # Steps
    # ---------------------------------------------------------------------

    def test_asking_changes_nothing(self):
        """The page behind each button asks; what looks for viruses in mails opens it as well."""
        self.make_mission("Sort clothes")
        before = self.get_rows()
        for step, words in (
            ("contact", "Get in touch with Elodie Martin"),
            ("decline", "Decline the help of Elodie Martin?"),
            ("redirect", "Sort clothes"),
        ):
            text, _page = self.read_page(self.get_path(self.application, "association", step))
            self.assertIn(words, text)
        self.assertEqual(self.get_rows(), before)

    def test_get_in_touch(self):
        """The employee is told by mail, and the message is in the conversation."""
        path = self.get_path(self.application, "association", "contact")
        with self.assertMails((self.user_employee.partner_id, "You are in contact with La Soupe")):
            words, _page = self.act(path, message="Come at <b>eight</b>.")
        self.assertEqual(self.application.state, "contact")
        self.assertIn("You are in contact with Elodie Martin, who was told", words)
        message = self.application._get_conversation()[-1]
        self.assertEqual(message.author_id, self.referent)
        self.assertEqual(html2plaintext(message.body).strip(), "Come at <b>eight</b>.")
        self.assertIn("Come at <b>eight</b>.", words)
        line = self.get_log_lines(self.application)[-1]
        self.assertEqual(line.author_id, self.referent)

    def test_get_in_touch_without_a_message(self):
        """A message is not needed."""
        former = self.application._get_conversation()
        self.act(self.get_path(self.application, "association", "contact"), message="  ")
        self.assertEqual(self.application.state, "contact")
        self.assertEqual(self.application._get_conversation(), former)

    def test_decline(self):
        """The reason is mailed to the employee, and kept."""
        path = self.get_path(self.application, "association", "decline")
        with self.assertMails((self.user_employee.partner_id, "was not accepted", "The team is complete.")):
            words, page = self.act(path, reason=" The team is complete. ")
        self.assertEqual(
            (self.application.state, self.application.refusal_reason), ("refused", "The team is complete.")
        )
        self.assertIn("You declined", words)
        self.assertFalse(self.get_buttons(page))

    def test_decline_without_a_reason(self):
        """It is said what is missing, and nothing is done."""
        before = self.get_rows()
        for reason in ("", "  \n"):
            words, _page = self.act(self.get_path(self.application, "association", "decline"), reason=reason)
            self.assertIn("Say why in a sentence", words)
        self.assertEqual(self.get_rows(), before)

    def test_decline_with_what_no_form_sends(self):
        """Files, signs that no database keeps and endless texts are refused in words, or left out."""
        path = self.get_path(self.application, "association", "decline")
        response = self.send(path, {"x": "y"}, files={"reason": ("reason.txt", b"Full", "text/plain")})
        self.assertIn("Say why in a sentence", self.parse(response)[0])
        words, _page = self.act(path, reason="x" * 5001)
        self.assertIn("shorten it", words)
        self.assertEqual(self.application.state, "applied")
        self.act(path, reason="Fu\0ll")
        self.assertEqual(self.application.refusal_reason, "Full")

    def test_refusal_keeps_what_was_typed(self):
        """Nobody types twice."""
        self.make_mission("Sort clothes")
        path = self.get_path(self.application, "association", "redirect")
        words, page = self.act(path, message="You sort so <b>well</b>")
        self.assertIn("Choose one of these missions.", words)
        self.assertEqual(page.xpath(".//textarea")[0].text, "You sort so <b>well</b>")

    def test_propose_another_mission(self):
        """The application moves to a mission of the association; the employee is told."""
        other = self.make_mission("Sort clothes")
        path = self.get_path(self.application, "association", "redirect")
        with self.assertMails((self.user_employee.partner_id, "La Soupe proposes another mission: Sort clothes")):
            words, _page = self.act(path, mission_id=other.id, message="Better for you.")
        self.assertEqual((self.application.state, self.application.mission_id), ("applied", other))
        self.assertIn("You proposed this mission instead", words)
        self.assertIn("Better for you.", words)

    def test_other_missions_are_those_that_fit(self):
        """Published, of the same association and company, open to the employee and with places."""
        fitting = self.make_mission("Sort clothes")
        stranger = self.env["res.partner"].create(
            {"name": "Autre", "email": "autre@autre.example", "is_volunteer_association": True}
        )
        department = self.env["hr.department"].create({"name": "Elsewhere", "company_id": self.company.id})
        closed_program = self.program.with_user(self.user_officer).copy(
            {"name": "Not for sales", "department_ids": [Command.set(department.ids)]}
        )
        taken = self.make_mission("Taken")
        self.make_application("applied", mission=taken, slots=[self.slot_vals(day=3)])
        unfit = [
            self.make_mission("A draft", state="draft"),
            self.make_mission("Closed", state="closed"),
            self.make_mission("Foreign", association_id=stranger.id, referent_id=stranger.id),
            self.make_mission("Not for Elodie", program_id=closed_program.id),
            taken,
            self.mission,
        ]
        self.assertEqual(self.application._get_other_missions(), fitting.sudo())
        path = self.get_path(self.application, "association", "redirect")
        text, _page = self.read_page(path)
        for mission in unfit:
            with self.subTest(mission=mission.name):
                words, _page = self.act(path, mission_id=mission.id)
                self.assertIn("Choose one of these missions.", words)
                self.assertEqual(self.application.mission_id, self.mission)
                if mission != self.mission:
                    self.assertNotIn(mission.name, text)

    def test_another_mission_may_have_another_referent(self):
        """What was done is said, though the link ends with it."""
        colleague = self.env["res.partner"].create(
            {"name": "Remi Referent", "parent_id": self.association.id, "email": "remi@soupe.example"}
        )
        other = self.make_mission("Sort clothes", referent_id=colleague.id)
        path = self.get_path(self.application, "association")
        words, _page = self.act(f"{path}/redirect", mission_id=other.id)
        self.assertIn("You proposed another mission", words)
        self.assertIn("Remi Referent", words)
        self.assertEqual(self.application.mission_id, other)
        self.read_page(path, 404)

    def test_cancel_confirmed_dates(self):
        """With a reason: employee and manager are told."""
        application = self.make_application("confirmed", mission=self.make_mission("Sort clothes")).sudo()
        path = self.get_path(application, "association", "cancel")
        words, _page = self.act(path, reason="")
        self.assertIn("Say why", words)
        with self.assertMails(
            (self.user_employee.partner_id, "Cancelled", "The kitchen is closed."),
            (self.user_manager.partner_id, "does not need the work time"),
            (self.referent, "cannot come"),
        ):
            words, _page = self.act(path, reason="The kitchen is closed.")
        self.assertEqual(application.state, "cancelled")
        self.assertIn("You cancelled", words)

    def test_attendance(self):
        """Who was there is said for each date, and then it is closed."""
        slots = [self.slot_vals(), self.slot_vals(day=1)]
        application = self.make_application("confirmed", mission=self.make_mission("Sort clothes"), slots=slots).sudo()
        first, second = application.slot_ids.sorted("date_start")
        path = self.get_path(application, "association", "attendance")
        words, _page = self.read_page(path)
        self.assertIn("The dates are still to come", words)
        with freeze_time(first.date_end + timedelta(minutes=1)):
            # the employee is thanked when all is over
            with self.assertMails():
                self.act(path, **{f"slot_{first.id}": "attended", f"slot_{second.id}": "attended"})
            self.assertEqual((application.state, first.state, second.state), ("confirmed", "attended", "confirmed"))
        with self.after(application):
            words, _page = self.read_page(self.get_path(application, "association"))
            self.assertIn("Was Elodie Martin there?", words)
            for answer in ("", "nonsense", "cancelled"):
                words, _page = self.act(path, **{f"slot_{first.id}": "attended", f"slot_{second.id}": answer})
                self.assertIn("Say for each date whether Elodie Martin was there.", words)
            with self.assertMails((self.user_employee.partner_id, "Thank you for helping La Soupe")):
                words, _page = self.act(path, **{f"slot_{first.id}": "absent", f"slot_{second.id}": "attended"})
            self.assertEqual((application.state, first.state, second.state), ("done", "absent", "attended"))
            self.assertIn("Thank you, this is noted.", words)
            words, _page = self.read_page(path)
            self.assertIn("Attendance was said already.", words)

    def test_nobody_came(self):
        """Who missed all dates: it is cancelled, and the employee reads why."""
        application = self.make_application("confirmed", mission=self.make_mission("Sort clothes")).sudo()
        with self.after(application):
            path = self.get_path(application, "association", "attendance")
            words, _page = self.act(path, **{f"slot_{application.slot_ids.id}": "absent"})
        self.assertEqual((application.state, application.done_hours), ("cancelled", 0))
        self.assertIn("was not there", words)

    def test_settled_meanwhile(self):
        """A button whose step was made already, in Odoo or by the link, says so and what goes on."""
        path = self.get_path(self.application, "association")
        self.application.sudo(False).with_user(self.user_officer).action_contact()
        for send in (False, True):
            url = f"{path}/contact"
            words, page = self.act(url, message="Hello") if send else self.read_page(url)
            self.assertIn("You are in contact already.", words)
            self.assertIn("decline", self.get_buttons(page))
        self.application.sudo(False).with_user(self.user_officer)._refuse("Full.")
        for step, expected in (
            ("decline", "This was declined already."),
            ("contact", "This is not possible any more."),
            ("redirect", "This is not possible any more."),
            ("cancel", "This is not possible any more."),
            ("attendance", "This is not possible any more."),
        ):
            before = self.get_rows()
            for send in (False, True):
                with self.subTest(step=step, send=send):
                    url = f"{path}/{step}"
                    words, _page = self.act(url, reason="No") if send else self.read_page(url)
                    self.assertIn(expected, words)
            self.assertEqual(self.get_rows(), before)

    def test_refused_by_the_life_cycle_in_words(self):
        """What the step itself refuses is said on the page that asked, and nothing is done."""
        other = self.make_mission("Sort clothes")
        former = self.application._get_conversation()
        path = self.get_path(self.application, "association", "redirect")
        model = type(self.application)
        self.patch(model, "_check_redirect", lambda *_args: (_ for _ in ()).throw(UserError("Not there.")))
        words, _page = self.act(path, mission_id=other.id, message="Come")
        self.assertIn("Not there.", words)
        self.assertEqual(self.application.mission_id, self.mission)
        self.assertEqual(self.application._get_conversation(), former, "the message is taken back as well")

    def test_unknown_step(self):
        """Steps are those of a list; no other method is ever called."""
        for step in ("nonsense", "transition", "_do_contact", "say"):
            with self.subTest(step=step):
                self.assertEqual(self.url_open(self.get_path(self.application, "association", step)).status_code, 404)

    # ---------------------------------------------------------------------
    # Conversation
    # ---------------------------------------------------------------------

    def test_write_and_read(self):
        """Both sides of the conversation are on the page; internal notes are not."""
        officer = self.application.sudo(False).with_user(self.user_officer)
        officer.message_post(body="Often late", subtype_xmlid="mail.mt_note")
        self.application._say(self.user_employee.partner_id, "Where do I come in?")
        path = self.get_path(self.application, "association")
        words, _page = self.act(f"{path}/say", body="By the back door.")
        self.assertIn("Your message was sent to Elodie Martin.", words)
        self.assertIn("Where do I come in?", words)
        self.assertIn("By the back door.", words)
        self.assertNotIn("Often late", words)
        words, _page = self.act(f"{path}/say", body=" ")
        self.assertIn("Write a message first.", words)

    def test_files_of_the_conversation(self):
        """A file that was sent is fetched by the link; one of a note is not."""
        pdf = b"%PDF-1.4\n%%EOF"
        message = self.application._say(self.user_employee.partner_id, "My certificate", [("certificate.pdf", pdf)])
        note = self.application.message_post(body="x", attachments=[("secret.pdf", pdf)], subtype_xmlid="mail.mt_note")
        path = self.get_path(self.application, "association")
        response = self.url_open(f"{path}/file/{message.attachment_ids.id}")
        self.assertEqual((response.status_code, response.content), (200, pdf))
        self.assertEqual(self.url_open(f"{path}/file/{note.attachment_ids.id}").status_code, 404)

    # ---------------------------------------------------------------------
    # The link
    # ---------------------------------------------------------------------

    def test_link_of_one_mission_opens_no_other(self):
        """A link is for one application: the referent of another mission has no business here."""
        path = self.get_path(self.application, "association")
        other = self.make_mission("Sort clothes", referent_id=self.association.id)
        foreign = self.make_application("applied", mission=other, slots=[self.slot_vals(day=2)]).sudo()
        self.assertNotEqual(self.get_token("association", foreign), self.get_token("association"))
        self.mission.with_user(self.user_officer).referent_id = self.association
        self.read_page(path, 404)
        response = self.send(f"{path}/contact", {})
        self.assertEqual(response.status_code, 404)
        self.assertEqual(self.application.state, "applied")

    def test_revoked_and_old_links_end(self):
        """An officer ends the links that were sent; weeks after the last date they end by themselves."""
        path = self.get_path(self.application, "association")
        self.read_page(path)
        self.application.sudo(False).with_user(self.user_officer).action_revoke_links()
        words, _page = self.read_page(path, 404)
        self.assertIn("This link no longer works", words)
        path = self.get_path(self.application, "association")
        last = max(self.application.slot_ids.mapped("date_end"))
        with freeze_time(last + timedelta(days=LINK_DAYS - 1)):
            self.read_page(path)
        with freeze_time(last + timedelta(days=LINK_DAYS, hours=1)):
            self.read_page(path, 404)

    def test_referent_who_volunteers(self):
        """Nobody answers their own application, whatever contact the association has."""
        self.user_employee.partner_id.parent_id = self.association
        self.mission.with_user(self.user_officer).referent_id = self.user_employee.partner_id
        self.assertFalse(self.application._get_link_url("association"))
        twin = self.env["res.partner"].create({"name": "E. Martin", "parent_id": self.association.id})
        self.mission.with_user(self.user_officer).referent_id = twin
        self.employee.private_email = "elodie@home.example"
        for address in (self.employee.work_email.upper(), "Elodie <elodie@home.example>"):
            with self.subTest(address=address):
                twin.email = address
                self.assertFalse(self.application._get_link_url("association"))
                with self.assertRaisesRegex(UserError, "is your own"):
                    self.application._transition("contact", actor=Actor("association", twin))
        twin.email = "somebody@soupe.example"
        self.assertTrue(self.application._get_link_url("association"))

    def test_erased(self):
        """Once the name is gone its link opens nothing, and no mail has it any more."""
        application = self.make_application("cancelled", mission=self.make_mission("Sort clothes")).sudo()
        path = self.get_path(application, "association")
        self.read_page(path)
        application._erase()
        self.read_page(path, 404)
        self.assertFalse(application._get_link_url("association"))
        self.assertFalse(
            self.env["mail.mail"].search_count([("model", "=", application._name), ("res_id", "=", application.id)])
        )


@tagged("-at_install", "post_install")
class TestManagerLink(LinkCommon):
    """What a manager answers by the link in the mail, with a user or without."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.field_approval = cls.approval
        cls.field_asked = cls.field_approval.application_id
        cls.asked = cls.make_application(
            "to_approve", mission=cls.make_mission("Sort clothes"), slots=[cls.slot_vals(day=1), cls.slot_vals(day=4)]
        ).sudo()
        cls.approval = cls.last_approval(cls.asked)
        cls.partner_silent = cls.employee_silent.work_contact_id

    def test_page_shows_what_the_approval_holds(self):
        """Work dates, hours, mission and place; nothing of the application and of personal time."""
        application = self.make_application(
            "to_approve",
            mission=self.make_mission("Read aloud"),
            slots=[self.slot_vals(day=2), self.slot_vals(day=3, **PERSONAL)],
        ).sudo()
        path = self.get_path(self.last_approval(application), "manager")
        for url in (path, f"{path}/approve", f"{path}/change", f"{path}/refuse"):
            words, page = self.read_page(url)
            for expected in ("Elodie Martin", "3 h", "Read aloud", "La Soupe", "1 rue des Halles"):
                self.assertIn(expected, words)
            source = html.tostring(page, encoding="unicode")
            for hidden in ("I cook for thirty", "7:00", "19:00", "5 h", "personal", self.referent.name):
                self.assertNotIn(hidden, source)

    def test_team_is_for_whoever_is_asked(self):
        """How many are away, as in Odoo, until there is an answer."""
        path = self.get_path(self.approval, "manager")
        self.assertIn("Your team", self.read_page(path)[0])
        self.approval._approve(Actor("manager", self.user_manager.partner_id))
        self.assertNotIn("Your team", self.read_page(path)[0])

    def test_approve(self):
        """Employee and association are told; the page says how it was answered, and by whom."""
        path = self.get_path(self.approval, "manager")
        before = self.get_rows()
        self.read_page(f"{path}/approve")
        self.assertEqual(self.get_rows(), before)
        with self.assertMails(
            (self.user_employee.partner_id, "Confirmed: Sort clothes"), (self.referent, "Confirmed: Elodie Martin")
        ):
            words, _page = self.act(f"{path}/approve")
        self.assertEqual((self.asked.state, self.approval.state), ("confirmed", "approved"))
        self.assertEqual(self.approval.decided_by_id, self.user_manager.partner_id)
        self.assertFalse(self.approval.on_behalf_of_id)
        self.assertFalse(self.get_activities(self.approval))
        self.assertIn("Answered by Mona Manager", words)

    def test_manager_without_user_answers_alone(self):
        """Their own contact decides, on nobody's behalf, by each of the three answers."""
        for answer, state, field_state in (
            ("approve", "approved", "confirmed"),
            ("change", "changes", "contact"),
            ("refuse", "refused", "refused"),
        ):
            with self.subTest(answer=answer), self.undone():
                path = self.get_path(self.field_approval, "manager", answer)
                words, _page = self.act(path, reason="Because.")
                self.assertEqual((self.field_approval.state, self.field_asked.state), (state, field_state))
                self.assertEqual(self.field_approval.decided_by_id, self.partner_silent)
                self.assertFalse(self.field_approval.on_behalf_of_id)
                self.assertIn(f"Answered by {self.partner_silent.name}", words)
                line = self.get_log_lines(self.field_approval)[-1]
                self.assertEqual(line.author_id, self.partner_silent)
                self.assertNotIn("(for", line.body)

    def test_officer_who_answers_does_so_for_the_manager(self):
        """An officer is still named as somebody else."""
        self.field_approval.sudo(False).with_user(self.user_officer).action_approve()
        self.assertEqual(self.field_approval.on_behalf_of_id, self.employee_silent)
        words, _page = self.read_page(self.get_path(self.field_approval, "manager"))
        self.assertIn("Oscar Officer", words)
        self.assertIn("for Simon Sans-Compte", words)

    def test_change_and_refuse_need_a_reason(self):
        """It is mailed to the employee."""
        path = self.get_path(self.approval, "manager")
        for answer in ("change", "refuse"):
            before = self.get_rows()
            words, _page = self.act(f"{path}/{answer}", reason=" ")
            self.assertIn("Say why in a sentence", words)
            self.assertEqual(self.get_rows(), before)
        with (
            self.undone(),
            self.assertMails(
                (self.user_employee.partner_id, "Please change your dates", "Not on Tuesday."),
                (self.referent, "may change"),
            ),
        ):
            self.act(f"{path}/change", reason="Not on Tuesday.")
        with self.assertMails(
            (self.user_employee.partner_id, "was not accepted", "Inventory."), (self.referent, "cannot come")
        ):
            self.act(f"{path}/refuse", reason="Inventory.")

    def test_answered_question(self):
        """An answer is given once: in Odoo meanwhile, by silence, or taken back."""
        approval = self.approval.sudo(False).with_user(self.user_manager)
        path = self.get_path(self.approval, "manager")
        settle = {
            "Approved": approval.action_approve,
            "Inventory.": lambda: approval._refuse("Inventory."),
            "Not then.": lambda: approval._request_changes("Not then."),
            "No answer is needed any more": self.asked.sudo(False).with_user(self.user_employee).action_take_back,
            "Counted as approved": lambda: self.asked._transition("confirmed", actor=self.asked._get_system_actor()),
        }
        for expected, step in settle.items():
            with self.subTest(settled=expected), self.undone():
                step()
                state = self.approval.state
                for answer in ("approve", "change", "refuse"):
                    for send in (False, True):
                        url = f"{path}/{answer}"
                        words, page = self.act(url, reason="No") if send else self.read_page(url)
                        self.assertIn("This question is settled", words)
                        self.assertIn(expected, words)
                        self.assertFalse(self.get_buttons(page))
                self.assertEqual(self.approval.state, state)

    def test_answer_after_silence_is_refused_by_the_model(self):
        """Once silence counted, the model refuses as well, in words."""
        self.asked._transition("confirmed", actor=self.asked._get_system_actor())
        actor = Actor("manager", self.user_manager.partner_id)
        with self.assertRaisesRegex(UserError, "Approved by Silence"):
            self.approval._refuse("Too late", actor)
        with self.assertRaisesRegex(UserError, "Approved by Silence"):
            self.approval._approve(actor)

    def test_only_managers_answer(self):
        """Another role answers nothing, whatever partner it names."""
        for role in ("association", "employee", "user"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.approval._approve(Actor(role, self.user_manager.partner_id))

    def test_question_that_moved(self):
        """Once somebody else is asked, the former link ends."""
        path = self.get_path(self.approval, "manager")
        self.employee.parent_id = self.employee_officer
        self.read_page(path, 404)
        self.assertEqual(self.send(f"{path}/approve", {}).status_code, 404)
        self.assertEqual(self.approval.state, "pending")

    def test_substitute_answers_for_the_manager(self):
        """The substitute has a link of their own, and is named with the manager."""
        self.env["hr.volunteer.substitute"].with_user(self.user_manager).create(
            {
                "employee_id": self.employee_officer.id,
                "date_from": fields.Date.today(),
                "date_to": fields.Date.today() + timedelta(days=5),
            }
        )
        self.assertEqual(self.approval.approver_id, self.user_officer)
        words, _page = self.read_page(self.get_path(self.approval, "manager"))
        self.assertIn("as the substitute of Mona Manager", words)
        words, _page = self.act(self.get_path(self.approval, "manager", "approve"))
        self.assertEqual(self.approval.on_behalf_of_id, self.employee_manager)
        self.assertIn("for Mona Manager", words)

    def test_open_in_odoo(self):
        """Whoever is asked and logged in may go on there; nobody else is shown a way."""
        path = self.get_path(self.approval, "manager")
        for user, is_shown in ((None, False), (self.user_employee, False), (self.user_manager, True)):
            with self.subTest(user=user and user.name):
                self.authenticate(user and user.login, user and user.login)
                self.assertEqual("Open in Odoo" in self.read_page(path)[0], is_shown)

    def test_employee_does_not_answer_for_the_manager(self):
        """Nobody answers about themselves, whatever contact the manager has."""
        self.employee_silent.work_contact_id = self.user_field.partner_id
        self.assertFalse(self.field_approval._get_link_url("manager"))

    def test_talk(self):
        """Manager and employee write to one another; notes and the application's conversation stay out."""
        self.asked._say(self.referent, "Bring gloves.")
        self.approval.sudo(False).with_user(self.user_officer).message_post(
            body="Careful", subtype_xmlid="mail.mt_note"
        )
        path = self.get_path(self.approval, "manager")
        words, _page = self.act(f"{path}/say", body="Who takes your shift?")
        self.assertIn("Who takes your shift?", words)
        self.assertNotIn("gloves", words)
        self.assertNotIn("Careful", words)
        self.assertEqual(self.approval._get_conversation().author_id, self.user_manager.partner_id)

    def test_words_of_people_are_words(self):
        """What people typed is shown as text."""
        path = self.get_path(self.approval, "manager")
        self.employee.name = f"Elodie {EVIL}"
        self.act(f"{path}/refuse", reason=EVIL)
        for response in (self.url_open(path), self.url_open(f"{path}/approve")):
            self.assertNotIn("<script>alert", response.text)
            self.assertNotIn("<img src=x", response.text)

    def test_unknown_answer(self):
        """Answers are those of a list."""
        for answer in ("nonsense", "decide", "say"):
            self.assertEqual(self.url_open(self.get_path(self.approval, "manager", answer)).status_code, 404)


@tagged("-at_install", "post_install")
class TestLinkMail(VolunteerCommon):
    """The buttons of the mails, and where their links are kept: nowhere."""

    def _get_mails(self, record):
        return self.env["mail.mail"].sudo().search([("model", "=", record._name), ("res_id", "=", record.id)])

    def _get_links(self, mail):
        return [link.get("href") for link in html.fromstring(mail.body_html).iter("a")]

    def test_buttons_of_a_new_application(self):
        """Get in touch, decline, propose another mission: by the link of the referent."""
        with self.assertMails((self.referent, "Get in touch", "Decline", "Propose another mission")) as capture:
            application = self.make_application("applied").sudo()
        url = application._get_link_url("association")
        links = self._get_links(capture.records)
        # the link says when it ends, by the second
        start = url[: url.rindex("/") + 1]
        steps = [link.rsplit("/", 1)[1] for link in links if link.startswith(start)]
        self.assertEqual(steps, ["contact", "decline", "redirect"])
        token = links[0].split("/")[-2]
        self.assertEqual(application._find_by_link(token).record, application)

    def test_buttons_of_a_question(self):
        """Managers get the three answers, with a user or without; Odoo is for those who have one."""
        buttons = ("Approve", "Ask for a change", "Refuse")
        application = self.make_application("contact")
        with self.assertMails((self.user_manager.partner_id, *buttons, "Open in Odoo")):
            application.action_confirm()
        application = self.make_application("contact", user=self.user_field)
        with self.assertMails((self.employee_silent.work_contact_id, *buttons)) as capture:
            application.action_confirm()
        self.assertNotIn("Open in Odoo", capture.records.body_html)
        self.assertNotIn("An officer enters your answer", capture.records.body_html)
        steps = [link.rsplit("/", 1)[1] for link in self._get_links(capture.records) if "/approval/" in link]
        self.assertEqual(steps, ["approve", "change", "refuse"])

    def test_chatter_keeps_no_link(self):
        """For every template: what the record shows of the mail has no token, and a mail with one goes once sent."""
        self.company.volunteer_manager_approval = "required"
        application = self.make_application("to_approve").sudo()
        invitations = self.env["hr.volunteer.invitation"].with_user(self.user_officer)
        invitation = invitations.create({"employee_id": self.employee_silent.id}).sudo()
        records = {record._name: record for record in (application, self.last_approval(application), invitation)}
        data = self.env["ir.model.data"].search(
            [("module", "=", "volunteer_engagement"), ("model", "=", "mail.template")]
        )
        linked = set()
        for xmlid, template in zip(data.mapped("name"), self.env["mail.template"].browse(data.mapped("res_id"))):
            if "_get_link_url" in template.body_html:
                with self.subTest(template=xmlid):
                    self.assertTrue(template.auto_delete)
                    self.assertIn(template.model, records)
            if template.model not in records:
                continue
            record = records[template.model]
            with self.subTest(template=xmlid):
                (values,) = record._prepare_mails(xmlid, {record.id: self.referent})
                self.assertNotRegex(values["body"], r"/volunteering/\w+/\w")
                if re.search(r"/volunteering/(application|approval|invitation)/\w", values["body_html"]):
                    linked.add(xmlid.removeprefix("mail_template_"))
                    self.assertTrue(values["auto_delete"] and values["is_notification"])
        self.assertLessEqual(
            {
                "application_applied",
                "application_spoken",
                "application_postponed",
                "application_confirmed_association",
                "application_refused_association",
                "application_cancelled_association",
                "approval_asked",
                "invitation",
            },
            linked,
        )
        bodies = self.env["mail.message"].search([("model", "in", list(records))]).mapped("body")
        self.assertFalse([body for body in bodies if re.search(r"/volunteering/\w+/\w", body)])

    def test_preview_has_no_link(self):
        """Who looks at a template gets no link of somebody else."""
        application = self.make_application("applied").with_user(self.user_officer)
        self.assertEqual(application._get_link_url("association"), "")
        template = self.env.ref("volunteer_engagement.mail_template_application_applied")
        rendered = template.with_user(self.user_administrator)._render_field("body_html", application.ids)
        self.assertNotIn("/volunteering/application", rendered[application.id])

    def test_mail_goes_once_it_is_sent(self):
        """The mail with the link is removed, its words stay in the chatter."""
        application = self.make_application("applied").sudo()
        mail = self._get_mails(application)
        message = mail.mail_message_id
        mail._postprocess_sent_message([], [])
        self.assertFalse(mail.exists())
        self.assertIn("would like to help", message.body)

    def test_mail_of_a_question_whose_silence_counts(self):
        """It is kept until there is an answer: the rule of silence asks whether it was sent."""
        self.company.write({"volunteer_manager_approval": "tacit", "volunteer_tacit_days": 1})
        for state in ("sent", "outgoing"):
            with self.subTest(state=state), self.undone():
                slots = [self.slot_vals(day=14)]
                approval = self.last_approval(self.make_application("to_approve", slots=slots))
                mail = approval.asked_mail_id
                message = mail.mail_message_id
                mail.state = state
                if state == "sent":
                    mail._postprocess_sent_message([], [])
                self.assertTrue(mail.exists())
                approval.sudo(False).with_user(self.user_manager).action_approve()
                if state == "sent":
                    self.assertFalse(mail.exists())
                else:
                    self.assertTrue(mail.auto_delete)
                self.assertIn("Serve meals", message.exists().body)

    def test_mail_of_a_question_that_moved(self):
        """Whoever was asked before has no link any more, and their mail is not kept."""
        self.company.write({"volunteer_manager_approval": "tacit", "volunteer_tacit_days": 1})
        approval = self.last_approval(self.make_application("to_approve", slots=[self.slot_vals(day=14)]))
        former = approval.asked_mail_id
        former.state = "sent"
        self.employee.parent_id = self.employee_officer
        self.assertTrue(approval.asked_mail_id)
        self.assertNotEqual(approval.asked_mail_id, former)
        self.assertFalse(former.exists())

    def test_link_costs_no_query(self):
        """Links of many records are made of what is read with them."""
        applications = self.make_application("applied") + self.make_application("applied", user=self.user_colleague)
        applications = applications.sudo()
        for application in applications:
            application._get_link_url("association")
        applications.invalidate_recordset(["link_version"])
        with self.assertQueryCount(1):
            for application in applications:
                application._get_link_url("association")


class TourLinkCommon(TourCommon):
    """Open links in Chromium, without a login."""

    def setUp(self):
        super().setUp()
        self._join()

    def _start(self, record, role, tour, step=""):
        path = urlsplit(record.sudo()._get_link_url(role)).path
        self.start_tour(f"{path}/{step}" if step else path, tour)
        self.env.invalidate_all()

    def _apply(self):
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        slot = {"date_start": tomorrow, "date_end": tomorrow + timedelta(hours=2), "time_type": "personal"}
        application = (
            self.env["hr.volunteer.application"]
            .with_user(self.user)
            .create({"mission_id": self.mission.id, "slot_ids": [Command.create(slot)]})
        )
        application.action_apply()
        self.told = self.env["mail.mail"].search([])
        return application.sudo()


@tagged("-at_install", "post_install", "is_tour")
class TestTourLink(TourLinkCommon):
    """The referent and the manager answer by the links in their mails."""

    def test_referent_gets_in_touch(self):
        """The referent gets in touch with a message, and writes another one."""
        application = self._apply()
        self._start(application, "association", "volunteer_link_contact")
        self.assertEqual(application.state, "contact")
        said = [html2plaintext(message.body).strip() for message in application._get_conversation()]
        self.assertEqual(said, ["Come to the back door.", "And bring gloves."])
        mails = self.env["mail.mail"].search([]) - self.told
        self.assertIn(EMPLOYEE, [email_normalize(mail.email_to) for mail in mails])

    def test_referent_declines(self):
        """The referent declines with a reason, from the button of the mail."""
        application = self._apply()
        self._start(application, "association", "volunteer_link_decline", "decline")
        self.assertEqual((application.state, application.refusal_reason), ("refused", "The team is complete."))
        self._assert_told(EMPLOYEE)

    def test_referent_proposes_another_mission(self):
        """The referent chooses another mission of the association."""
        other = self.mission.with_user(self.officer).copy({"name": "Paint the hall"})
        other.action_publish()
        application = self._apply()
        self._start(application, "association", "volunteer_link_propose")
        self.assertEqual((application.state, application.mission_id), ("applied", other))
        self._assert_told(EMPLOYEE)

    def test_manager_approves(self):
        """The manager approves on the page behind the button of the mail, without logging in."""
        application = self._make_request(self.mission, 0)
        self.told = self.env["mail.mail"].search([])
        self._start(application.approval_ids, "manager", "volunteer_link_approve", "approve")
        self.assertEqual(application.state, "confirmed")
        self.assertEqual(application.approval_ids.decided_by_id, self.manager.partner_id)
        self._assert_told(EMPLOYEE, REFERENT)


@tagged("-at_install", "post_install", "is_tour")
class TestTourLinkPhone(TourLinkCommon):
    """The referent and the manager answer on a phone."""

    browser_size = "390x844"
    touch_enabled = True

    def test_referent_gets_in_touch(self):
        """The referent gets in touch and writes another message, on a phone."""
        application = self._apply()
        self._start(application, "association", "volunteer_link_contact")
        self.assertEqual(application.state, "contact")
        said = [html2plaintext(message.body).strip() for message in application._get_conversation()]
        self.assertEqual(said, ["Come to the back door.", "And bring gloves."])

    def test_manager_refuses(self):
        """The manager says why, on a phone."""
        application = self._make_request(self.mission, 0)
        self._start(application.approval_ids, "manager", "volunteer_link_refuse")
        self.assertEqual(application.state, "refused")
        self.assertEqual(application.approval_ids.reason, "We close the accounts that week.")
