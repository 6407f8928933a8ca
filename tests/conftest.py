"""Fixtures for the tests that look at the addon from outside, by Odoo's command line and the database.

`make test` runs them. Each test gets databases of its own, which are dropped when it ends.
"""

import json
import os
import re
import subprocess
import sys
import uuid
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(__file__).resolve().parent / "scripts"
MODULE = "volunteer_engagement"
PROBLEM = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (?:WARNING|ERROR|CRITICAL) ")
RESULT = "RESULT "
TIMEOUT = 600  # seconds for one command
ROUNDS = int(os.environ.get("ROUNDS") or 2)  # how often a race is run
FIGURES = "race"  # what a race gave: a property of its test, so that it comes back from another process


def pytest_terminal_summary(terminalreporter):
    """Print what the races gave: who got what and why, how often it was tried, and how long it took at worst."""
    figures = {
        scenario: rounds
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, (scenario, rounds) in getattr(report, "user_properties", ())
        if name == FIGURES
    }
    if not figures:
        return
    terminalreporter.section("races")
    for scenario, rounds in figures.items():
        outcomes = [outcome for one in rounds for outcome in one["outcomes"]]
        tries = [outcome["attempts"] for outcome in outcomes]
        terminalreporter.write_line(
            f"{scenario}: {len(rounds)} rounds, {sum(bool(one['faults']) for one in rounds)} with faults; "
            f"{sum(tries)} tries by {len(tries)} runners, {max(tries)} at most; "
            f"{max(outcome['seconds'] for outcome in outcomes):.1f} s at worst"
        )
        # runners that are all alike have numbers
        counts = Counter(
            (re.sub(r" \d+\b.*", "s", outcome["name"]), outcome["outcome"], outcome["reason"]) for outcome in outcomes
        )
        for (name, outcome, reason), count in sorted(counts.items()):
            terminalreporter.write_line(f"{count:8} {name}: {outcome}{f', {reason}' * bool(reason)}")


class Run:
    """What one command of Odoo said."""

    def __init__(self, process):
        self.code = process.returncode
        self.log = process.stderr
        self.output = process.stdout

    @property
    def problems(self):
        """The lines of the log that are a warning or worse."""
        return [line for line in self.log.splitlines() if PROBLEM.match(line)]

    @property
    def result(self):
        """What the script printed after ``RESULT``, from JSON."""
        lines = [line for line in self.output.splitlines() if line.startswith(RESULT)]
        assert lines, f"The script printed no result:\n{self.output}\n{self.log[-6000:]}"
        return json.loads(lines[-1][len(RESULT) :])


def run_odoo(*args, script=None):
    """Run Odoo with these arguments, and fail when it does.

    :param str script: what the shell reads
    """
    process = subprocess.run(
        [ROOT / "tools" / "odoo", *args],
        input=script,
        stdin=None if script is not None else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    run = Run(process)
    assert run.code == 0, f"odoo {' '.join(args)} ended with {run.code}:\n{run.log[-6000:]}"
    return run


class Database:
    """A database of one test."""

    def __init__(self, name):
        self.name = name

    def install(self, *modules, options=()):
        return run_odoo("-d", self.name, "-i", ",".join(modules), "--stop-after-init", "--no-http", *options)

    def upgrade(self, *modules):
        return run_odoo("-d", self.name, "-u", ",".join(modules), "--stop-after-init", "--no-http")

    def shell(self, script):
        """Run a script, given as text or as the name of a file in ``scripts``."""
        if script.endswith(".py"):
            script = (SCRIPTS / script).read_text(encoding="utf-8")
        return run_odoo("shell", "-d", self.name, "--no-http", script=script)

    def rows(self, query, *params):
        """Return the rows of a query, read in a connection of its own."""
        connection = psycopg2.connect(dbname=self.name)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query, params)
                return cursor.fetchall()
        finally:
            connection.close()

    def values(self, query, *params):
        """Return the first column of a query."""
        return [row[0] for row in self.rows(query, *params)]

    def create(self, template):
        """Copy ``template``. Without it Odoo makes the database when it installs."""
        connection = psycopg2.connect(dbname="postgres")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{template}"')
        finally:
            connection.close()

    def drop(self):
        run_odoo("db", "drop", self.name)


@pytest.fixture(scope="session")
def template_name():
    """The database that tests copy: `hr` and `portal` are installed in it, the addon is not."""
    missing = [name for name in ("PGHOST", "PGUSER", "VE_TEMPLATE_DB") if not os.environ.get(name)]
    if missing:
        pytest.fail(
            f"Not set: {', '.join(missing)}. Run `make test`, or name a database with hr and portal: "
            "tools/odoo -d ve_template -i hr,portal --stop-after-init; VE_TEMPLATE_DB=ve_template",
            pytrace=False,
        )
    return os.environ["VE_TEMPLATE_DB"]


def use_database(template=None):
    """Yield a database of its own, and drop it afterwards.

    :param str template: what to copy; without it Odoo makes the database when it installs
    """
    database = Database(f"ve_out_{uuid.uuid4().hex[:12]}")
    if template:
        database.create(template)
    try:
        yield database
    finally:
        database.drop()


@pytest.fixture(scope="session")
def installed_name(template_name):
    """A copy of the template with the addon, for other copies."""
    for database in use_database(template_name):
        database.install(MODULE)
        yield database.name


@pytest.fixture
def database(template_name):
    """A copy of the template, without the addon."""
    yield from use_database(template_name)


@pytest.fixture
def installed(installed_name):
    """A copy of the template with the addon."""
    yield from use_database(installed_name)


@pytest.fixture
def new_database(template_name):
    """A database that does not exist yet."""
    yield from use_database()


class Arena:
    """A process that runs races in a database, see ``races``."""

    def __init__(self, database, log):
        self.database = database
        self.log = log
        with log.open("w") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "races", database.name],
                cwd=Path(__file__).resolve().parent,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )

    def run(self, scenario, rounds):
        """Return what became of the rounds of a scenario."""
        # what it wrote before it ended says more than a broken pipe
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps({"scenario": scenario, "rounds": rounds}) + "\n")
            self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"The races ended:\n{self.log.read_text()[-6000:]}"
        results = json.loads(answer)
        assert "error" not in results, results["error"]
        return results

    def close(self):
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(60)


@pytest.fixture(scope="module")
def arena(installed_name, tmp_path_factory):
    """A process that runs races, in a copy of the template with the addon.

    One a module: Odoo ends the child processes that it finds after a test class of its own, which may come between.
    """
    for database in use_database(installed_name):
        arena = Arena(database, tmp_path_factory.mktemp("races") / "log")
        try:
            yield arena
        finally:
            arena.close()


@pytest.fixture
def race(arena, request):
    """Return a function that runs a scenario and fails with what went wrong in which round."""

    def run(scenario):
        results = arena.run(scenario, ROUNDS)
        request.node.user_properties.append((FIGURES, (scenario, results)))
        assert len(results) == ROUNDS
        faults = [f"round {number}: {fault}" for number, one in enumerate(results, 1) for fault in one["faults"]]
        assert not faults, "\n".join(faults)
        return results

    return run
