import logging
import os
from collections import Counter
from datetime import datetime, time, timedelta
from unittest import skipUnless

from freezegun.api import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import VolunteerCommon, utc

try:
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis.stateful import run_state_machine_as_test

    from .state_machine import ALLOWANCE, EXAMPLES, STEPS, TIMES, VolunteerMachine
except ModuleNotFoundError:  # Hypothesis is a package of development: Odoo's own runner may be without
    VolunteerMachine = None

_logger = logging.getLogger(__name__)


@tagged("-at_install", "post_install")
@skipUnless(VolunteerMachine, "needs hypothesis")
class TestStateMachine(VolunteerCommon):
    """Random people do random things, and the rules hold after each of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.volunteer_work_hours_allowance = ALLOWANCE
        cls.small_mission = cls.make_mission("Sort clothes", capacity=1)
        cls.shift_mission = cls.make_mission("Drive the van", capacity=2, skip_contact=True)
        shifts = cls.env["hr.volunteer.shift"].with_user(cls.user_officer)
        for day, name in ((2, "afternoon"), (3, "evening")):
            hour, minute, end_hour, end_minute, _time_type = TIMES[name]
            date_ = cls.monday + timedelta(days=day)
            shifts.create(
                {
                    "mission_id": cls.shift_mission.id,
                    "date_start": utc(date_, hour, minute),
                    "date_end": utc(date_, end_hour, end_minute),
                    "capacity": 1,
                }
            )
        # the officer volunteers as well
        cls.people = (cls.user_employee, cls.user_colleague, cls.user_field, cls.user_officer)
        cls.jobs = cls.env["ir.cron"].browse(
            cls.env["ir.model.data"]
            .search([("module", "=", "volunteer_engagement"), ("model", "=", "ir.cron")])
            .mapped("res_id")
        )
        cls.counts = Counter()

    @mute_logger("odoo.sql_db", "odoo.addons.volunteer_engagement.models.lifecycle_mixin")
    def test_rules_hold_whatever_people_do(self):
        """No way of steps breaks a rule; all states are reached."""
        is_wide = "VE_EXAMPLES" in os.environ
        # Hypothesis itself lives in real time: it gives up shrinking after some minutes
        with freeze_time(datetime.combine(self.monday, time()), ignore=["hypothesis"]) as self.clock:
            run_state_machine_as_test(
                lambda: VolunteerMachine(self),
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=STEPS,
                    derandomize=not is_wide,
                    print_blob=is_wide,
                    database=None,
                    phases=(Phase.generate, Phase.shrink),
                    report_multiple_bugs=False,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        for state, _label in self.env["hr.volunteer.application"]._fields["state"].selection:
            self.assertTrue(self.counts[f"state {state}"], f"no way led to {state}: {self.counts}")
        _logger.info("What happened, how often: %s", dict(self.counts.most_common()))
