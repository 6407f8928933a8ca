from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

from odoo import Command
from odoo.service.model import call_kw
from odoo.tests import RecordCapturer, TransactionCase, freeze_time, new_test_user
from odoo.tools import SQL
from odoo.tools.mail import email_normalize, html2plaintext

OFFICER_GROUP = "volunteer_engagement.group_volunteer_officer"
ADMINISTRATOR_GROUP = "volunteer_engagement.group_volunteer_administrator"
# the smallest image
PIXEL = "R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs="

# what opens the window that asks why, by the step it makes
REASON_ACTIONS = {
    "refuse": "action_refuse",
    "cancel": "action_cancel",
    "redirect": "action_redirect",
    "request_changes": "action_request_changes",
}


def utc(day, hour, minute=0, tz="Europe/Paris"):
    """Return a local time as Odoo stores it: in UTC and without a zone."""
    local = datetime.combine(day, time(hour, minute), ZoneInfo(tz))
    return local.astimezone(UTC).replace(tzinfo=None)


class VolunteerCommon(TransactionCase):
    """One company with one person per role, an association with a referent, a program and a published mission."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in ("en_US", "fr_FR"):
            cls.env["res.lang"]._activate_lang(lang)
        today = datetime.now(tz=UTC).date()
        cls.monday = today + timedelta(days=7 - today.weekday())
        cls.company = cls._make_company("Marée SA")
        cls.other_company = cls._make_company("Autre Rive SARL")
        cls.calendar = cls._make_calendar(cls.company)
        cls.department = cls.env["hr.department"].create({"name": "Sales", "company_id": cls.company.id})

        cls.user_manager = cls._make_user("manager", "Mona Manager", tz="America/New_York")
        cls.user_employee = cls._make_user("employee", "Elodie Martin", tz="Europe/Paris")
        cls.user_colleague = cls._make_user("colleague", "Bruno Petit", tz="Europe/London")
        cls.user_newcomer = cls._make_user("newcomer", "Nina Neuf", tz="Europe/Paris")
        cls.user_field = cls._make_user("field", "Fanny Terrain", tz="Europe/Paris")
        cls.user_officer = cls._make_user("officer", "Oscar Officer", groups=OFFICER_GROUP, tz="Europe/Berlin")
        cls.user_administrator = cls._make_user(
            "administrator", "Ada Admin", groups=ADMINISTRATOR_GROUP, tz="Asia/Tokyo"
        )
        cls.user_other = cls._make_user("other", "Otto Other", company=cls.other_company)
        cls.user_other_officer = cls._make_user(
            "other_officer", "Olga Other", company=cls.other_company, groups=OFFICER_GROUP
        )
        cls.user_portal = cls._make_user("portal", "Paul Portal", groups="base.group_portal")
        cls.actors = {
            "employee": cls.user_employee,
            "colleague": cls.user_colleague,
            "manager": cls.user_manager,
            "officer": cls.user_officer,
            "administrator": cls.user_administrator,
            "other company": cls.user_other,
            "other officer": cls.user_other_officer,
            "portal": cls.user_portal,
        }

        cls.employee_manager = cls._make_employee(cls.user_manager)
        cls.employee_silent = cls._make_employee(name="Simon Sans-Compte", email="simon@maree.example")
        cls.employee = cls._make_employee(
            cls.user_employee, parent=cls.employee_manager, department_id=cls.department.id
        )
        cls.employee_colleague = cls._make_employee(cls.user_colleague, parent=cls.employee_manager)
        cls.employee_newcomer = cls._make_employee(cls.user_newcomer, parent=cls.employee_manager)
        cls.employee_field = cls._make_employee(cls.user_field, parent=cls.employee_silent)
        cls.employee_officer = cls._make_employee(cls.user_officer, parent=cls.employee_manager)
        cls.employee_administrator = cls._make_employee(cls.user_administrator, parent=cls.employee_manager)
        cls.employee_other = cls._make_employee(cls.user_other, company=cls.other_company)
        cls.employee_other_officer = cls._make_employee(cls.user_other_officer, company=cls.other_company)

        cls.association = cls.env["res.partner"].create(
            {
                "name": "La Soupe",
                "is_company": True,
                "is_volunteer_association": True,
                "email": "contact@soupe.example",
                "street": "1 rue des Halles",
                "city": "Paris",
                "lang": "en_US",
            }
        )
        cls.referent = cls.env["res.partner"].create(
            {"name": "Rosa Referent", "parent_id": cls.association.id, "email": "rosa@soupe.example", "lang": "en_US"}
        )
        cls.program = (
            cls.env["hr.volunteer.program"]
            .with_user(cls.user_officer)
            .create({"name": "Solidarity", "company_id": cls.company.id})
        )
        cls.mission = cls.make_mission("Serve meals")

        registrations = cls.env["hr.volunteer.registration"]
        cls.registration = registrations.with_user(cls.user_officer).create(
            [
                {"employee_id": employee.id, "program_id": cls.program.id}
                for employee in (cls.employee, cls.employee_colleague, cls.employee_field, cls.employee_administrator)
            ]
        )[0]
        registrations.with_user(cls.user_administrator).create({"employee_id": cls.employee_officer.id})

    # ---------------------------------------------------------------------
    # People
    # ---------------------------------------------------------------------

    @classmethod
    def _make_company(cls, name):
        return cls.env["res.company"].create(
            {
                "name": name,
                "email": f"hello@{name.split()[-1].lower()}.example",
                "country_id": cls.env.ref("base.fr").id,
            }
        )

    @classmethod
    def _make_calendar(cls, company, tz="Europe/Paris", **values):
        attendances = [
            Command.create(
                {"name": period, "dayofweek": str(day), "hour_from": start, "hour_to": end, "day_period": period}
            )
            for day in range(5)
            for period, start, end in (("morning", 9, 12), ("afternoon", 13, 18))
        ]
        return cls.env["resource.calendar"].create(
            {"name": "9 to 18", "company_id": company.id, "tz": tz, "attendance_ids": attendances, **values}
        )

    @classmethod
    def _make_user(cls, login, name, *, company=None, groups="base.group_user", tz="Europe/Paris", lang="en_US"):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login=f"volunteer_{login}",
            groups=groups,
            name=name,
            email=f"{login}@maree.example",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            tz=tz,
            lang=lang,
            notification_type="email" if groups == "base.group_portal" else "inbox",
        )

    @classmethod
    def _make_employee(cls, user=None, *, name=None, email=None, company=None, parent=None, **values):
        company = company or cls.company
        values = {
            "name": name or user.name,
            "user_id": user.id if user else False,
            "work_email": email or user.email,
            "company_id": company.id,
            "parent_id": parent.id if parent else False,
            "tz": (user and user.tz) or "Europe/Paris",
            "date_version": "2020-01-01",
            **values,
        }
        if company == cls.company:
            values.setdefault("resource_calendar_id", cls.calendar.id)
        return cls.env["hr.employee"].create(values)

    # ---------------------------------------------------------------------
    # Missions, dates, applications
    # ---------------------------------------------------------------------

    @classmethod
    def make_mission(cls, name, state="published", **values):
        """Make a mission of the association as the officer, and take it to ``state``."""
        mission = (
            cls.env["hr.volunteer.mission"]
            .with_user(cls.user_officer)
            .create(
                {
                    "name": name,
                    "program_id": cls.program.id,
                    "association_id": cls.association.id,
                    "referent_id": cls.referent.id,
                    "address_id": cls.association.id,
                    "tz": "Europe/Paris",
                    "user_id": cls.user_officer.id,
                    **values,
                }
            )
        )
        if state != "draft":
            mission.action_publish()
        if state == "closed":
            mission.action_close()
        if state == "cancelled":
            mission.action_cancel()
        return mission

    @classmethod
    def slot_vals(cls, day=0, start=9, end=12, time_type="work", tz="Europe/Paris"):
        """Return a date on the known Monday, or ``day`` days later."""
        date_ = cls.monday + timedelta(days=day)
        return {
            "date_start": utc(date_, start, tz=tz),
            "date_end": utc(date_, end, tz=tz),
            "time_type": time_type,
        }

    @classmethod
    def make_application(cls, state="draft", *, user=None, mission=None, slots=None):
        """Make an application as its employee and take it to ``state`` by the people whose steps these are."""
        user = user or cls.user_employee
        application = (
            cls.env["hr.volunteer.application"]
            .with_user(user)
            .create(
                {
                    "mission_id": (mission or cls.mission).id,
                    "motivation": "I cook for thirty.",
                    "slot_ids": [Command.create(vals) for vals in slots or [cls.slot_vals()]],
                }
            )
        )
        officer = cls.user_administrator if user == cls.user_officer else cls.user_officer
        if state == "draft":
            return application
        application.action_apply()
        if state == "waiting":
            application.with_user(officer).action_contact()
            with cls.without_room(application.mission_id):
                application.action_wait()
            return application
        if state == "refused":
            application.with_user(officer)._refuse("The team is complete.")
        if state == "cancelled":
            application._cancel("I am moving.")
        if state in ("applied", "refused", "cancelled"):
            return application
        application.with_user(officer).action_contact()
        if state == "contact":
            return application
        application.action_confirm()
        if state == "to_approve":
            return application
        if application.state == "to_approve":
            approval = application.approval_ids.filtered(lambda approval: approval.state == "pending")
            approval.with_user(approval.approver_id or officer).action_approve()
        if state == "done":
            with cls.after(application):
                application.slot_ids.with_user(officer).action_attended()
                application.with_user(officer).action_done()
        return application

    @classmethod
    def make_shift(cls, mission, day=0, start=9, end=12, capacity=1):
        """Add a shift to a mission as the officer; the day counts from the known Monday."""
        vals = cls.slot_vals(day, start, end)
        del vals["time_type"]
        shifts = cls.env["hr.volunteer.shift"].with_user(cls.user_officer)
        return shifts.create({**vals, "mission_id": mission.id, "capacity": capacity})

    @classmethod
    @contextmanager
    def without_room(cls, mission):
        """Make a mission full inside, by a place that nobody has."""
        model = type(mission.env["hr.volunteer.application"])
        with patch.object(model, "_has_room", lambda self: False):
            yield

    @classmethod
    def after(cls, application):
        """Return a context in which the dates of the application are over."""
        return freeze_time(max(application.sudo().slot_ids.mapped("date_end")) + timedelta(hours=1))

    @classmethod
    def last_approval(cls, application):
        """Return the approval that was asked last, as superuser."""
        return application.sudo().approval_ids.sorted("id")[-1:]

    def run_job(self, xmlid):
        """Run a scheduled action as the system does, which may commit and roll back."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(f"volunteer_engagement.{xmlid}").sudo().method_direct_trigger()
        self.env.invalidate_all()

    @classmethod
    def forged_value(cls, field):
        """Return a value that a field, other than of many records, could take, other than its default."""
        if field.type == "many2one":
            return cls.env[field.comodel_name].sudo().search([], order="id desc", limit=1).id
        if field.type == "selection":
            return field.get_values(cls.env)[-1]
        return {
            "boolean": True,
            "integer": 7,
            "many2one_reference": 7,
            "float": 7.5,
            "monetary": 7.5,
            "date": "2031-05-05",
            "datetime": "2031-05-05 08:00:00",
            "binary": PIXEL,
            "image": PIXEL,
            "json": {"forged": 1},
        }.get(field.type, "forged")

    # ---------------------------------------------------------------------
    # Steps and what they leave behind
    # ---------------------------------------------------------------------

    @contextmanager
    def undone(self):
        """Take back what is done inside; yields the savepoint, to do so in between."""
        with self.env.cr.savepoint() as savepoint:
            yield savepoint
            savepoint.rollback()

    @contextmanager
    def assertRaisesRegex(self, *args, **kwargs):
        """Assert an error by its words, and take back what was done before it, as ``assertRaises`` does."""
        with super().assertRaisesRegex(*args, **kwargs) as error, self.env.cr.savepoint():
            yield error

    @classmethod
    def rpc(cls, records, user, method, *args, **kwargs):
        """Call a method as a request from outside does."""
        model = records.browse().with_env(cls.env).with_user(user)
        if not getattr(getattr(type(model), method, None), "_api_model", False):
            args = (records.ids, *args)
        transaction = cls.env.transaction
        default_env, transaction.default_env = transaction.default_env, model.env
        try:
            result = call_kw(model, method, list(args), kwargs)
            # a request ends with it, as its user
            model.env.flush_all()
        finally:
            transaction.default_env = default_env
        return result

    @classmethod
    def make_step(cls, records, user, method, reason=None, mission=None, by="button"):
        """Make a step as ``user``, by its button, by a call from outside or by the method behind them.

        ``method`` is an action, or a step of the window that asks why.
        """
        if method not in REASON_ACTIONS:
            if by == "rpc":
                cls.rpc(records, user, method)
            else:
                getattr(records.with_user(user), method)()
            return
        if by == "method":
            argument = mission.with_user(user) if method == "redirect" else reason
            getattr(records.with_user(user), f"_{method}")(argument)
            return
        values = {"reason": reason, "mission_id": mission.id if mission else False}
        wizards = cls.env["hr.volunteer.reason.wizard"].with_user(user)
        if by == "button":
            window = getattr(records.with_user(user), REASON_ACTIONS[method])()
            wizards.with_context(**window["context"]).create(values).action_confirm()
        else:
            values.update(res_model=records._name, res_ids=records.ids, step=method)
            wizard_id = call_kw(wizards, "create", [values], {})
            cls.rpc(wizards.browse(wizard_id), user, "action_confirm")

    @contextmanager
    def assertMails(self, *expected):
        """Assert that exactly these mails are queued inside: ``(partner, words of subject or body, ...)`` each."""
        with RecordCapturer(self.env["mail.mail"].sudo(), []) as capture:
            yield capture
        rest = capture.records
        for partner, *words in expected:
            found = self._filter_mails(rest, partner, words)
            others = [(mail.email_to, mail.subject) for mail in rest]
            self.assertTrue(found, f"No mail to {partner.email} with {words}, but: {others}")
            rest -= found[0]
        self.assertFalse([(mail.email_to, mail.subject) for mail in rest], "Mails that nobody expected")

    def _filter_mails(self, mails, partner, words):
        """Return the mails to a partner that have all words in their subject or body."""
        found = mails.browse()
        for mail in mails:
            text = f"{mail.subject}\n{html2plaintext(mail.body_html)}"
            text = text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
            is_to_partner = email_normalize(mail.email_to) == email_normalize(partner.email)
            if is_to_partner and all(word in text for word in words):
                found += mail
        return found

    def get_activities(self, records, user=None):
        """Return the open activities on records, of one user or of all."""
        domain = [("res_model", "=", records._name), ("res_id", "in", records.ids)]
        activities = self.env["mail.activity"].sudo().search(domain)
        return activities.filtered(lambda activity: activity.user_id == user) if user else activities

    def get_rows(self):
        """Return all rows of all our tables that a request could change, to compare before and after."""
        self.env.flush_all()
        tables = {model._table for name, model in self.registry.items() if name.startswith("hr.volunteer.")}
        rows = {}
        for table in sorted(tables | {"mail_activity", "mail_message", "mail_mail", "res_users", "res_partner"}):
            if self.env.execute_query(SQL("SELECT to_regclass(%s)", table))[0][0]:
                rows[table] = self.env.execute_query(
                    SQL("SELECT count(*), sum(hashtext(t::text)) FROM %s t", SQL.identifier(table))
                )
        # without the contents, which are long and have a checksum; bundles are made when a page is looked at first
        rows["ir_attachment"] = self.env.execute_query(
            SQL(
                "SELECT count(*), sum(hashtext((id, name, res_model, res_id, checksum)::text)) FROM ir_attachment "
                "WHERE res_id != 0"
            )
        )
        return rows

    def get_log_lines(self, record):
        """Return the log lines of steps, the oldest first."""
        subtype = self.env.ref("volunteer_engagement.mt_step")
        return record.sudo().message_ids.filtered(lambda message: message.subtype_id == subtype).sorted("id")
