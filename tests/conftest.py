"""Fixtures for the tests that look at the addon from outside, by Odoo's command line and the database.

`make test` runs them. Each test gets databases of its own, which are dropped when it ends.
"""

import json
import os
import re
import subprocess
import uuid
from pathlib import Path

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(__file__).resolve().parent / "scripts"
MODULE = "volunteer_engagement"
PROBLEM = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (?:WARNING|ERROR|CRITICAL) ")
RESULT = "RESULT "
TIMEOUT = 600  # seconds for one command


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


def new_name():
    return f"ve_out_{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def installed_name(template_name):
    """A copy of the template with the addon, for other copies."""
    database = Database(new_name())
    database.create(template_name)
    try:
        database.install(MODULE)
        yield database.name
    finally:
        database.drop()


@pytest.fixture
def database(template_name):
    """A copy of the template, without the addon."""
    database = Database(new_name())
    database.create(template_name)
    yield database
    database.drop()


@pytest.fixture
def installed(installed_name):
    """A copy of the template with the addon."""
    database = Database(new_name())
    database.create(installed_name)
    yield database
    database.drop()


@pytest.fixture
def new_database(template_name):
    """A database that does not exist yet."""
    database = Database(new_name())
    yield database
    database.drop()
