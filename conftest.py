"""A test that was skipped has proved nothing: it fails the run, unless ALLOW_SKIPS is set."""

import os

import pytest


def _skipped(config):
    """Return the reports of what was skipped, subtests included."""
    stats = config.pluginmanager.get_plugin("terminalreporter").stats
    return [report for category, reports in stats.items() if "skipped" in category for report in reports]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    if exitstatus == pytest.ExitCode.OK and not os.environ.get("ALLOW_SKIPS") and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    if (count := len(_skipped(config))) and not os.environ.get("ALLOW_SKIPS"):
        terminalreporter.write_line(
            f"{count} skipped, for the reasons above: the run fails. ALLOW_SKIPS=1 lets it pass.", red=True
        )
