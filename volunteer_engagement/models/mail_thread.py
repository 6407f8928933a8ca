from odoo import api, models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Let conversations look at a mail before it is posted on them: who wrote it, and what it quotes."""
        conversation = self.pool["hr.volunteer.conversation.mixin"]
        others = []
        thread_id = False
        for route in routes or ():
            model, record_id = route[:2]
            if not record_id or not isinstance(self.env[model], conversation):
                others.append(route)
                continue
            # sudo: the gateway posts for whoever wrote
            record = self.env[model].sudo().browse(record_id)
            if values := record._prepare_incoming_mail(message, message_dict):
                thread_id = super()._message_route_process(message, values, [route])
        if others:
            thread_id = super()._message_route_process(message, message_dict, others)
        return thread_id
