from odoo.tests import tagged, warmup

from .common import VolunteerCommon

PERSONAL = {"start": 19, "end": 21, "time_type": "personal"}


@tagged("-at_install", "post_install")
class TestQueryCount(VolunteerCommon):
    """The number of queries of a step does not grow with each record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.many = cls.env["hr.employee"].create(
            [
                {
                    "name": f"Employee {number}",
                    "work_email": f"employee{number}@maree.example",
                    "company_id": cls.company.id,
                    "parent_id": cls.employee_manager.id,
                    "department_id": cls.department.id,
                    "resource_calendar_id": cls.calendar.id,
                    "tz": "Europe/Paris",
                    "date_version": "2020-01-01",
                }
                for number in range(100)
            ]
        )
        cls.env["hr.volunteer.registration"].with_user(cls.user_officer).create(
            [{"employee_id": employee.id} for employee in cls.many]
        )

    def _make(self, count, state, **slot):
        applications = (
            self.env["hr.volunteer.application"]
            .with_user(self.user_administrator)
            .create(
                [
                    {
                        "employee_id": employee.id,
                        "mission_id": self.mission.id,
                        # an administrator may begin in the middle
                        **({} if state == "draft" else {"state": "contact"}),
                        "slot_ids": [(0, 0, self.slot_vals(**slot)), (0, 0, self.slot_vals(**dict(slot, day=1)))],
                    }
                    for employee in self.many[:count]
                ]
            )
        )
        if state == "to_approve":
            applications.action_confirm()
        return applications

    def _assert_budget(self, records, method, *args):
        """Assert that a step on records that are on the screen takes at most 40 queries and 0.6 for each record."""
        records.env.flush_all()
        with self.assertQueryCount(int(40 + 0.6 * len(records))):
            getattr(records, method)(*args)

    def _count_cold(self, records, method, *args):
        """Return the queries of a step by a request that has read nothing before."""
        records = records.browse(records.ids)
        records.env.flush_all()
        records.env.invalidate_all()
        before = self.env.cr.sql_log_count
        getattr(records, method)(*args)
        records.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_nothing_grows_with_each_record(self):
        """From a cold cache eleven records cost at most 0.6 queries more for each of the ten."""
        steps = [
            ("confirm on work time", "contact", {}, "application", "action_confirm", ()),
            ("confirm on personal time", "contact", PERSONAL, "application", "action_confirm", ()),
            ("approve", "to_approve", {}, "approval", "action_approve", ()),
            ("ask for a change", "to_approve", {}, "approval", "_request_changes", ("Not then.",)),
            ("refuse", "to_approve", {}, "approval", "_refuse", ("Inventory.",)),
            ("cancel", "to_approve", {}, "application", "_cancel", ("The kitchen burnt down.",)),
        ]
        for words, state, slot, model, method, args in steps:
            counts = {}
            for count in (1, 1, 11):
                with self.undone():
                    records = self._make(count, state, **slot)
                    if model == "approval":
                        records = records.sudo().approval_ids.with_user(self.user_manager).sudo(False)
                    counts[count] = self._count_cold(records, method, *args)
            with self.subTest(step=words):
                self.assertLessEqual(counts[11] - counts[1], 6, counts)

    @warmup
    def test_confirm_one_on_work_time(self):
        """One confirmation on work time stays inside the budget."""
        self._assert_budget(self._make(1, "contact"), "action_confirm")

    @warmup
    def test_confirm_many_on_work_time(self):
        """A hundred confirmations on work time stay inside the budget."""
        applications = self._make(100, "contact")
        self._assert_budget(applications, "action_confirm")
        self.assertEqual(set(applications.mapped("state")), {"to_approve"})

    @warmup
    def test_confirm_one_on_personal_time(self):
        """One confirmation on personal time stays inside the budget."""
        self._assert_budget(self._make(1, "contact", **PERSONAL), "action_confirm")

    @warmup
    def test_confirm_many_on_personal_time(self):
        """A hundred confirmations on personal time stay inside the budget."""
        applications = self._make(100, "contact", **PERSONAL)
        self._assert_budget(applications, "action_confirm")
        self.assertEqual(set(applications.mapped("state")), {"confirmed"})

    @warmup
    def test_approve_one(self):
        """One approval stays inside the budget."""
        approvals = self._make(1, "to_approve").sudo().approval_ids.with_user(self.user_manager).sudo(False)
        self._assert_budget(approvals, "action_approve")

    @warmup
    def test_approve_many(self):
        """A hundred approvals at once stay inside the budget."""
        approvals = self._make(100, "to_approve").sudo().approval_ids.with_user(self.user_manager).sudo(False)
        self._assert_budget(approvals, "action_approve")
        self.assertEqual(set(approvals.mapped("state")), {"approved"})

    @warmup
    def test_ask_many_to_change(self):
        """A hundred requests for a change stay inside the budget."""
        approvals = self._make(100, "to_approve").sudo().approval_ids.with_user(self.user_manager).sudo(False)
        self._assert_budget(approvals, "_request_changes", "Not in the week of the inventory.")

    @warmup
    def test_apply_many(self):
        """A hundred applications sent at once stay inside the budget."""
        self._assert_budget(self._make(100, "draft"), "action_apply")

    @warmup
    def test_cancel_many(self):
        """A hundred cancellations stay inside the budget."""
        self._assert_budget(self._make(100, "to_approve"), "_cancel", "The kitchen burnt down.")
