"""Lets several people make their steps at the same moment, and says what each of them got."""

import gc
import multiprocessing
import os
import random
import re
import time
import traceback
from dataclasses import dataclass
from threading import BrokenBarrierError
from typing import NamedTuple

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError, UserError
from odoo.service.model import retrying
from odoo.sql_db import close_all

START = 60  # seconds to wait for the others at the start
END = 120  # seconds to wait for one at the end: Odoo's retries sleep for 30 at worst
JITTER = 0.4  # seconds that part the starts where nobody has read anything before

# words of a refusal, and what it is called in the figures
REASONS = {
    "full": r"is full|is still full|places of .* are taken",
    "a place is free": r"There is a place",
    "lapsed": r"goes to the next",
    "moved on": r"cannot become|Reload the page|was sent already|settled",
    "gone": r"Only drafts are deleted|does not exist or has been deleted",
    "overlap": r"overlap",
    "allowance": r"exceed the allowance",
    "not registered": r"is not registered",
    "not open": r"does not take applications",
    "there already": r"already",
    "try again": r"try again",
    "not allowed": r"yourself|not allowed",
}
FORK = multiprocessing.get_context("fork")


class Runner(NamedTuple):
    """One person, or one job, and what they do.

    :param step: called with an environment of their own
    :param user_id: the superuser for jobs
    :param is_job: scheduled actions are not tried again at once, they come back at their next run
    :param delay: seconds to wait after the start
    :param is_last: looks at the data with the others, and acts once the first runner is done
    """

    name: str
    step: object
    user_id: int = SUPERUSER_ID
    is_job: bool = False
    delay: float = 0
    is_last: bool = False


@dataclass
class Outcome:
    """What became of one runner: done, refused (with the reason), or failed (with the traceback)."""

    name: str
    outcome: str = "lost"
    reason: str = ""
    message: str = ""
    attempts: int = 0
    seconds: float = 0

    def refuse(self, error):
        self.outcome = "refused"
        self.message = str(error)
        self.reason = next((name for name, words in REASONS.items() if re.search(words, self.message)), "other")


def race(registry, runners, *, by_snapshot):
    """Run all at once and return their outcomes, in the order of the runners.

    :param bool by_snapshot: all look at the same data before the first one acts, which no lock can help; else each
        begins a moment of its own after the start
    """
    # children must not share a connection with their parent
    close_all()
    gc.freeze()
    barrier = FORK.Barrier(len(runners))
    first_done = FORK.Event()
    children = []
    for runner in runners:
        receiver, sender = FORK.Pipe(duplex=False)
        signals = (barrier, None if children else first_done, first_done if runner.is_last else None)
        child = FORK.Process(target=_run, args=(registry, runner, signals, sender, by_snapshot), daemon=True)
        child.start()
        sender.close()
        children.append((child, receiver))
    deadline = time.monotonic() + START + END
    outcomes = []
    for runner, (child, receiver) in zip(runners, children):
        outcome = Outcome(runner.name, message="The process ended without a word.")
        try:
            if receiver.poll(max(0, deadline - time.monotonic())):
                outcome = receiver.recv()
            else:
                outcome.message = f"No end after {START + END} seconds."
        except EOFError:
            pass
        child.join(5)
        if child.is_alive():
            child.kill()
            child.join()
        outcomes.append(outcome)
    gc.unfreeze()
    return outcomes


def _run(registry, runner, signals, sender, by_snapshot):
    """Make one step in this process.

    :param signals: the start of all, and an event to set and one to wait for, if any
    """
    barrier, done, awaited = signals
    outcome = Outcome(runner.name)
    start = time.monotonic()
    try:
        with registry.cursor() as cr:
            if by_snapshot:
                # REPEATABLE READ: this and all that follows reads the data of now
                cr.execute("SELECT 1")
            barrier.wait(START)
            time.sleep(runner.delay + (0 if by_snapshot else random.uniform(0, JITTER)))  # noqa: S311
            if awaited:
                awaited.wait(START)
            start = time.monotonic()
            _step(runner, api.Environment(cr, runner.user_id, {"lang": "en_US", "tz": "UTC"}), outcome)
        outcome.outcome = "done"
    except UserError as error:
        outcome.refuse(error)
    except (ConcurrencyError, psycopg2.OperationalError) as error:
        if getattr(error, "pgcode", True):
            # Odoo's retries are used up: the person reads that they should try again
            outcome.refuse(error)
            outcome.reason = "try again"
        else:
            outcome.outcome, outcome.message = "failed", traceback.format_exc()
    except BrokenBarrierError:
        outcome.outcome, outcome.message = "failed", f"Not all were at the start after {START} seconds."
    except Exception:
        outcome.outcome, outcome.message = "failed", traceback.format_exc()
    outcome.seconds = time.monotonic() - start
    if done:
        done.set()
    sender.send(outcome)
    sender.close()
    # no clean-up of what belongs to the parent
    os._exit(0)


def _step(runner, env, outcome):
    def step():
        outcome.attempts += 1
        runner.step(env)

    if runner.is_job:
        step()
        env.cr.commit()
    else:
        retrying(step, env)
