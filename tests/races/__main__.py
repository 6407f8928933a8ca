"""Runs races in a database: ``python -m races DATABASE``, asked by lines of JSON and answering in such lines.

``{"scenario": "seats", "rounds": 2}`` is answered by a list of rounds, each with its outcomes and its faults.
"""

import json
import os
import sys
import traceback
from contextlib import contextmanager
from dataclasses import asdict

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

from . import faults  # noqa: F401, it adds its scenarios
from .engine import race
from .scenarios import SCENARIOS
from .world import World


@contextmanager
def open_environment(registry):
    with registry.cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
    # else each child would, for it inherits what is to be told
    registry.signal_changes()


def run(registry, world, name, rounds):
    """Run the rounds of one scenario; odd ones from one snapshot, even ones as it comes."""
    with open_environment(registry) as env:
        world.move(env)
        world.clear()
        scenario = SCENARIOS[name](world)
    results = []
    for number in range(1, rounds + 1):
        with open_environment(registry) as env:
            scenario.move(env)
            world.clear()
            runners = scenario.prepare(number)
            world.mark()
        outcomes = race(registry, runners, by_snapshot=bool(number % 2))
        # connections of its own, opened after the race
        scenario.run_afterwards(registry)
        with open_environment(registry) as env:
            scenario.move(env)
            wrong = [*scenario.judge_outcomes(outcomes), *scenario.judge(outcomes)]
        results.append({"outcomes": [asdict(outcome) for outcome in outcomes], "faults": wrong})
    return results


def main():
    # what anybody prints goes to the log
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    database = sys.argv[1]
    config.parse_config(["-d", database, "--no-http"], setup_logging=True)
    registry = Registry(database)
    with open_environment(registry) as env:
        world = World(env)
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = run(registry, world, question["scenario"], question["rounds"])
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


main()
