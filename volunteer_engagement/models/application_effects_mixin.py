from odoo import models

from .lifecycle_mixin import Actor


class HrVolunteerApplicationEffectsMixin(models.AbstractModel):
    """What follows from each step of an application: who is told, and what becomes of dates and approvals."""

    _name = "hr.volunteer.application.effects.mixin"
    _description = "What follows from the steps of an application"

    def _after_applied(self, before, actor, reason):
        fresh = self.filtered(lambda application: before[application.id] == "draft")
        fresh._send_mails("mail_template_application_applied", fresh._get_association_recipients())
        redirected = self - fresh
        # nobody was asked about the other mission
        redirected.slot_ids.approver_id = False
        # shifts belong to the mission that was left
        redirected.slot_ids.filtered("shift_id").unlink()
        redirected._send_mails("mail_template_application_redirected", redirected._get_employee_recipients())

    def _after_contact(self, before, actor, reason):
        asked = self.filtered(lambda application: before[application.id] == "to_approve")
        changed = self.filtered(lambda application: before[application.id] == "confirmed")
        back = asked + changed
        by_employee = self.filtered(lambda application: application._is_by_employee(actor))
        spoken = (self - back) & by_employee
        spoken._send_mails("mail_template_application_spoken", spoken._get_association_recipients())
        contacted = self - back - by_employee
        contacted._send_mails("mail_template_application_contact", contacted._get_employee_recipients())
        back._settle_slots("proposed")
        unanswered = asked if actor.role == "system" else asked & by_employee
        unanswered._settle_approvals("withdrawn", actor, reason)
        (asked - unanswered)._settle_approvals("changes", actor, reason)
        changed._tell_managers()
        to_change = back - by_employee
        to_change._send_mails("mail_template_application_changes", to_change._get_employee_recipients())
        postponed = (to_change | changed)._filter_association_told(before)
        postponed._send_mails("mail_template_application_postponed", postponed._get_association_recipients())

    def _after_to_approve(self, before, actor, reason):
        self.env["hr.volunteer.approval"]._ask(self)

    def _after_confirmed(self, before, actor, reason):
        approved = self.filtered(lambda application: before[application.id] == "to_approve")
        # dates that were attended before a change were asked then
        on_work = (self - approved).filtered(lambda application: application._get_slots_to_ask())
        if on_work:
            self.env["hr.volunteer.approval"]._ask(on_work, told=True)
        attachments = self._create_calendar_attachments()
        to_employees = self._prepare_mails(
            "mail_template_application_confirmed", self._get_employee_recipients(), attachments
        )
        to_associations = self._prepare_mails(
            "mail_template_application_confirmed_association", self._get_association_recipients(), attachments
        )
        self._queue_mails(to_employees + to_associations)
        approved._settle_approvals("tacit" if actor.role == "system" else "approved", actor, reason)

    def _after_refused(self, before, actor, reason):
        self._settle_slots("cancelled")
        asked = self.filtered(lambda application: before[application.id] == "to_approve")
        asked._settle_approvals("refused", actor, reason)
        self._send_mails("mail_template_application_refused", self._get_employee_recipients())
        told = asked._filter_association_told(before)
        told._send_mails("mail_template_application_refused_association", told._get_association_recipients())

    def _after_done(self, before, actor, reason):
        ended_early = self.filtered(
            lambda application: (
                application.cancel_reason and application._get_proposed_slots() | application._get_future_slots()
            )
        )
        ended_early._settle_slots("cancelled")
        ended_early._tell_cancelled(before, actor)
        thanked = self.filtered(lambda application: any(slot.state == "attended" for slot in application.slot_ids))
        thanked._send_mails("mail_template_application_done", thanked._get_employee_recipients())
        others = (self - thanked).filtered(lambda application: not application._is_by_employee(actor))
        others._send_mails("mail_template_application_cancelled", others._get_employee_recipients())

    def _after_cancelled(self, before, actor, reason):
        self._settle_slots("cancelled")
        self._tell_cancelled(before, actor)
        others = self.filtered(lambda application: not application._is_by_employee(actor))
        others._send_mails("mail_template_application_cancelled", others._get_employee_recipients())

    def _thank_late(self, slots):
        """Thank those who had ended before anybody said that they were there, once ``slots`` were attended."""
        late = self.filtered(
            lambda application: (
                application.state == "done"
                and application.slot_ids & slots
                and not (application.slot_ids - slots).filtered(lambda slot: slot.state == "attended")
            )
        )
        late._send_mails("mail_template_application_done", late._get_employee_recipients())

    def _tell_cancelled(self, before, actor):
        """Tell the association that had been told of the application, and the manager who was asked or told."""
        self._settle_approvals("withdrawn", actor, "")
        # only of confirmed ones: an older answer of an application that was changed since is moot
        self.filtered(lambda application: before[application.id] == "confirmed")._tell_managers()
        # an association that missed the employee on all dates does not wait for them
        told = self._filter_association_told(before).filtered(lambda application: not application._is_missed())
        told._send_mails("mail_template_application_cancelled_association", told._get_association_recipients())

    def _filter_association_told(self, before):
        """Return those of which the association has heard: whoever only waited for a place was not named to it."""
        return self.filtered(
            lambda application: (
                before[application.id] != "draft" and (application.applied_date or application.confirmed_date)
            )
        )

    def _tell_managers(self):
        """Tell the managers who gave, or were told of, work time that some of it is given back."""
        latest = self.env["hr.volunteer.approval"].concat(
            *(application.approval_ids.sorted("id")[-1:] for application in self)
        )
        given_back = latest.filtered(
            lambda approval: approval.state in ("approved", "tacit", "told") and approval._get_given_back_slots()
        )
        given_back._send_mails("mail_template_approval_withdrawn", given_back._get_manager_recipients())

    def _settle_slots(self, new_state):
        """Take the dates to come, and with an end the proposed ones, to ``new_state``."""
        slots = self._get_future_slots()
        if new_state == "cancelled":
            slots |= self._get_proposed_slots()
        slots._transition(new_state, actor=self._get_system_actor())

    def _settle_approvals(self, new_state, actor, reason):
        """Answer the pending approvals; a manager whose question is taken back is told by mail."""
        pending = self.approval_ids.filtered(lambda approval: approval.state == "pending")
        pending._transition(new_state, actor=Actor("system", actor.partner), reason=reason)
        if new_state == "tacit":
            pending._send_mails("mail_template_approval_tacit", pending._get_manager_recipients())
        if new_state == "withdrawn":
            pending._send_mails("mail_template_approval_withdrawn", pending._get_manager_recipients())
