import logging
from collections import defaultdict
from typing import NamedTuple

from markupsafe import Markup, escape
from psycopg2 import IntegrityError, OperationalError

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import is_html_empty

from .door_mixin import OFFICER_GROUP

_logger = logging.getLogger(__name__)


class Step(NamedTuple):
    """One row of a life cycle: from a state to a state, by whom."""

    source: str
    target: str
    roles: frozenset


class Actor(NamedTuple):
    """Who acts where no logged-in person does: a checked link or a scheduled action says so."""

    role: str
    partner: models.Model


def steps(*rows):
    """Read a table of ``"source > target: role role"`` rows, several sources or targets parted by commas.

    :return: a tuple of :class:`Step`
    """
    table = []
    for row in rows:
        way, roles = row.split(":")
        sources, targets = way.split(">")
        table += [
            Step(source.strip(), target.strip(), frozenset(roles.split()))
            for source in sources.split(",")
            for target in targets.split(",")
        ]
    return tuple(table)


class HrVolunteerLifecycleMixin(models.AbstractModel):
    """Carry records through their states by one table of rows, the same for buttons, filters and the guard."""

    _name = "hr.volunteer.lifecycle.mixin"
    _description = "Steps from state to state, by the right person"
    _inherit = ["hr.volunteer.door.mixin", "hr.volunteer.mail.mixin"]

    _steps = ()
    _step_fields = frozenset({"state"})
    # states that are not reached without saying why
    _reason_states = frozenset()
    # activities that ``_sync_activities`` makes and removes, as xmlids without the module
    _step_activity_types = ()

    next_states = fields.Char(
        string="Possible Steps",
        compute="_compute_next_states",
        export_string_translation=False,
        help="The states that you may take this record to, parted by commas: what the buttons show.",
    )

    # ---------------------------------------------------------------------
    # Computes
    # ---------------------------------------------------------------------

    @api.depends("state")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_next_states(self):
        allowed = self._get_allowed_states()
        for record in self:
            record.next_states = ",".join(allowed[record.id])

    # ---------------------------------------------------------------------
    # Who may do what
    # ---------------------------------------------------------------------

    def _role_domain(self, role, user):
        """Return the records of which ``user`` plays ``role``, as a domain on stored columns.

        Roles that no logged-in person plays (association, system) match nothing. On records about themselves people
        are the employee and nobody else, whatever groups they have.
        """
        if role == "employee" and "employee_user_id" in self._fields:
            return Domain("employee_user_id", "=", user.id)
        if role == "officer" and user.has_group(OFFICER_GROUP):
            domain = Domain("company_id", "in", self.env.companies.ids)
            if "employee_user_id" in self._fields:
                domain &= Domain("employee_user_id", "!=", user.id)
            return domain
        return Domain.FALSE

    def _filter_allowed(self, new_state, actor=None):
        """Return the records that may go to ``new_state`` now, by ``actor`` or else by the user.

        The question is who and from where; what else a step needs is checked, and said in words, when it is made.
        """
        rows = [step for step in self._steps if step.target == new_state]
        if actor:
            domain = Domain("state", "in", [step.source for step in rows if actor.role in step.roles])
        else:
            domain = Domain.OR(
                Domain("state", "=", step.source)
                & Domain.OR(self._role_domain(role, self.env.user) for role in step.roles)
                for step in rows
            )
        # sudo: the domain reads technical columns only
        return self.sudo().filtered_domain(domain).sudo(self.env.su)

    def _get_allowed_states(self, actor=None):
        """Return the states that ``actor``, or else the user, may take the records to: lists by record id."""
        allowed = defaultdict(list)
        for target in dict.fromkeys(step.target for step in self._steps):
            for record in self._filter_allowed(target, actor):
                allowed[record.id].append(target)
        return allowed

    def _next_states(self, actor=None):
        """Return the list of states that ``actor``, or else the user, may take this record to."""
        self.ensure_one()
        if actor:
            return self._get_allowed_states(actor)[self.id]
        return self.next_states.split(",") if self.next_states else []

    def _check_transition(self, new_state, actor=None):
        """Raise in words when one of the records can't go to ``new_state``.

        :raise AccessError: when it could, but not by this person
        :raise UserError: when nobody can take it there from where it is
        """
        if not actor:
            if self.env.su:
                raise AccessError(self.env._("Somebody must be named who makes this step."))
            self.check_access("read")
        refused = self - self._filter_allowed(new_state, actor)
        if not refused:
            return
        record = refused[:1].sudo()  # sudo: only to word the message; the reader was checked above
        labels = dict(self._fields["state"]._description_selection(self.env))
        if not any(step for step in self._steps if step.source == record.state and step.target == new_state):
            raise UserError(
                self.env._(
                    "%(record)s is “%(state)s” and cannot become “%(target)s”. Reload the page to see where it "
                    "stands.",
                    record=record.display_name,
                    state=labels[record.state],
                    target=labels[new_state],
                )
            )
        raise AccessError(
            self.env._(
                "You cannot take %(record)s from “%(state)s” to “%(target)s” yourself. Ask an officer.",
                record=record.display_name,
                state=labels[record.state],
                target=labels[new_state],
            )
        )

    def _check_reason(self, new_state, reason):
        """Return the reason without blanks around it.

        :raise UserError: when this step needs one and there is none
        """
        reason = (reason or "").strip()
        if new_state in self._reason_states and not reason:
            raise UserError(self.env._("Say why in a sentence: the people concerned will read it."))
        return reason

    # ---------------------------------------------------------------------
    # The step
    # ---------------------------------------------------------------------

    def _transition(self, new_state, *, actor=None, reason=None, values=None):
        """Take all records to ``new_state``: check, write, tell those concerned, log, sync activities.

        :param str new_state: where to
        :param Actor actor: who acts, where it is not the logged-in user
        :param str reason: why, for the log, the mails and the record
        :param dict values: other fields of this step
        :raise AccessError, UserError: with what to do instead; nothing is done then
        """
        if not self:
            return
        self._check_transition(new_state, actor)
        reason = self._check_reason(new_state, reason)
        actor = actor or self._get_actor()
        # sudo: who may do it was checked above; what follows touches records of others
        # by their ids: removing an activity empties the cache, and with it what relations prefetch
        # and each once: a client may send an id twice
        records = self.sudo().browse(dict.fromkeys(self.ids))
        before = {record.id: record.state for record in records}
        step_values = dict(values or {}, **records._prepare_step_vals(new_state, actor, reason))
        records._before_step(new_state, actor, reason, step_values)
        records._write_step(dict(step_values, state=new_state))
        records._after_step(before, actor, reason)
        records._log_step(before, actor, reason)
        records._sync_activities()

    def _get_actor(self):
        return Actor("user", self.env.user.partner_id)

    def _get_system_actor(self):
        return Actor("system", self.env["res.partner"].browse(self._get_root_partner_id()))

    @api.model
    def _get_root_partner_id(self):
        return self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root")

    def _prepare_step_vals(self, new_state, actor, reason):
        """Hook: return the fields, besides the state, that this step writes on all records alike."""
        return {}

    def _before_step(self, new_state, actor, reason, values):
        """Hook: check what the step needs and take what it takes; raise in words. Runs as superuser."""

    def _after_step(self, before, actor, reason):
        """Hook: do and tell what follows from the step. ``before`` is the former state by id. Runs as superuser."""

    def _log_step(self, before, actor, reason):
        """Log one line a record: from where to where, by whom, why."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        reason_html = Markup("<br/>%s") % escape(reason) if not is_html_empty(reason) else ""
        messages = self._log_lines(
            {
                record.id: Markup("%s → <b>%s</b>%s%s")
                % (labels[before[record.id]], labels[record.state], self._get_log_suffix(record, actor), reason_html)
                for record in self
            },
            actor.partner,
        )
        # auditors find all steps, and only them, by this subtype
        messages.subtype_id = self._ref_id("mt_step")

    def _get_log_suffix(self, record, actor):
        """Hook: what the log line says besides the states, e.g. for whom somebody decided."""
        return ""

    # ---------------------------------------------------------------------
    # Activities
    # ---------------------------------------------------------------------

    def _get_due_activities(self):
        """Hook: return what should wait for somebody now, ``{(record id, type xmlid): (user, deadline, summary)}``."""
        return {}

    def _sync_activities(self, is_new=False):
        """Remove the activities of our types that are moot and make those that are due, in one go.

        :param bool is_new: nothing can be there yet
        """
        if not self._step_activity_types:
            return
        types = {self._ref_id(xmlid): xmlid for xmlid in self._step_activity_types if self._ref_id(xmlid)}
        due = self._get_due_activities()
        # each in the language of whoever it waits for, not of whoever made the step
        for lang in {user.sudo().lang for user, *_words in due.values()} - {self.env.lang or "en_US"}:
            translated = self.with_context(lang=lang)._get_due_activities()
            due.update((key, words) for key, words in translated.items() if words[0].sudo().lang == lang)
        # sudo: whoever makes an activity may delete it, and people must not delete a question to somebody else
        activities = self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True)
        domain = [
            ("res_model", "=", self._name),
            ("res_id", "in", self.ids),
            ("activity_type_id", "in", list(types)),
            ("automated", "=", True),
        ]
        existing = activities.browse() if is_new else activities.search(domain)
        moot = activities.browse()
        for activity in existing:
            key = (activity.res_id, types[activity.activity_type_id.id])
            if key in due and due[key][0] == activity.user_id:
                del due[key]
            else:
                moot += activity
        moot.unlink()
        if not due:
            return
        # activities keep the names of their records, read one by one: removing some emptied the cache
        self.browse({record_id for record_id, _xmlid in due}).with_user(SUPERUSER_ID).mapped("display_name")
        type_ids = {xmlid: type_id for type_id, xmlid in types.items()}
        model_id = self.env["ir.model"]._get_id(self._name)
        activities.with_user(SUPERUSER_ID).create(
            [
                {
                    "activity_type_id": type_ids[xmlid],
                    "automated": True,
                    "date_deadline": deadline,
                    "res_id": record_id,
                    "res_model": self._name,
                    "res_model_id": model_id,
                    "summary": summary,
                    "user_id": user.id,
                }
                for (record_id, xmlid), (user, deadline, summary) in due.items()
                if xmlid in type_ids  # a type that somebody deleted stops no step
            ]
        )

    @api.model
    def _get_step_activity_types(self):
        """Return the types of the activities that ``_sync_activities`` looks after."""
        return self.env["mail.activity.type"].browse(filter(None, map(self._ref_id, self._step_activity_types)))

    def _is_question_open(self):
        """Hook: return whether somebody's answer is awaited, so that its activity can't be put aside."""
        return False

    def _get_question_words(self):
        """Hook: return what answers the open question, in words."""
        return ""

    # ---------------------------------------------------------------------
    # Scheduled
    # ---------------------------------------------------------------------

    @api.model
    def _run_one_by_one(self, domain, step):
        """Call ``step`` on each record of ``domain``, one at a time, and commit after each.

        A record on which somebody else works, and one whose step is refused, stays for the next run: the others go on.
        What was refused counts as looked at, or the job would be run again at once and without end.
        """
        records = self.search(domain)
        self.env["ir.cron"]._commit_progress(remaining=len(records))
        for record in records:
            try:
                if locked := record.try_lock_for_update(limit=1).filtered_domain(domain):
                    step(locked)
            except (OperationalError, ConcurrencyError):
                self.env.cr.rollback()
                continue
            except (UserError, IntegrityError) as error:
                self.env.cr.rollback()
                _logger.warning("%s was left as it is: %s", record, error)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _trigger_cron(self, xmlid):
        """Run a job of this module soon, after this transaction."""
        if cron_id := self._ref_id(xmlid):
            # sudo: jobs belong to the system
            self.env["ir.cron"].sudo().browse(cron_id)._trigger()

    # ---------------------------------------------------------------------
    # Helpers
    # ---------------------------------------------------------------------

    def _ask_reason(self, step, title):
        """Return the window that asks why, and then makes ``step`` on these records."""
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "hr.volunteer.reason.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_res_model": self._name, "default_res_ids": self.ids, "default_step": step},
        }
