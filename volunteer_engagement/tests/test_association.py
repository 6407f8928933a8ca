from datetime import datetime, time, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.http import Request
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged

from ..models import hr_volunteer_association_member
from .common import VolunteerCommon
from .test_route import RouteCommon
from .test_tour import TourCommon

HOME = "/my/volunteering/association"


class AssociationCommon(VolunteerCommon):
    """An administrator and a referent of the association, in the portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_rosa = cls._make_portal_user("rosa", cls.referent)
        cls.helper = cls.env["res.partner"].create(
            {"name": "Hugo Helper", "parent_id": cls.association.id, "email": "hugo@soupe.example"}
        )
        cls.user_hugo = cls._make_portal_user("hugo", cls.helper)
        cls.member = cls.make_member(cls.referent, role="administrator")
        cls.member_hugo = cls.make_member(cls.helper)
        cls.other_association = cls.association.copy({"name": "Le Jardin", "email": "contact@jardin.example"})
        cls.stranger = cls.env["res.partner"].create(
            {"name": "Sam Stranger", "parent_id": cls.other_association.id, "email": "sam@jardin.example"}
        )
        cls.user_stranger = cls._make_portal_user("stranger", cls.stranger)

    @classmethod
    def _make_portal_user(cls, login, partner):
        return new_test_user(
            cls.env,
            login=f"volunteer_{login}",
            name=partner.name,
            email=partner.email,
            groups="base.group_portal",
            partner_id=partner.id,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            lang="en_US",
            tz="Europe/Paris",
        )

    @classmethod
    def make_member(cls, partner, role="referent", company=None, user=None, **values):
        """Let a contact act for its association, as the officer does."""
        members = cls.env["hr.volunteer.association.member"].with_user(user or cls.user_officer)
        return members.create(
            {
                "partner_id": partner.id,
                "association_id": partner.commercial_partner_id.id,
                "company_id": (company or cls.company).id,
                "role": role,
                **values,
            }
        )

    def get_members(self, user):
        """Return what a user is to associations, as the pages ask it."""
        return self.env["hr.volunteer.association.member"].with_user(user)._get_own_members()

    def get_missions(self, user):
        """Return the missions that a user sees for an association."""
        members = self.get_members(user)
        return members.env["hr.volunteer.mission"].search(members._get_mission_domain())

    def get_applications(self, user):
        """Return the applications that a user sees for an association."""
        members = self.get_members(user)
        return members.env["hr.volunteer.application"].search(members._get_application_domain())

    def proposal(self, **values):
        """Return the values of a mission that an association proposes."""
        return {
            "name": "Peel potatoes",
            "description": "Bring an apron.\n\nWe have the knives.",
            "referent_id": self.referent.id,
            "cause_ids": [],
            "duration_type": "one_off",
            "location_type": "on_site",
            "address_id": self.association.id,
            "date_start": fields.Datetime.now() + timedelta(days=20),
            "date_end": fields.Datetime.now() + timedelta(days=20, hours=3),
            "capacity": 3,
            **values,
        }


@tagged("-at_install", "post_install")
class TestAssociationMember(AssociationCommon):
    """Who acts for an association, and what they see."""

    def test_person_belongs_to_the_association(self):
        for partner in (self.stranger, self.association, self.user_colleague.partner_id):
            with self.subTest(partner=partner.name), self.assertRaisesRegex(ValidationError, "is not a person of"):
                self.make_member(partner, association_id=self.association.id)
        self.other_association.is_volunteer_association = False
        with self.assertRaisesRegex(ValidationError, "Mark Le Jardin as an association"):
            self.make_member(self.stranger)

    def test_once_an_association_and_company(self):
        with self.assertRaisesRegex(UserError, "acts for the association already"):
            self.call(self.member, self.user_officer, "copy")
        self.member_hugo.active = False
        self.make_member(self.helper)

    def call(self, record, user, method):
        """Call a method as a request does, where indexes speak in words."""
        try:
            with self.env.cr.savepoint():
                result = getattr(record.with_user(user), method)()
                self.env.flush_all()
                return result
        except Exception as error:
            if hasattr(error, "diag"):
                raise UserError(record._sql_error_to_message(error)) from None
            raise

    def test_administrator_sees_what_the_association_heard_of(self):
        draft, own_draft = self.make_mission("Draft", state="draft"), self.make_mission("Own", state="draft")
        own_draft.sudo().proposed_by_id = self.referent
        full = self.make_mission("Full", skip_contact=True)
        seen = self.make_application("applied")
        self.make_application("draft", user=self.user_colleague)
        waiting = self.make_application("draft", mission=full, user=self.user_colleague)
        with self.without_room(full):
            waiting.action_wait()
        self.assertEqual(waiting.state, "waiting")
        self.assertEqual(self.get_missions(self.user_rosa), self.mission.sudo() | own_draft | full)
        self.assertNotIn(draft, self.get_missions(self.user_rosa))
        self.assertEqual(self.get_applications(self.user_rosa), seen)

    def test_referent_sees_the_missions_that_name_them(self):
        mission = self.make_mission("Wash up", referent_id=self.helper.id)
        self.make_mission("Draft", state="draft", referent_id=self.helper.id)
        self.make_application("applied")
        application = self.make_application("applied", mission=mission, user=self.user_colleague)
        self.assertEqual(self.get_missions(self.user_hugo), mission)
        self.assertEqual(self.get_applications(self.user_hugo), application)
        mission.referent_id = self.referent
        self.assertFalse(self.get_missions(self.user_hugo))
        self.assertFalse(self.get_applications(self.user_hugo))

    def test_referent_keeps_a_cancelled_mission(self):
        """What was done there is still said: dates that had begun stay confirmed."""
        mission = self.make_mission("Wash up", referent_id=self.helper.id)
        application = self.make_application("confirmed", mission=mission, user=self.user_colleague).sudo()
        with freeze_time(application.slot_ids.date_start + timedelta(minutes=5)):
            mission.with_user(self.user_officer).action_cancel()
            members = self.get_members(self.user_hugo)
            self.assertEqual(mission.state, "cancelled")
            self.assertEqual(members._get_unsaid(), application)
            record, actor = members._open_application(application.id)
        with self.after(application):
            record._say_attendance(record.slot_ids, record.slot_ids.browse(), actor)
        self.assertEqual(application.slot_ids.state, "attended")
        self.assertEqual(self.get_missions(self.user_hugo), mission)

    def test_nothing_of_others(self):
        """Of other associations and companies nothing is seen, nor by those who left, were moved, or never came."""
        application = self.make_application("applied")
        self.make_member(self.stranger, role="administrator")
        self.make_member(self.referent, role="administrator", company=self.other_company, user=self.user_other_officer)
        cases = {
            "another association": self.user_stranger,
            "no member": self.user_portal,
            "employee": self.user_colleague,
        }
        for case, user in cases.items():
            with self.subTest(case):
                self.assertFalse(self.get_missions(user))
                self.assertFalse(self.get_applications(user))
        self.member.active = False
        with self.subTest("only of the other company"):
            self.assertEqual(self.get_members(self.user_rosa).company_id, self.other_company)
            self.assertFalse(self.get_missions(self.user_rosa))
            self.assertFalse(self.get_members(self.user_rosa)._find_application(application.id))
        self.member.active = True
        self.assertEqual(self.get_applications(self.user_rosa), application)
        with self.subTest("moved"):
            self.referent.parent_id = self.other_association
            self.assertFalse(self.get_members(self.user_rosa))

    def test_portal_user_has_no_rights_on_models(self):
        for name in ("association.member", "mission", "application", "slot", "shift", "program"):
            for operation in ("read", "write", "create", "unlink"):
                model = self.env[f"hr.volunteer.{name}"].with_user(self.user_rosa)
                self.assertFalse(model.has_access(operation), f"{operation} {name}")

    def test_steps_in_the_name_of_the_member(self):
        record, actor = self.get_members(self.user_rosa)._open_application(self.make_application("applied").id)
        record._transition("contact", actor=actor)
        self.assertEqual(record.state, "contact")
        line = record.message_ids.filtered(lambda message: "In Contact" in (message.body or ""))
        self.assertEqual(line.author_id, self.referent)
        with self.assertRaisesRegex(AccessError, "yourself"):
            record._transition("confirmed", actor=actor)

    def test_what_is_not_seen_is_not_opened(self):
        application = self.make_application("applied")
        for user in (self.user_hugo, self.user_stranger, self.user_portal):
            members = self.get_members(user)
            with self.subTest(user=user.name):
                self.assertIsNone(members._open_application(application.id))
                with self.assertRaisesRegex(AccessError, "not yours"):
                    members._edit_mission(self.mission.sudo(), {"capacity": 2})

    def test_nobody_answers_their_own_application(self):
        """An employee who acts for an association does so for colleagues, and not about themselves."""
        partner = self.user_employee.partner_id
        partner.sudo().parent_id = self.association
        self.make_member(partner, role="administrator")
        members = self.get_members(self.user_employee)
        own, actor = members._open_application(self.make_application("applied").id)
        other = self.make_application("applied", user=self.user_colleague).sudo()
        other_mission = self.make_mission("Other").sudo()
        for step in (
            lambda: own._transition("contact", actor=actor),
            lambda: own._transition("refused", actor=actor, reason="No."),
            lambda: own._redirect(other_mission, actor=actor),
            lambda: (other | own)._transition("contact", actor=actor),
        ):
            with self.assertRaisesRegex(UserError, "your own"):
                step()
        self.assertFalse(own._next_states(actor))
        other._transition("contact", actor=actor)
        self.assertEqual((own.state, other.state), ("applied", "contact"))
        own = self.make_application("confirmed", mission=self.make_mission("Attended")).sudo()
        with self.after(own), self.assertRaisesRegex(UserError, "your own"):
            own._say_attendance(own.slot_ids, own.slot_ids.browse(), actor)

    def test_unsaid_attendance_waits(self):
        application = self.make_application("confirmed", slots=[self.slot_vals(), self.slot_vals(day=1)]).sudo()
        foreign = self.make_application("confirmed", user=self.user_colleague).sudo()
        members = self.get_members(self.user_rosa)
        first, second = application.slot_ids
        self.assertFalse(members._get_unsaid())
        with freeze_time(first.date_end):
            self.assertEqual(members._get_unsaid(), application | foreign)
            self.assertEqual(members._count_waiting(), 2)
            application._say_attendance(first, first.browse(), members._get_actor())
            self.assertEqual(members._get_unsaid(), foreign)
        with self.after(application):
            application._say_attendance(second, first, members._get_actor())
        self.assertEqual((first.state, second.state, application.state), ("absent", "attended", "done"))

    def test_officers_only(self):
        values = {"partner_id": self.helper.id, "association_id": self.association.id, "company_id": self.company.id}
        for name in ("employee", "manager", "portal", "other officer"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.env["hr.volunteer.association.member"].with_user(self.actors[name]).create(values)
            with self.subTest(name), self.assertRaises(AccessError):
                self.member_hugo.with_user(self.actors[name]).action_invite()


@tagged("-at_install", "post_install")
class TestAssociationInvitation(AssociationCommon):
    """People of associations are invited by officers, and by their own administrators."""

    def test_officer_invites(self):
        contact = self.env["res.partner"].create(
            {"name": "Nadia New", "parent_id": self.association.id, "email": "nadia@soupe.example"}
        )
        member = self.make_member(contact)
        self.assertEqual(member.invitation_state, "none")
        mails = self.env["mail.mail"].sudo().search([])
        member.action_invite()
        user = contact.user_ids
        self.assertTrue(user.share and user.has_group("base.group_portal"))
        self.assertEqual(member.invitation_state, "invited")
        [mail] = self.env["mail.mail"].sudo().search([]) - mails
        self.assertIn("nadia@soupe.example", mail.email_to or mail.recipient_ids.email)
        # again, to whoever is silent
        member.action_invite()
        self.env["res.users.log"].with_user(user).sudo().create({})
        self.env.invalidate_all()
        self.assertEqual(member.invitation_state, "joined")
        with self.assertRaisesRegex(UserError, "has logged in already"):
            member.action_invite()

    def test_contact_that_cannot_be_invited(self):
        contact = self.env["res.partner"].create({"name": "Nadia New", "parent_id": self.association.id})
        member = self.make_member(contact)
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            member.action_invite()
        contact.email = self.user_stranger.login + "@soupe.example"
        self.user_stranger.login = contact.email
        with self.assertRaisesRegex(UserError, "login of somebody else"):
            member.action_invite()
        self.assertFalse(contact.user_ids)

    def test_administrator_adds_people(self):
        own = self.get_members(self.user_rosa)
        member = own._add_person(" Nadia New ", "Nadia@Soupe.example", "referent")
        self.assertEqual(member.partner_id.parent_id, self.association)
        self.assertEqual((member.partner_id.name, member.partner_id.email), ("Nadia New", "nadia@soupe.example"))
        self.assertEqual((member.company_id, member.role), (self.company, "referent"))
        self.assertTrue(member.partner_id.user_ids.share)
        with self.assertRaisesRegex(UserError, "among your people already"):
            own._add_person("Nadia", "nadia@soupe.example", "administrator")
        # who was silent is invited again; whoever has logged in gets no mail
        member.active = False
        mails = self.env["mail.mail"].sudo().search_count([])
        self.assertEqual(own._add_person("Nadia", "nadia@soupe.example", "referent"), member)
        self.assertEqual(self.env["mail.mail"].sudo().search_count([]), mails + 1)
        self.env["res.users.log"].with_user(member.partner_id.user_ids).sudo().create({})
        self.env.invalidate_all()
        member.active = False
        self.assertEqual(own._add_person("Nadia", "nadia@soupe.example", "referent").invitation_state, "joined")
        self.assertEqual(self.env["mail.mail"].sudo().search_count([]), mails + 1)
        # the contact that is there is taken, and who left comes back
        member._remove(own)
        self.assertFalse(member.active)
        self.assertEqual(own._add_person("Nadia", "nadia@soupe.example", "administrator"), member)
        self.assertEqual((member.active, member.role, member.partner_id.name), (True, "administrator", "Nadia New"))

    def test_foreign_address_is_refused_in_neutral_words(self):
        own = self.get_members(self.user_rosa)
        words = {}
        for address in (
            self.employee.work_email,
            self.employee_silent.work_email,
            self.user_officer.email,
            self.user_officer.login + "@x.example",
            self.stranger.email,
        ):
            if address.startswith(self.user_officer.login):
                self.user_officer.login = address
            count = self.env["res.partner"].search_count([])
            with self.subTest(address=address), self.assertRaises(UserError) as refused:
                own._add_person("Somebody", address, "referent")
            words.setdefault(str(refused.exception), []).append(address)
            self.assertEqual(self.env["res.partner"].search_count([]), count)
        self.assertEqual(len(words), 1, words)
        # an address is no pattern that tells who there is
        self.assertTrue(own._add_person("Somebody", "e%@maree.example", "referent"))
        for name, address, role in (
            ("", "a@soupe.example", "referent"),
            ("A", "nonsense", "referent"),
            ("A\0", "a@soupe.example", "referent"),
            ("A", "a@soupe.example", "officer"),
            ("A", None, None),
        ):
            with self.subTest(name=name, address=address, role=role), self.assertRaises(UserError):
                own._add_person(name, address, role)

    def test_whoever_leaves_looks_after_no_mission(self):
        """With the access end the links in the mails: the missions go to an administrator, else to the association."""
        application = self.make_application("applied").sudo()
        for user, heir in ((self.user_rosa, self.referent), (self.user_officer, self.association)):
            with self.subTest(by=user.name), self.undone():
                self.mission.sudo().referent_id = self.helper
                token = application._get_link_url("association").rsplit("/", 1)[-1]
                self.assertTrue(application._find_by_link(token))
                if user == self.user_officer:
                    self.member.active = False
                    self.member_hugo.active = False
                else:
                    self.member_hugo.sudo().with_user(user).sudo()._remove(self.get_members(user))
                self.assertEqual(self.mission.referent_id, heir)
                self.assertFalse(application._find_by_link(token))

    def test_what_the_company_ended_the_association_does_not_begin_again(self):
        """Neither a membership nor an account comes back by an administrator of the association."""
        own = self.get_members(self.user_rosa)
        self.member_hugo.active = False
        with self.assertRaisesRegex(UserError, "cannot be added here"):
            own._add_person("Hugo", self.helper.email, "administrator")
        self.assertFalse(self.member_hugo.active)
        self.member_hugo.active = True
        self.user_hugo.sudo().active = False
        with self.assertRaisesRegex(UserError, "access of Hugo Helper was taken away"):
            self.member_hugo.sudo().with_user(self.user_rosa).sudo()._invite_again(own)
        self.member_hugo.sudo().with_user(self.user_rosa).sudo()._remove(own)
        with self.assertRaisesRegex(UserError, "cannot be added here"):
            own._add_person("Hugo", self.helper.email, "administrator")
        self.assertFalse(self.user_hugo.active)

    def test_invitations_are_few(self):
        """The company's name is on them: one a day to a person, and no more people than an association has."""
        own = self.get_members(self.user_rosa)
        member = own._add_person("Nadia\n\nNew", "nadia@soupe.example", "referent")
        self.assertEqual(member.partner_id.name, "Nadia New")
        with self.assertRaisesRegex(UserError, "was sent today"):
            member._invite_again(own)
        with freeze_time(fields.Datetime.now() + timedelta(days=2)):
            member._invite_again(own)
        few = patch.object(hr_volunteer_association_member, "MAX_PEOPLE", 3)
        with few, self.assertRaisesRegex(UserError, "at most 3 people"):
            own._add_person("One More", "more@soupe.example", "referent")

    def test_roles_and_the_last_administrator(self):
        own = self.get_members(self.user_rosa)
        hugo = self.member_hugo.sudo().with_user(self.user_rosa).sudo()
        with self.assertRaisesRegex(UserError, "nobody changes their own role"):
            own._remove(own)
        with self.assertRaisesRegex(AccessError, "Only administrators"):
            own.with_user(self.user_hugo).sudo()._remove(self.get_members(self.user_hugo))
        hugo._set_role("administrator", own)
        rosa = self.member.with_user(self.user_hugo).sudo()
        rosa._set_role("referent", self.get_members(self.user_hugo))
        with self.assertRaisesRegex(AccessError, "Only administrators"):
            hugo._remove(self.get_members(self.user_rosa))
        # the officer may end the last one
        self.member_hugo.active = False
        self.assertFalse(self.get_members(self.user_hugo))

    def test_last_administrator_stays(self):
        """Whoever looks after two associations does not leave one of them without anybody."""
        own = self.get_members(self.user_rosa)
        self.member_hugo.role = "administrator"
        self.member.sudo().role = "referent"
        hugo = self.member_hugo.with_user(self.user_rosa).sudo()
        with self.assertRaisesRegex(AccessError, "Only administrators"):
            hugo._remove(own)
        self.assertTrue(hugo.active)
        with self.assertRaisesRegex(UserError, "Make somebody else administrator first"):
            hugo._check_not_last()

    def test_person_of_another_association(self):
        stranger = self.make_member(self.stranger, role="administrator")
        own = self.get_members(self.user_rosa)
        self.assertFalse(own._find_person(stranger.id))
        with self.assertRaisesRegex(AccessError, "Only administrators"):
            stranger.with_user(self.user_rosa).sudo()._set_role("referent", own)
        with self.assertRaisesRegex(AccessError, "Only administrators"):
            stranger.with_user(self.user_rosa).sudo()._invite_again(own)


@tagged("-at_install", "post_install")
class TestAssociationMission(AssociationCommon):
    """Administrators of an association propose missions; dates and places of theirs they change."""

    def test_proposal_waits_for_an_officer(self):
        self.program.sudo().user_id = self.user_manager
        own = self.get_members(self.user_rosa)
        shift = {"capacity": 2, **self.slot_vals(day=2)}
        del shift["time_type"]
        mission = own._propose_mission(self.program.id, self.proposal(), [shift])
        self.assertEqual(
            (mission.state, mission.company_id, mission.association_id), ("draft", self.company, self.association)
        )
        self.assertEqual(mission.proposed_by_id, self.referent)
        self.assertEqual(mission.shift_ids.capacity, 2)
        activity = mission.activity_ids
        # the responsible is no officer and could not publish it
        self.assertTrue(activity.user_id.has_group("volunteer_engagement.group_volunteer_officer"))
        self.assertEqual(activity.user_id, mission.user_id)
        self.assertIn("proposed", activity.summary)
        with self.assertRaisesRegex(RedirectWarning, "This question is still open"):
            activity.with_user(activity.user_id).action_done()
        mission.with_user(self.user_officer).action_publish()
        self.assertFalse(mission.activity_ids)
        self.assertIn(mission, self.get_missions(self.user_rosa))

    def test_words_are_escaped(self):
        own = self.get_members(self.user_rosa)
        text = "<script>alert(1)</script>\n\n<img src=x onerror=alert(2)>"
        mission = own._propose_mission(self.program.id, self.proposal(name="<b>Peel</b>", description=text))
        self.assertNotIn("<script", mission.description)
        self.assertNotIn("<img", mission.description)
        self.assertIn("&lt;script&gt;", mission.description)
        self.assertEqual(mission.name, "<b>Peel</b>")

    def test_only_what_may_be_chosen(self):
        own = self.get_members(self.user_rosa)
        other_program = self.env["hr.volunteer.program"].create(
            {"name": "Elsewhere", "company_id": self.other_company.id}
        )
        for program_id in (0, other_program.id, 2**31 - 1):
            with self.subTest(program=program_id), self.assertRaisesRegex(UserError, "Choose the program"):
                own._propose_mission(program_id, self.proposal())
        for values in (
            {"referent_id": self.stranger.id},
            {"address_id": self.user_employee.partner_id.id},
            {"name": " "},
            {"name": "x" * 201},
            {"name": "a\0b"},
            {"description": "x" * 10001},
            {"capacity": -1},
            {"capacity": 2**40},
            {"duration_type": "for ever"},
            {"date_end": fields.Datetime.now() - timedelta(days=1)},
        ):
            with self.subTest(values=str(values)[:60]), self.assertRaises(UserError):
                own._propose_mission(self.program.id, self.proposal(**values))
        for values in (
            {"state": "published"},
            {"user_id": self.user_rosa.id},
            {"company_id": 1},
            {"skip_contact": True},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                own._propose_mission(self.program.id, self.proposal(**values))

    def test_referents_do_not_propose(self):
        with self.assertRaisesRegex(AccessError, "Only administrators"):
            self.get_members(self.user_hugo)._propose_mission(self.program.id, self.proposal())
        # a former membership, still in hand
        own = self.get_members(self.user_rosa)
        self.member.active = False
        with self.assertRaisesRegex(AccessError, "Only administrators"):
            own._propose_mission(self.program.id, self.proposal())

    def test_draft_changes_as_a_whole(self):
        own = self.get_members(self.user_rosa)
        mission = own._propose_mission(self.program.id, self.proposal())
        own = own.with_context(lang="fr_FR")
        own._edit_mission(mission.with_context(lang="fr_FR"), self.proposal(name="Éplucher", capacity=5))
        self.assertEqual((mission.name, mission.with_context(lang="fr_FR").name), ("Éplucher", "Éplucher"))
        self.assertEqual(mission.capacity, 5)
        # what an officer put into English stays; where nobody did, both say the same
        mission.with_context(lang="en_US").name = "Peel and cook"
        own._edit_mission(
            mission.with_context(lang="fr_FR"), self.proposal(name="Éplucher et cuire", description="Venez !")
        )
        self.assertEqual(mission.with_context(lang="fr_FR").name, "Éplucher et cuire")
        self.assertEqual(mission.with_context(lang="en_US").name, "Peel and cook")
        self.assertIn("Venez", mission.with_context(lang="en_US").description)
        draft = self.make_mission("Of the officer", state="draft")
        with self.assertRaisesRegex(AccessError, "not yours"):
            own.with_context(lang="en_US")._edit_mission(draft.sudo(), {"capacity": 2})

    def test_published_mission_changes_in_dates_and_places(self):
        mission = self.make_mission("Two places", capacity=2, referent_id=self.helper.id)
        shift = self.make_shift(mission, capacity=2)
        self.make_application("confirmed", mission=mission, slots=[{"shift_id": shift.id, **self.slot_vals()}])
        self.make_application(
            "confirmed", mission=mission, user=self.user_colleague, slots=[{"shift_id": shift.id, **self.slot_vals()}]
        )
        for user in (self.user_rosa, self.user_hugo):
            members = self.get_members(user)
            record = mission.with_user(user).sudo()
            with self.subTest(user=user.name):
                with self.assertRaisesRegex(ValidationError, "are taken"):
                    members._edit_mission(record, {"capacity": 1})
                with self.assertRaisesRegex(ValidationError, "are taken"):
                    members._edit_mission(record, {}, shift_changes={shift.id: {"capacity": 1}})
                with self.assertRaisesRegex(AccessError, "cannot be changed here"):
                    members._edit_mission(record, {"name": "Mine"})
                with self.assertRaisesRegex(AccessError, "more shifts"):
                    members._edit_mission(record, {}, [{"capacity": 1, **self.slot_vals()}])
                with self.undone():
                    before = mission.message_ids
                    members._edit_mission(record, {"capacity": 4}, shift_changes={shift.id: {"capacity": 3}})
                    self.assertEqual((mission.capacity, shift.capacity), (4, 3))
                    message = mission.message_ids - before
                    self.assertEqual(message.author_id, user.partner_id)
                    self.assertEqual(message.notified_partner_ids, self.user_officer.partner_id)
                    before = mission.message_ids
                    members._edit_mission(record, {"capacity": 4}, shift_changes={shift.id: {"capacity": 3}})
                    self.assertFalse(mission.message_ids - before, "Nobody hears of nothing")
        mission.with_user(self.user_officer).action_close()
        with self.assertRaisesRegex(UserError, "has ended"):
            self.get_members(self.user_hugo)._edit_mission(mission.sudo(), {"capacity": 9})

    def test_shifts_change_and_go(self):
        """Of drafts and of published missions; never what somebody confirmed or chose."""
        own = self.get_members(self.user_rosa)
        draft = self.make_mission("Proposed", state="draft")
        draft.sudo().proposed_by_id = self.referent
        published = self.make_mission("Published")
        for mission in (draft, published):
            kept, unused = self.make_shift(mission), self.make_shift(mission, day=1)
            moved = {"date_start": kept.date_start + timedelta(hours=1), "date_end": kept.date_end, "capacity": 4}
            with self.subTest(state=mission.state):
                outcome = own._edit_mission(mission.sudo(), {}, shift_changes={kept.id: moved, unused.id: None})
                self.assertEqual((outcome.changed, outcome.told), (True, True))
                self.assertEqual(mission.shift_ids, kept)
                self.assertEqual((kept.date_start, kept.capacity), (moved["date_start"], 4))
                self.assertFalse(own._edit_mission(mission.sudo(), {}, shift_changes={kept.id: moved}).changed)
                with self.assertRaisesRegex(AccessError, "cannot be changed here"):
                    own._edit_mission(mission.sudo(), {}, shift_changes={kept.id: {"mission_id": self.mission.id}})
        with self.assertRaisesRegex(UserError, "Keep one shift at least"):
            own._edit_mission(published.sudo(), {}, shift_changes={published.shift_ids.id: None})
        own._edit_mission(draft.sudo(), {}, shift_changes={draft.shift_ids.id: None})
        self.assertFalse(draft.shift_ids)
        shift, other = published.shift_ids, self.make_shift(published, day=2)
        self.make_application("confirmed", mission=published, slots=[{"shift_id": shift.id, **self.slot_vals()}])
        self.make_application(
            "applied", mission=published, user=self.user_colleague, slots=[{"shift_id": other.id, **self.slot_vals()}]
        )
        with self.assertRaisesRegex(UserError, "has confirmed this shift"):
            own._edit_mission(
                published.sudo(), {}, shift_changes={shift.id: {"date_end": shift.date_end + timedelta(hours=1)}}
            )
        with self.assertRaisesRegex(UserError, "has chosen this shift"):
            own._edit_mission(published.sudo(), {}, shift_changes={other.id: None})

    def test_proposal_is_withdrawn(self):
        own = self.get_members(self.user_rosa)
        mission = own._propose_mission(self.program.id, self.proposal())
        self.assertTrue(mission.activity_ids)
        with self.assertRaisesRegex(AccessError, "not yours"):
            self.get_members(self.user_hugo)._withdraw_mission(mission)
        self.assertTrue(own._withdraw_mission(mission).told)
        self.assertEqual(mission.state, "cancelled")
        self.assertFalse(mission.activity_ids)
        self.assertIn("withdrew its proposal", mission.message_ids[0].body)
        self.assertEqual(mission.message_ids[0].author_id, self.referent)
        for other in (mission, self.mission.sudo()):
            with self.assertRaisesRegex(UserError, "no proposal any more"):
                own._withdraw_mission(other)

    def test_nobody_at_the_company(self):
        """What is done is said as it is: nobody is told where nobody is there."""
        own = self.get_members(self.user_rosa)
        self.mission.sudo().user_id = False
        self.assertEqual(own._edit_mission(self.mission.sudo(), {"capacity": 9}), (True, False))
        with patch.object(type(self.program), "_get_responsible", lambda self: self.env["res.users"]):
            mission = own._propose_mission(self.program.id, self.proposal())
        self.assertFalse(mission.activity_ids)
        self.env["hr.volunteer.mission"].sudo().search([]).program_id.active = False
        self.env["hr.volunteer.program"].sudo().search([]).active = False
        with self.assertRaisesRegex(UserError, "has no program"):
            own._propose_mission(self.program.id, self.proposal())


@tagged("-at_install", "post_install")
class TestAssociationPage(AssociationCommon, RouteCommon, HttpCase):
    """The pages, as the people who open them."""

    def open(self, user, path="", code=200):
        """Open a page as somebody and return what it says."""
        self.authenticate(user.login, user.login)
        response = self.url_open(f"{HOME}{path}")
        self.assertEqual(response.status_code, code)
        return response.text

    def post(self, path, code=303, **data):
        """Send a form of a page."""
        response = self.send(f"{HOME}{path}", data)
        self.assertEqual(response.status_code, code, response.text[-500:])
        return response

    def test_who_finds_pages(self):
        application = self.application
        paths = ("", f"/mission/{self.mission.id}", f"/application/{application.id}", f"/{self.member.id}/people")
        for path in paths:
            self.open(self.user_rosa, path)
            for user in (self.user_hugo, self.user_stranger, self.user_portal, self.user_employee, self.user_officer):
                # hugo has a home, and no mission yet
                code = 200 if user == self.user_hugo and not path else 404
                with self.subTest(path=path, user=user.name):
                    self.open(user, path, code)

    def test_entry_of_the_portal(self):
        self.authenticate(self.user_rosa.login, self.user_rosa.login)
        self.assertIn("Our volunteers", self.url_open("/my/home").text)
        # the number is asked for afterwards, as all of the portal's are
        counters = self.make_jsonrpc_request("/my/counters", {"counters": ["volunteer_association_count"]})
        self.assertEqual(
            counters["volunteer_association_count"], len(self.get_members(self.user_rosa)._get_unanswered())
        )
        self.authenticate(self.user_portal.login, self.user_portal.login)
        self.assertNotIn("Our volunteers", self.url_open("/my/home").text)

    def test_page_of_an_application(self):
        """The work contact is shown, and nothing private, nor whether the time is the employee's own."""
        self.employee.sudo().write({"private_email": "elodie@home.example", "private_phone": "0600000000"})
        text = self.open(self.user_rosa, f"/application/{self.application.id}")
        self.assertIn(self.employee.work_email, text)
        self.assertIn("I cook for thirty.", text)
        for hidden in ("elodie@home.example", "0600000000", "Work time", "Personal time"):
            self.assertNotIn(hidden, text)

    def test_words_of_people_are_escaped(self):
        evil = "<script>alert(1)</script>"
        self.mission.sudo().name = evil
        self.application.sudo().motivation = evil
        self.referent.name = evil
        self.employee.sudo().name = evil
        for path in (
            "",
            f"/mission/{self.mission.id}",
            f"/application/{self.application.id}",
            f"/{self.member.id}/people",
        ):
            with self.subTest(path=path):
                text = self.open(self.user_rosa, path)
                self.assertNotIn(evil, text)
                self.assertIn("&lt;script&gt;", text)

    def test_way_of_an_application(self):
        self.authenticate(self.user_rosa.login, self.user_rosa.login)
        path = f"/application/{self.application.id}"
        self.assertIn("Get in touch", self.open(self.user_rosa, path))
        for step in ("contact", "decline"):
            self.open(self.user_rosa, f"{path}/{step}")
        self.assertEqual(self.application.state, "applied", "Looking changes nothing")
        self.assertIn("alert-danger", self.post(f"{path}/decline", code=200, reason=" ").text)
        self.post(f"{path}/contact")
        self.assertEqual(self.application.state, "contact")
        self.assertIn("in contact already", self.post(f"{path}/contact", code=200).text)
        self.post(f"{path}/say", body="Hello Elodie")
        self.assertIn("Hello Elodie", self.url_open(f"{HOME}{path}").text)
        self.post(f"{path}/decline", reason="We are complete.")
        self.assertEqual((self.application.state, self.application.refusal_reason), ("refused", "We are complete."))

    def test_own_application(self):
        """Whoever volunteers for their own association reads the page, and somebody else answers."""
        self.employee.sudo().work_contact_id = self.referent
        path = f"/application/{self.application.id}"
        self.assertIn("This application is your own", self.open(self.user_rosa, path))
        for step in ("contact", "decline", "say"):
            response = self.post(f"{path}/{step}", code=200, reason="Me", body="Me")
            self.assertIn("This application is your own", response.text)
        self.assertEqual(self.application.state, "applied")
        self.assertFalse(self.application._get_conversation().filtered(lambda message: "Me" in message.body))

    def test_referent_proposes_a_mission_of_somebody_else(self):
        mission = self.make_mission("Wash up", referent_id=self.helper.id)
        application = self.make_application("applied", mission=mission, user=self.user_colleague).sudo()
        self.authenticate(self.user_hugo.login, self.user_hugo.login)
        other = self.make_mission("Cook")
        response = self.post(f"/application/{application.id}/redirect", mission_id=other.id)
        self.assertEqual(application.mission_id, other)
        self.assertTrue(response.headers["Location"].endswith("?notice=redirected"))
        self.open(self.user_hugo, f"/application/{application.id}", 404)

    def test_mission_is_proposed_and_changed(self):
        self.authenticate(self.user_rosa.login, self.user_rosa.login)
        form = {
            "program_id": self.program.id,
            "name": "Peel potatoes",
            "description": "Bring an apron.",
            "duration_type": "one_off",
            "location_type": "on_site",
            "address_id": self.association.id,
            "referent_id": self.referent.id,
            "date_start": "2031-07-01T09:00",
            "date_end": "2031-07-01T12:00",
            "capacity": "4",
            "shift_id": ["", ""],
            "shift_day": ["2031-07-01", ""],
            "shift_from": ["09:00", ""],
            "shift_to": ["12:00", ""],
            "shift_capacity": ["2", ""],
        }
        before = self.env["hr.volunteer.mission"].search([])
        for name, value in (
            ("date_start", "soon"),
            ("date_start", "0001-01-01T00:00"),
            ("capacity", "many"),
            ("capacity", "9" * 30),
            ("program_id", "x"),
            ("name", "\0"),
            ("shift_day", ["2031-07-01", "2031-07-02"]),
            ("address_id", self.user_employee.partner_id.id),
            ("cause_ids", ["1'; DROP TABLE", "9" * 40]),
        ):
            with self.subTest(name=name, value=str(value)[:30]), self.undone():
                response = self.send(f"{HOME}/{self.member.id}/propose", {**form, name: value})
                if name != "cause_ids":
                    self.assertEqual(response.status_code, 200)
                    self.assertIn("Bring an apron.", response.text)
                    self.assertEqual(self.env["hr.volunteer.mission"].search([]), before)
        self.post(f"/{self.member.id}/propose", **form)
        mission = self.env["hr.volunteer.mission"].search([]) - before
        # the time of the association's own zone
        self.assertEqual(mission.tz, "Europe/Paris")
        self.assertEqual(str(mission.date_start), "2031-07-01 07:00:00")
        self.assertEqual(mission.shift_ids.mapped("capacity"), [2])
        page = self.url_open(f"{HOME}/mission/{mission.id}/edit").text
        self.assertIn('value="2031-07-01T09:00"', page)
        del form["shift_day"]
        self.post(f"/mission/{mission.id}/save", **{**form, "capacity": "9", "name": "Peel carrots"})
        self.assertEqual((mission.capacity, mission.name), (9, "Peel carrots"))
        self.assertEqual(len(mission.shift_ids), 1)

    def test_shifts_and_the_clocks(self):
        """A time that is skipped is refused, one that comes twice is the first, and a night is one shift."""
        self.authenticate(self.user_rosa.login, self.user_rosa.login)
        mission = self.make_mission("Night watch", state="draft").sudo()
        mission.write({"proposed_by_id": self.referent.id, "tz": "Europe/Paris"})
        form = {
            "name": mission.name,
            "duration_type": "one_off",
            "location_type": "on_site",
            "referent_id": self.referent.id,
        }
        path = f"/mission/{mission.id}/save"

        def shift(day, start, end, id_="", capacity=""):
            row = {"id": id_, "day": day, "from": start, "to": end, "capacity": capacity}
            return {f"shift_{name}": value for name, value in row.items()}

        for values in (
            {"date_start": "2031-03-30T02:30"},
            shift("2031-03-30", "02:30", "05:00"),
            shift("2031-03-30", "00:30", "02:30"),
        ):
            self.assertIn("this time is skipped", self.post(path, code=200, **form, **values).text)
        for values in (shift("2031-05-01", "12:00", "09:00"), shift("2031-05-01", "09:00", "09:00")):
            self.assertIn("ends before it starts", self.post(path, code=200, **form, **values).text)
        self.assertFalse(mission.shift_ids)
        self.post(path, **form, date_start="2031-10-26T02:30", **shift("2031-10-26", "02:30", "05:00"))
        self.assertEqual(str(mission.date_start), "2031-10-26 00:30:00")
        autumn = mission.shift_ids
        self.assertEqual(
            (str(autumn.date_start), str(autumn.date_end)), ("2031-10-26 00:30:00", "2031-10-26 04:00:00")
        )
        self.post(path, **form, **shift("2031-05-01", "22:00", "01:00"))
        night = mission.shift_ids - autumn
        self.assertEqual((str(night.date_start), str(night.date_end)), ("2031-05-01 20:00:00", "2031-05-01 23:00:00"))
        # the second half past two, as an officer may set it, stays where nobody touches it
        (autumn | night).write({"date_start": "2031-10-26 01:30:00", "date_end": "2031-10-26 04:00:00"})
        mission.date_start = "2031-10-26 01:30:00"
        dates = {"date_start": "2031-10-26T02:30"}
        response = self.post(path, **form, **dates, **shift("2031-10-26", "02:30", "05:00", str(autumn.id), "7"))
        self.assertTrue(response.headers["Location"].endswith("?notice=saved"))
        self.assertEqual((str(mission.date_start), autumn.capacity), ("2031-10-26 01:30:00", 7))
        self.assertEqual(str(autumn.date_start), "2031-10-26 01:30:00")
        response = self.post(path, **form, **dates, **shift("2031-10-26", "02:30", "05:00", str(autumn.id), "7"))
        self.assertTrue(response.headers["Location"].endswith("?notice=unchanged"))
        # changed and removed in the form
        self.assertIn('value="02:30"', self.open(self.user_rosa, f"/mission/{mission.id}/edit"))
        self.post(path, **form, **dates, **shift("2031-10-27", "10:00", "12:00", str(autumn.id)))
        self.assertEqual(str(autumn.date_start), "2031-10-27 09:00:00")
        self.post(
            path,
            **form,
            **dates,
            **shift("2031-10-26", "02:30", "05:00", str(night.id)),
            shift_remove=str(night.id),
        )
        self.assertEqual(mission.shift_ids, autumn)
        other = self.make_shift(self.mission)
        response = self.post(path, code=200, **form, **dates, **shift("2031-10-26", "02:30", "05:00", str(other.id)))
        self.assertIn("removed meanwhile", response.text)

    def test_used_shift_in_the_form(self):
        mission = self.make_mission("Shifts")
        settled, unused = self.make_shift(mission), self.make_shift(mission, day=1)
        self.make_application("confirmed", mission=mission, slots=[{"shift_id": settled.id, **self.slot_vals()}])
        text = self.open(self.user_rosa, f"/mission/{mission.id}/edit")
        self.assertEqual(text.count("day and times stay"), 1)
        self.assertNotIn(f'id="shift_remove_0" value="{settled.id}"', text)
        self.assertEqual(text.count('name="shift_remove"'), 1)
        self.assertIn(f'value="{unused.id}"', text)

    def test_withdraw_asks_once(self):
        mission = self.make_mission("Mine", state="draft").sudo()
        mission.proposed_by_id = self.referent
        path = f"/mission/{mission.id}"
        self.assertIn("Withdraw my proposal", self.open(self.user_rosa, path))
        self.assertIn("Withdraw “Mine”?", self.open(self.user_rosa, f"{path}/withdraw"))
        self.assertEqual(mission.state, "draft")
        response = self.post(f"{path}/withdraw")
        self.assertTrue(response.headers["Location"].endswith("?notice=withdrawn"))
        self.assertEqual(mission.state, "cancelled")
        self.assertIn("no proposal any more", self.post(f"{path}/withdraw", code=200).text)
        self.assertNotIn("Withdraw my proposal", self.open(self.user_rosa, f"/mission/{self.mission.id}"))

    def test_without_a_program(self):
        self.env["hr.volunteer.program"].sudo().search([("company_id", "=", self.company.id)]).active = False
        text = self.open(self.user_rosa, f"/{self.member.id}/mission")
        self.assertIn("has no program for volunteering yet", text)
        self.assertNotIn("Propose this mission", text)
        self.assertIn("has no program for volunteering yet", self.post(f"/{self.member.id}/propose", code=200).text)

    def test_cancelled_mission_by_account(self):
        """A date that has begun: who was there is said, though the mission is cancelled."""
        mission = self.make_mission("Wash up", referent_id=self.helper.id)
        application = self.make_application("confirmed", mission=mission, user=self.user_colleague).sudo()
        slot = application.slot_ids
        with freeze_time(slot.date_start + timedelta(minutes=5)):
            mission.with_user(self.user_officer).action_cancel()
        with self.after(application):
            self.assertIn("Say who was there", self.open(self.user_hugo))
            self.open(self.user_hugo, f"/mission/{mission.id}")
            self.post(f"/application/{application.id}/attendance", **{f"slot_{slot.id}": "attended"})
        self.assertEqual(slot.state, "attended")

    def test_what_is_over_comes_by_pages(self):
        applications = self.application | self.foreign_application
        self.authenticate(self.user_rosa.login, self.user_rosa.login)
        for application in applications:
            self.post(f"/application/{application.id}/decline", reason="We are complete.")
        over = [self.make_mission(f"Over {number}") for number in range(2)]
        for mission in over:
            mission.with_user(self.user_officer).action_close()
        self.assertIn("Missions that are over (2)", self.open(self.user_rosa))
        with patch("odoo.addons.volunteer_engagement.controllers.association.ENDED_PER_PAGE", 1):
            pages = [self.open(self.user_rosa, f"/ended/page/{page}") for page in (1, 2)]
            self.assertEqual([sum(mission.name in text for mission in over) for text in pages], [1, 1])
            paths = (f"/mission/{self.mission.id}", f"/mission/{self.mission.id}/page/2")
            pages = [self.open(self.user_rosa, path) for path in paths]
        names = applications.employee_id.mapped("name")
        self.assertEqual([sum(name in text for name in names) for text in pages], [1, 1])

    def test_people_page(self):
        self.authenticate(self.user_rosa.login, self.user_rosa.login)
        self.post(f"/{self.member.id}/invite", name="Nadia", email="nadia@soupe.example", role="referent")
        nadia = self.env["hr.volunteer.association.member"].search([("partner_id.name", "=", "Nadia")])
        # it was sent a moment ago
        self.post(f"/person/{nadia.id}/again", code=200)
        self.post(f"/person/{nadia.id}/role", role="administrator")
        self.assertEqual(nadia.role, "administrator")
        self.post(f"/person/{nadia.id}/remove")
        self.assertFalse(nadia.active)
        self.post(f"/person/{nadia.id}/remove", code=404)
        self.post(f"/person/{self.member.id}/remove", code=200)
        self.post(f"/{self.member.id}/invite", code=200, name="E", email=self.employee.work_email, role="referent")
        # a file where words belong is none
        form = {"csrf_token": Request.csrf_token(self), "email": "file@soupe.example", "role": "referent"}
        for step in (f"{self.member.id}/invite", f"{self.member.id}/propose"):
            response = self.url_open(f"{HOME}/{step}", data=form, files={"name": ("name.txt", b"Nadia")})
            self.assertEqual(response.status_code, 200)

    def test_number_of_queries_does_not_grow(self):
        def count(path):
            # what is cached once for all requests is read before
            self.open(self.user_rosa, path)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.url_open(f"{HOME}{path}")
            return self.cr.sql_log_count - before

        paths = ("", f"/mission/{self.mission.id}")
        few = [count(path) for path in paths]
        employees = [
            self._make_employee(name=f"Employee {number}", email=f"many{number}@maree.example") for number in range(8)
        ]
        self.env["hr.volunteer.registration"].with_user(self.user_officer).create(
            [{"employee_id": employee.id} for employee in employees]
        )
        applications = (
            self.env["hr.volunteer.application"]
            .with_user(self.user_officer)
            .create(
                [
                    {
                        "employee_id": employee.id,
                        "mission_id": self.mission.id,
                        "slot_ids": [Command.create(self.slot_vals())],
                    }
                    for employee in employees
                ]
            )
        )
        applications.action_apply()
        for number in range(8):
            self.make_mission(f"Mission {number}", capacity=number)
        many = [count(path) for path in paths]
        self.assertEqual(few, many)
        self.assertGreater(min(few), 10, "Queries are counted")


@tagged("-at_install", "post_install", "is_tour")
class TestAssociationTour(TourCommon):
    """The way through the pages, by an administrator of an association who logs in with a password."""

    def setUp(self):
        super().setUp()
        referent = self.mission.referent_id
        self.user_rosa = new_test_user(
            self.env, "tour_rosa", groups="base.group_portal", partner_id=referent.id, lang="en_US", tz="Europe/Paris"
        )
        members = self.env["hr.volunteer.association.member"].with_user(self.officer)
        members.create({"partner_id": referent.id, "association_id": referent.parent_id.id, "role": "administrator"})

    def test_propose_a_mission(self):
        self.start_tour("/my", "volunteer_association_propose", login=self.user_rosa.login)
        mission = self.env["hr.volunteer.mission"].search([("name", "=", "Peel potatoes")])
        self.assertEqual((mission.state, mission.capacity), ("draft", 4))
        self.assertEqual(mission.proposed_by_id, self.user_rosa.partner_id)
        self.assertTrue(mission.activity_ids)

    def test_say_attendance(self):
        self._join()
        importer = self._new_user("importer", "volunteer_engagement.group_volunteer_administrator")
        yesterday = datetime.combine(fields.Date.today() - timedelta(days=1), time(9))
        slot = {
            "date_start": yesterday,
            "date_end": yesterday + timedelta(hours=2),
            "time_type": "personal",
            "state": "confirmed",
        }
        application = (
            self.env["hr.volunteer.application"]
            .with_user(importer)
            .create(
                {
                    "employee_id": self.employee.id,
                    "mission_id": self.mission.id,
                    "state": "confirmed",
                    "confirmed_date": yesterday - timedelta(days=1),
                    "slot_ids": [Command.create(slot)],
                }
            )
        )
        self.start_tour("/my", "volunteer_association_attendance", login=self.user_rosa.login)
        self.assertEqual(application.slot_ids.state, "attended")
        self.assertEqual(application.state, "done")
