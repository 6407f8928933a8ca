"""What is left when something breaks in the middle: a job, the database's connection, the mail server, a record."""

import os
import signal
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.fields import Command
from odoo.tools import mute_logger

from .engine import Runner
from .scenarios import TOLD, Scenario, run_job, write_and_send
from .world import APPLICATION, call, press

MAIL_LOG = "odoo.addons.mail.models.mail_mail"


@contextmanager
def interrupted(env, method, number, interrupt):
    """Do something to this process before the ``number``-th call of a method of applications."""
    cls = env.registry[APPLICATION]
    original = getattr(cls, method)
    calls = []

    def interrupting(self, *args, **kwargs):
        calls.append(self)
        if len(calls) == number:
            interrupt()
        return original(self, *args, **kwargs)

    with patch.object(cls, method, interrupting):
        yield


class Fault(Scenario):
    """A scenario in which one runner is stopped from outside."""

    def judge_outcomes(self, outcomes):
        victim, *others = outcomes
        faults = [] if victim.outcome in ("lost", "failed") else [f"{victim.name} was not stopped: {victim.outcome}"]
        return faults + super().judge_outcomes(others)


class JobDies(Fault):
    """The daily job is killed while it ends the second of three applications."""

    name = "a job is killed"
    count = 3

    def prepare(self, number):
        world = self.world
        start = fields.Datetime.now() - timedelta(days=number, hours=3)
        self.applications = (
            world.env[APPLICATION]
            .with_user(world.administrator)
            .create(
                [
                    {
                        "employee_id": employee.id,
                        "mission_id": self.make_mission(f"{number} {employee.id}").id,
                        "state": "confirmed",
                        "slot_ids": [
                            Command.create(
                                {
                                    "date_start": start,
                                    "date_end": start + timedelta(hours=1),
                                    "time_type": "personal",
                                    "state": "attended",
                                }
                            )
                        ],
                    }
                    for employee in self.employees
                ]
            )
            .sudo()
        )

        def die(env):
            with interrupted(env, "_after_done", 2, lambda: os.kill(os.getpid(), signal.SIGKILL)):
                env[APPLICATION]._cron_done()

        return [Runner("job", die, is_job=True)]

    def run_afterwards(self, registry):
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.states_after_death = sorted(self.applications.with_env(env).mapped("state"))
        run_job(registry, APPLICATION, "_cron_done")

    def judge(self, outcomes):
        faults = self.world.find_faults(self.applications)
        if self.states_after_death != ["confirmed", "confirmed", "done"]:
            faults.append(f"the job left {self.states_after_death}")
        if set(self.applications.mapped("state")) != {"done"}:
            faults.append(f"the next run left {self.applications.mapped('state')}")
        if [self.world.count_steps(application) for application in self.applications] != [1, 1, 1]:
            faults.append("an application has not one log line")
        return faults + self.compare_mails({"all": {"thanks": 3}}, {"all"})


class ConnectionCut(Fault):
    """The database ends the connection at the end of a step, as when it restarts; the employee tries again."""

    name = "a connection is cut"

    def prepare(self, number):
        mission = self.make_mission(number, capacity=1)
        self.application = self.world.make_applications(mission, self.employees, number).sudo()
        confirm = press(self.application, "action_confirm")

        def cut(env):
            def terminate():
                with env.registry.cursor() as cr:
                    cr.execute("SELECT pg_terminate_backend(%s)", [env.cr.connection.get_backend_pid()])

            with interrupted(env, "_sync_activities", 1, terminate), mute_logger("odoo.sql_db"):
                confirm(env)

        return [Runner("cut", cut, self.users.id)]

    def run_afterwards(self, registry):
        with registry.cursor() as cr:
            self.move(api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"}))
            self.left = (self.application.state, self.application.seat_number, dict(self.world.count_mails()))
            press(self.application, "action_confirm")(self.world.env(user=self.users.id))

    def judge(self, outcomes):
        faults = self.world.find_faults(self.application)
        if self.left != ("contact", 0, {}):
            faults.append(f"something was half done: {self.left}")
        if self.application.state != "confirmed":
            faults.append(f"tried again, and it is {self.application.state}")
        return faults + self.compare_mails({"all": TOLD}, {"all"})


class MailServerDown(Scenario):
    """Nobody answers where mails are sent to; later somebody does."""

    name = "the mail server is down"

    def prepare(self, number):
        mission = self.make_mission(number)
        self.application = self.world.make_applications(mission, self.employees, number).sudo()
        return [Runner("confirm", press(self.application, "action_confirm"), self.users.id)]

    def run_afterwards(self, registry):
        with registry.cursor() as cr:
            self.move(api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"}))
            env = self.world.env
            servers = type(env["ir.mail_server"])
            mails = env["mail.mail"].search([("id", ">", self.world.last_mail_id)])
            refused = ConnectionRefusedError("nobody there")
            with (
                patch.object(servers, "_connect__", side_effect=refused),
                mute_logger(MAIL_LOG),
            ):
                env["mail.mail"].process_email_queue(mails.ids)
            self.failures = mails.mapped(lambda mail: (mail.state, "nobody there" in (mail.failure_reason or "")))
            mails.action_retry()
            with (
                patch.object(servers, "_connect__", return_value=None),
                patch.object(servers, "send_email", return_value="sent") as send_email,
            ):
                env["mail.mail"].process_email_queue(mails.ids)
                # a second run finds nothing to send
                env["mail.mail"].process_email_queue(mails.ids)
            self.sent = sorted(call.args[0]["To"] for call in send_email.call_args_list)
            # one with a personal link is gone once it is sent
            self.states = mails.exists().mapped("state")

    def judge(self, outcomes):
        faults = self.world.find_faults(self.application)
        if self.application.state != "confirmed":
            faults.append(f"it is {self.application.state}")
        if self.failures != [("exception", True)] * 2:
            faults.append(f"mails are {self.failures}")
        if set(self.states) - {"sent"} or len(self.sent) != 2 or len(set(self.sent)) != 2:
            faults.append(f"mails are {self.states}, to {self.sent}")
        return faults


class DraftDeleted(Scenario):
    """An employee deletes a draft in one window and sends it in another."""

    name = "a draft is deleted while it is sent"
    refusals = frozenset({"gone"})

    def prepare(self, number):
        mission = self.make_mission(number)
        self.application = self.world.make_applications(mission, self.employees, number, state="draft").sudo()
        ids = self.application.ids
        return [
            Runner("delete", lambda env: call(env, APPLICATION, "unlink", ids), self.users.id),
            Runner("send", press(self.application, "action_apply"), self.users.id),
        ]

    def judge(self, outcomes):
        faults = self.find_faults(outcomes, self.application, [{"delete"}, {"send"}], {"send": {"applied": 1}})
        is_sent = outcomes[1].outcome == "done"
        if bool(self.application.exists()) != is_sent or (is_sent and self.application.state != "applied"):
            faults.append(f"the application: {self.application.exists().mapped('state')}")
        return faults


class RegistrationWithdrawn(Scenario):
    """An officer ends the registration while the employee confirms, or applies to another mission."""

    name = "withdrawn at the same moment"
    refusals = frozenset({"moved on", "not registered"})

    def __init__(self, world):
        super().__init__(world)
        self.employees = world.employees[-2]
        self.users = self.employees.user_id

    def prepare(self, number):
        world = self.world
        self.registration = world.env["hr.volunteer.registration"].search([("employee_id", "=", self.employees.id)])
        if self.registration.state != "validated":
            self.registration.with_user(world.officer).action_ask_again()
        self.mission = self.make_mission(number)
        self.is_new = number % 4 < 2
        if self.is_new:
            step = write_and_send(self.mission, world.get_start(number))
        else:
            step = press(world.make_applications(self.mission, self.employees, number), "action_confirm")
        return [
            Runner("withdraw", press(self.registration, "action_withdraw"), world.officer.id),
            Runner("take part", step, self.users.id),
        ]

    def judge(self, outcomes):
        applications = self.mission.sudo().application_ids
        cancelled = {"cancelled": 1, "cancelled (association)": 1}
        if self.is_new:
            # of what was sent after it, the withdrawal does not know
            took_part = {"applied": 1, **cancelled}
            withdrawn = {}
        else:
            took_part, withdrawn = TOLD, cancelled
        faults = self.find_faults(
            outcomes,
            applications,
            [{"withdraw"}, {"withdraw", "take part"}],
            {"withdraw": withdrawn, "take part": took_part},
        )
        if self.registration.state != "withdrawn" or set(applications.mapped("state")) - {"cancelled"}:
            faults.append(f"they are {self.registration.state}, {applications.mapped('state')}")
        return faults
