from odoo import SUPERUSER_ID, fields, models
from odoo.tools import SQL


def get_people(employees):
    """Return who employees are in the database: employees, users and contacts, as ids by model name."""
    users = employees.user_id
    return {
        "hr.employee": employees.ids,
        "res.partner": (employees.work_contact_id | users.partner_id).ids,
        "res.users": users.ids,
    }


def erase_conversation(records):
    """Remove messages, log lines, mails, files, activities and followers of records, for good. Runs as superuser."""
    env = records.env
    on_records = [("res_model", "=", records._name), ("res_id", "in", records.ids)]
    threads = [("model", "=", records._name), ("res_id", "in", records.ids)]
    # archived ones are activities that were done
    activities = env["mail.activity"].with_context(active_test=False, mail_activity_quick_update=True)
    activities.search(on_records).unlink()
    messages = env["mail.message"].search(threads)
    # what was attached in a composer belongs to no record; what belongs to another one stays there
    uploads = messages.attachment_ids.filtered(lambda file: file.res_model in (False, "mail.compose.message"))
    files = env["ir.attachment"].search(on_records)
    # with their mails, notifications, reactions and tracked values, by cascade
    messages.unlink()
    (uploads | files).exists().unlink()
    env["mail.followers"].search(on_records).unlink()
    env["mail.scheduled.message"].search(threads).unlink()
    # external ids of imports are words that somebody chose
    env["ir.model.data"].search([*threads, ("module", "in", ("__export__", "__import__"))]).unlink()


class HrVolunteerErasureMixin(models.AbstractModel):
    """Forget whose records these were and what was said about them; figures, dates and department stay.

    Text is erased unless the model says that it tells nothing about a person, so that a field added later is erased
    until somebody decides otherwise.
    """

    _name = "hr.volunteer.erasure.mixin"
    _description = "Records that outlive the name of their employee"

    # text that says nothing about the employee
    _erasure_kept_fields = frozenset()

    erased_date = fields.Datetime(
        string="Erased On",
        readonly=True,
        copy=False,
        help="Since when the name, the motivation and the conversation of this record are gone.",
    )

    def _erase(self):
        """Empty the names and the texts of these records and remove their conversation, for good. Sends nothing."""
        if not self:
            return
        erase_conversation(self)
        self._erase_columns()

    def _erase_columns(self):
        # steps are closed to the superuser as well, and nobody writes who made a record: the database does both
        self.env.flush_all()
        values = [
            SQL("erased_date = %s", fields.Datetime.now()),
            SQL("create_uid = %s", SUPERUSER_ID),
            SQL("write_uid = %s", SUPERUSER_ID),
        ]
        people = get_people(self.employee_id)
        for name, field in self._fields.items():
            if not field.store or not field.column_type or name in ("create_uid", "write_uid"):
                continue
            column = SQL.identifier(name)
            is_text = field.type in ("char", "text", "html") and name not in self._erasure_kept_fields
            if is_text or name in ("employee_id", "employee_user_id"):
                values.append(SQL("%s = NULL", column))
            elif field.type == "many2one" and (ids := people.get(field.comodel_name)):
                values.append(SQL("%s = CASE WHEN %s IN %s THEN NULL ELSE %s END", column, column, tuple(ids), column))
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s WHERE id IN %s", SQL.identifier(self._table), SQL(", ").join(values), tuple(self.ids)
            )
        )
        self.env.invalidate_all()

    def _get_erased_name(self):
        """Return what stands where the name of the employee was."""
        return self.env._("Erased")
