"""Writes the personal links to the applications of the demo data, and to what was asked last about them, by role.

Read by `odoo shell` on a database with demo data, which gives `env`; the file is in VE_LINKS.
"""
# ruff: noqa: F821

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

data = env["ir.model.data"].search(
    [("module", "=", "volunteer_engagement"), ("model", "=", "hr.volunteer.application")]
)
links = {"association": {}, "manager": {}}
for name, application in zip(data.mapped("name"), env["hr.volunteer.application"].browse(data.mapped("res_id"))):
    for role, record in (("association", application), ("manager", application.approval_ids.sorted("id")[-1:])):
        if record and (url := record._get_link_url(role)):
            links[role][name] = urlsplit(url).path
Path(os.environ["VE_LINKS"]).write_text(json.dumps(links))
