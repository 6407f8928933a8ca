"""Writes each mail of the addon as it is sent, one HTML file a template and language, and sends none.

Read by `odoo shell` on a database with demo data, which gives `env`; the folder is in VE_MAILS.
"""
# ruff: noqa: F821

import os
from datetime import timedelta
from pathlib import Path

from odoo import fields

# what a record has to be like for the mail to make sense, best first
DOMAINS = {
    "application_applied": [("state", "=", "applied")],
    "application_spoken": [("state", "=", "contact")],
    "application_postponed": [("state", "=", "contact")],
    "application_confirmed_association": [("state", "=", "confirmed")],
    "application_refused_association": [("state", "=", "refused")],
    "application_cancelled_association": [("state", "=", "cancelled")],
    "application_contact": [("state", "=", "contact")],
    "application_redirected": [("state", "=", "applied")],
    "application_refused": [("state", "=", "refused")],
    "application_changes": [("state", "=", "contact"), ("change_reason", "!=", False)],
    "application_confirmed": [("state", "=", "confirmed")],
    "application_done": [("state", "=", "done")],
    "application_cancelled": [("state", "=", "cancelled")],
    "application_offered": [("state", "=", "waiting"), ("offer_deadline", "!=", False)],
    "approval_asked": [("approver_id", "!=", False), ("state", "=", "pending")],
    "approval_told": [("approver_id", "!=", False), ("state", "=", "told")],
    "approval_withdrawn": [("slot_ids.state", "=", "cancelled"), ("approver_id", "!=", False)],
    "approval_tacit": [("approver_id", "!=", False), ("state", "=", "tacit")],
    "registration_to_validate": [("state", "=", "pending")],
    "registration_validated": [("state", "=", "validated")],
    "registration_refused": [("state", "=", "refused")],
}
# and what is put on a record that lacks it, in memory alone
VALUES = {
    "application_cancelled": {"cancel_reason": "The market is called off because of the storm."},
    "application_changes": {"change_reason": "We count the stock that day. Would the week after suit you?"},
    "application_offered": {"offer_deadline": fields.Datetime.now() + timedelta(hours=48)},
    "application_refused": {"refusal_reason": "The team is complete. Please come back in spring!"},
    "approval_tacit": {"deadline": fields.Datetime.now()},
    "registration_refused": {"refusal_reason": "Please wait until the end of your trial period."},
}
folder = Path(os.environ["VE_MAILS"])
folder.mkdir(parents=True, exist_ok=True)
recipient = env["res.partner"].create({"name": "Reader", "email": "reader@example.com"})
data = env["ir.model.data"].search([("module", "=", "volunteer_engagement"), ("model", "=", "mail.template")])
for name in sorted(name.removeprefix("mail_template_") for name in data.mapped("name")):
    template = env.ref(f"volunteer_engagement.mail_template_{name}")
    domain = DOMAINS.get(name, [])
    # a mail that nothing in the demo data stands for is shown about another record
    records = [env[template.model].search(domain[:length], limit=1) for length in range(len(domain), -1, -1)]
    record = next(filter(None, records))
    record._update_cache({key: value for key, value in VALUES.get(name, {}).items() if not record[key]})
    for lang in ("en_US", "fr_FR"):
        recipient.lang = lang
        values = record._prepare_mails(f"mail_template_{name}", {record.id: recipient})[0]
        mail = env["mail.mail"].create(values)
        head = f"<!-- {mail.subject} -->\n"
        (folder / f"{name}.{lang}.html").write_text(head + mail.body_html)
env.cr.rollback()
