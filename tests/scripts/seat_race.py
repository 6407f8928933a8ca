"""Lets employees confirm at the same moment, each in a connection of their own, and prints who got a seat.

Read by `odoo shell`, which gives `env`. A step runs through `retrying`, as one that comes from a browser does.
"""
# ruff: noqa: F821

import json
import threading
from datetime import datetime, time, timedelta

from odoo import api, fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import retrying

# how many run for how many seats
ROUNDS = [(2, 1)] * 5 + [(2, 2), (8, 3)]
TIMEOUT = 60  # seconds to wait for the others at the start
APPLICATION = "hr.volunteer.application"


def make_runners(count):
    """Return users with a validated registration."""
    users = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            [
                {
                    "name": f"Runner {number}",
                    "login": f"runner_{number}",
                    "email": f"runner.{number}@company.example.com",
                    "lang": "en_US",  # the test looks for English words
                    "tz": "UTC",
                    "group_ids": [Command.set([env.ref("base.group_user").id])],
                }
                for number in range(count)
            ]
        )
    )
    env["hr.employee"].create([{"name": user.name, "user_id": user.id, "tz": "UTC"} for user in users])
    for user in users:
        program.with_user(user).action_join()
    return users


def make_application(user, mission, days):
    """Return the id of an application that waits for its confirmation: a Sunday, personal time."""
    today = fields.Date.today()
    sunday = datetime.combine(today - timedelta(days=today.weekday()) + timedelta(days=6 + days), time(9))
    application = (
        env[APPLICATION]
        .with_user(user)
        .create(
            {
                "mission_id": mission.id,
                "slot_ids": [
                    Command.create(
                        {"date_start": sunday, "date_end": sunday + timedelta(hours=2), "time_type": "personal"}
                    )
                ],
            }
        )
    )
    application.action_apply()
    application.action_contact()
    return application.id


def run(user_id, application_id, barrier, results):
    """Confirm once all others look at the same free seats."""
    result = {"attempts": 0}
    results.append(result)
    try:
        with registry.cursor() as cr:
            own = api.Environment(cr, user_id, {})[APPLICATION].browse(application_id)

            def confirm():
                result["attempts"] += 1
                result["seen"] = own.mission_id.seats_taken
                if result["attempts"] == 1:
                    barrier.wait(TIMEOUT)
                own.action_confirm()

            retrying(confirm, own.env)
            result["outcome"] = "seat"
    except UserError as error:
        result.update(outcome="refused", message=str(error))
    except Exception as error:
        result.update(outcome="error", message=repr(error))


registry = env.registry
env.company.volunteer_validation_mode = "automatic"
association = env["res.partner"].create(
    {
        "name": "Race Association",
        "is_company": True,
        "is_volunteer_association": True,
        "email": "race@association.example.org",
    }
)
officer = env.ref("base.user_admin")
program = env["hr.volunteer.program"].with_user(officer).create({"name": "Race Program"})
runners = make_runners(max(count for count, _seats in ROUNDS))

rounds = []
for number, (count, seats) in enumerate(ROUNDS, 1):
    mission = (
        env["hr.volunteer.mission"]
        .with_user(officer)
        .create(
            {
                "name": f"Race {number}",
                "program_id": program.id,
                "association_id": association.id,
                "referent_id": association.id,
                "capacity": seats,
            }
        )
    )
    mission.action_publish()
    application_ids = [make_application(user, mission, 7 * number) for user in runners[:count]]
    env.cr.commit()
    barrier = threading.Barrier(count)
    results = []
    threads = [
        threading.Thread(target=run, args=(user.id, application_id, barrier, results))
        for user, application_id in zip(runners, application_ids)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    env.cr.rollback()  # to see what the others did
    env.invalidate_all()
    applications = env[APPLICATION].browse(application_ids)
    rounds.append(
        {
            "seats": seats,
            "results": results,
            "taken": sorted(filter(None, applications.mapped("seat_number"))),
            "states": sorted(applications.mapped("state")),
        }
    )
print("RESULT " + json.dumps(rounds))
