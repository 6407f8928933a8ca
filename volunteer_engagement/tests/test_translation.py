import re
from collections import Counter

import polib

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import file_path

from .common import VolunteerCommon

NO_BREAK_SPACES = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
# what a translation has as often as its term: placeholders, expressions, tags with what Odoo reads in them
TOKENS = re.compile(
    r"""%\(\w+\)[sdf] | %[sd] | \{\{.*?\}\} | </?[a-z]+
    | \s(?!title|string|help|placeholder|aria-label|alt|confirm|data-tooltip)[\w-]+(?:\.f)?="[^"]*\"""",
    re.DOTALL | re.VERBOSE,
)


def get_tokens(text):
    return Counter(token.strip() for token in TOKENS.findall(text))


@tagged("-at_install", "post_install")
class TestTranslationFile(VolunteerCommon):
    """Each term has a French translation that Odoo can use."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.terms = polib.pofile(file_path("volunteer_engagement/i18n/volunteer_engagement.pot"))
        cls.french = polib.pofile(file_path("volunteer_engagement/i18n/fr.po"))

    def test_every_term_is_translated(self):
        """No term is missing, empty, fuzzy or left over."""
        self.assertEqual({entry.msgid for entry in self.french}, {entry.msgid for entry in self.terms})
        for entry in self.french:
            with self.subTest(term=entry.msgid):
                self.assertTrue(entry.msgstr.strip(), "Not translated")
                self.assertFalse(entry.fuzzy or entry.obsolete, "Not sure")

    def test_placeholders_and_tags_are_kept(self):
        """What is no word is the same on both sides, and so are the blanks at the ends."""
        for entry in self.french:
            with self.subTest(term=entry.msgid):
                self.assertEqual(get_tokens(entry.msgstr), get_tokens(entry.msgid))
                for strip in (str.lstrip, str.rstrip):
                    is_blank = strip(entry.msgid) != entry.msgid
                    self.assertEqual(strip(entry.msgstr) != entry.msgstr, is_blank)

    def test_typography(self):
        """French has ’ and a no-break space where lines must not break, outside of tags and expressions."""
        for entry in self.french:
            words = re.sub(r"\{\{.*?\}\}|<[^>]*>|https?://\S+", "", entry.msgstr, flags=re.S)
            with self.subTest(term=entry.msgid):
                self.assertNotIn("'", words)
                self.assertNotRegex(words, rf"[^{NO_BREAK_SPACES}\d:/][:;?!»](?:\s|$)")
                self.assertNotRegex(words, rf"«[^{NO_BREAK_SPACES}]")


@tagged("-at_install", "post_install")
class TestFrench(VolunteerCommon):
    """Whoever speaks French reads French: screens, errors, log lines and mails."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.user_employee, cls.user_manager, cls.user_officer):
            user.lang = "fr_FR"
        cls.referent.lang = "fr_FR"

    def test_menus_and_states(self):
        """The menus of the app, the steps of an application and its form."""
        menus = self.env["ir.ui.menu"].with_user(self.user_officer).with_context(lang="fr_FR")
        root = self.env.ref("volunteer_engagement.menu_volunteer_root").id
        names = {menu["name"] for menu in menus.load_menus(False).values() if menu.get("app_id") == root}
        self.assertLessEqual({"Bénévolat", "Missions", "Configuration"}, names)
        applications = self.env["hr.volunteer.application"].with_user(self.user_employee).with_context(lang="fr_FR")
        states = dict(applications.fields_get(["state"])["state"]["selection"])
        self.assertEqual((states["waiting"], states["confirmed"]), ("En attente", "Confirmée"))
        programs = self.program.with_context(lang="fr_FR")
        states = dict(programs.fields_get(["my_registration_state"])["my_registration_state"]["selection"])
        self.assertEqual(states["validated"], "Validée")
        arch = applications.get_views([(False, "form")])["views"]["form"]["arch"]
        self.assertIn("Confirmer mes dates", arch)
        self.assertNotIn("Confirm My Dates", arch)

    def test_errors(self):
        """A refusal is said in the language of whoever asks."""
        application = self.make_application("applied").with_context(lang="fr_FR")
        with self.assertRaisesRegex(UserError, "Parlez d’abord de «\xa0Serve meals\xa0» avec l’association"):
            application.action_confirm()

    def test_mails(self):
        """Subject, facts, button, dates and preview are French."""
        application = self.make_application("contact")
        manager = self.user_manager.partner_id
        words = (
            "À approuver : Elodie Martin, 3 h de bénévolat",
            "souhaite faire du bénévolat sur son temps de travail",
            "lundi",
            "Fuseau horaire",
            "Approuver",
            "Demander",
        )
        with self.assertMails((manager, *words)) as capture:
            application.action_confirm()
        for word in ("Hello", "Place", "Dates and", "Answer", "Volunteering"):
            self.assertNotIn(word, capture.records.body_html)
        approval = self.last_approval(application).sudo(False)
        with self.assertMails(
            (self.user_employee.partner_id, "Confirmé : Serve meals", "Voir mes dates"),
            (self.referent, "Confirmé : Elodie Martin vient pour Serve meals", "Voir la candidature"),
        ):
            approval.with_user(self.user_manager).action_approve()

    def test_activities(self):
        """What waits for somebody is said in their language, whoever made the step."""
        approval = self.last_approval(self.make_application("to_approve", user=self.user_colleague))
        self.assertEqual(self.get_activities(approval).summary, "Bénévolat\xa0: Bruno Petit")
        self.user_manager.lang = "en_US"
        approval = self.last_approval(self.make_application("to_approve"))
        self.assertEqual(self.get_activities(approval).summary, "Volunteering of Elodie Martin")

    def test_place(self):
        """The country of a place is named in the reader's language, whoever read it before."""
        self.association.country_id = self.env.ref("base.be")
        for lang, country in (("en_US", "Belgium"), ("fr_FR", "Belgique"), ("en_US", "Belgium")):
            self.assertIn(country, self.mission.with_context(lang=lang)._get_place())

    def test_causes(self):
        """Data that users may change come in French."""
        cause = self.env.ref("volunteer_engagement.hr_volunteer_cause_goal_01")
        self.assertEqual(cause.with_context(lang="fr_FR").name, "Pas de pauvreté")


@tagged("-at_install", "post_install")
class TestFrenchScreen(HttpCase, VolunteerCommon):
    """What the browser gets is French as well."""

    def test_terms_of_the_browser(self):
        """The words of scripts and templates are among the translations that the browser loads."""
        self.user_employee.lang = "fr_FR"
        terms = polib.pofile(file_path("volunteer_engagement/i18n/fr.po"))
        expected = {
            entry.msgid: entry.msgstr
            for entry in terms
            if entry.msgid != entry.msgstr and "odoo-javascript" in entry.comment
        }
        self.authenticate(self.user_employee.login, self.user_employee.login)
        response = self.url_open("/web/webclient/translations?lang=fr_FR&mods=volunteer_engagement").json()
        messages = response["modules"]["volunteer_engagement"]["messages"]
        found = {message["id"]: message["string"] for message in messages}
        self.assertLessEqual(expected.items(), found.items())
