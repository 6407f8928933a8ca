"""Writes the personal links to the applications of the demo data, to what was asked last about them, and of
invitations, by role.

Read by `odoo shell` on a database with demo data, which gives `env`; the file is in VE_LINKS.
"""
# ruff: noqa: F821

import json
import os
from pathlib import Path
from urllib.parse import urlsplit


def named(model):
    """Return the records of a model by their names in the demo data."""
    data = env["ir.model.data"].search([("module", "=", "volunteer_engagement"), ("model", "=", model)])
    return zip(data.mapped("name"), env[model].browse(data.mapped("res_id")))


found = [("employee", name, invitation) for name, invitation in named("hr.volunteer.invitation")]
for name, application in named("hr.volunteer.application"):
    found += [("association", name, application), ("manager", name, application.approval_ids.sorted("id")[-1:])]
links = {"association": {}, "employee": {}, "manager": {}}
for role, name, record in found:
    if record and (url := record._get_link_url(role)):
        links[role][name] = urlsplit(url).path
Path(os.environ["VE_LINKS"]).write_text(json.dumps(links))
