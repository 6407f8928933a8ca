from odoo import models
from odoo.exceptions import RedirectWarning


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        """Refuse to mark a question done that is open still: it is answered on its record."""
        self._check_volunteer_answered()
        return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)

    def write(self, vals):
        """Refuse to archive, hand on or move a question that is open still."""
        if not {
            "active",
            "user_id",
            "res_id",
            "res_model",
            "res_model_id",
            "activity_type_id",
            "automated",
        }.isdisjoint(vals):
            self._check_volunteer_answered()
        return super().write(vals)

    def unlink(self):
        """Refuse to remove a question that is open still."""
        self._check_volunteer_answered()
        return super().unlink()

    def _check_volunteer_answered(self):
        """Raise when a person puts aside a volunteering question without an answer.

        :raise RedirectWarning: opens the record with the buttons that answer
        """
        if self.env.su:
            return
        lifecycle = self.pool["hr.volunteer.lifecycle.mixin"]
        # sudo: whether the question is open, whoever looks at the activity
        for activity in self.sudo().filtered("automated"):
            model = self.env.get(activity.res_model)
            if not isinstance(model, lifecycle) or activity.activity_type_id not in model._get_step_activity_types():
                continue
            record = model.sudo().browse(activity.res_id).exists()
            if record and record._is_question_open():
                raise RedirectWarning(
                    self.env._("This question is still open. %(what)s", what=record._get_question_words()),
                    record.sudo(False)._get_records_action(),
                    self.env._("Open"),
                )
