"""A test that was skipped has proved nothing: it fails the run, unless ALLOW_SKIPS is set.

Tests tagged -standard, which Odoo's own runner leaves out as well, are for tools/test-odoo.
"""

import os

import pytest


def _skipped(config):
    """Return the reports of what was skipped, subtests included."""
    stats = config.pluginmanager.get_plugin("terminalreporter").stats
    return [report for category, reports in stats.items() if "skipped" in category for report in reports]


def pytest_collection_modifyitems(config, items):
    left_out = [item for item in items if "standard" not in getattr(item.cls, "test_tags", {"standard"})]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    if exitstatus == pytest.ExitCode.OK and not os.environ.get("ALLOW_SKIPS") and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    if (count := len(_skipped(config))) and not os.environ.get("ALLOW_SKIPS"):
        terminalreporter.write_line(
            f"{count} skipped, for the reasons above: the run fails. ALLOW_SKIPS=1 lets it pass.", red=True
        )
