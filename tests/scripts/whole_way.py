"""Takes an application the whole way as the people concerned, leaves another employee waiting, and prints what became.

Read by `odoo shell`, which gives `env`.
"""
# ruff: noqa: F821

import json
from datetime import datetime, time, timedelta

from odoo import fields
from odoo.fields import Command

APPLICATION = "hr.volunteer.application"


def make_user(login, group="base.group_user"):
    return (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            {
                "name": login.capitalize(),
                "login": f"whole_way_{login}",
                "email": f"{login}@company.example.com",
                "lang": "en_US",
                "tz": "UTC",
                "group_ids": [Command.set([env.ref(group).id])],
            }
        )
    )


def make_employee(user, manager=None):
    return env["hr.employee"].create(
        {
            "name": user.name,
            "user_id": user.id,
            "parent_id": manager and manager.id,
            "resource_calendar_id": calendar.id,
            "tz": "UTC",
        }
    )


calendar = env["resource.calendar"].create({"name": "Whole way", "tz": "UTC"})
officer = make_user("officer", "volunteer_engagement.group_volunteer_officer")
manager, walker, waiting = (make_user(login) for login in ("manager", "walker", "waiting"))
manager_employee = make_employee(manager)
walker_employee = make_employee(walker, manager_employee)
make_employee(waiting, manager_employee)

association = env["res.partner"].create(
    {
        "name": "Whole Way Association",
        "is_company": True,
        "is_volunteer_association": True,
        "child_ids": [Command.create({"name": "Referent", "email": "referent@association.example.org"})],
    }
)
program = env["hr.volunteer.program"].with_user(officer).create({"name": "Whole Way Program"})
mission = (
    env["hr.volunteer.mission"]
    .with_user(officer)
    .create(
        {
            "name": "Whole Way Mission",
            "program_id": program.id,
            "association_id": association.id,
            "referent_id": association.child_ids.id,
            "capacity": 1,
        }
    )
)
mission.action_publish()

for user in (walker, waiting):
    program.with_user(user).action_join()
registrations = env["hr.volunteer.registration"].with_user(officer)
registrations.search([("employee_id", "=", walker_employee.id)]).action_validate()

# a Tuesday morning, three weeks ahead
today = fields.Date.today()
start = datetime.combine(today - timedelta(days=today.weekday()) + timedelta(days=22), time(8))
application = (
    env[APPLICATION]
    .with_user(walker)
    .create(
        {
            "mission_id": mission.id,
            "motivation": "I would like to help.",
            "slot_ids": [
                Command.create({"date_start": start, "date_end": start + timedelta(hours=2), "time_type": "work"})
            ],
        }
    )
)
states = [application.state]
application.action_apply()
states.append(application.state)
application.with_user(officer).action_contact()
states.append(application.state)
application.action_confirm()
states.append(application.state)
approval = application.sudo().approval_ids.with_user(manager)
asked = env["mail.activity"].search_count([("res_model", "=", approval._name), ("user_id", "=", manager.id)])
approval.action_approve()
states.append(application.state)
env.flush_all()

result = {
    "states": states,
    "approval": approval.state,
    "work_hours": application.work_hours,
    "asked": asked,
    "still_asked": env["mail.activity"].search_count(
        [("res_model", "=", approval._name), ("user_id", "=", manager.id)]
    ),
    "mails_to": sorted(
        set(env["mail.mail"].search([("model", "=like", "hr.volunteer.%")]).mapped(lambda mail: mail.email_to))
    ),
}
env.cr.commit()
print("RESULT " + json.dumps(result))
