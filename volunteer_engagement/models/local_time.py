"""How dates and times that somebody typed in a form are read: in the time zone of a mission, for the database."""

from datetime import date, datetime, time, timedelta

from pytz import AmbiguousTimeError, timezone, utc

# a date that ends after midnight is said by its times alone; longer ones are taken for a slip
MAX_HOURS_OVER_MIDNIGHT = 12


class BackwardsError(Exception):
    """An end that comes before its start, and too long before to be meant for the next day."""


def read_local(moment, tz):
    """Return a moment of a time zone in UTC; of one that comes twice in autumn the first.

    :raise pytz.NonExistentTimeError: for one that the clocks skip in spring
    """
    zone = timezone(tz)
    try:
        local = zone.localize(moment, is_dst=None)
    except AmbiguousTimeError:
        local = zone.localize(moment, is_dst=True)
    return local.astimezone(utc).replace(tzinfo=None)


def read_span(day, start, end, tz):
    """Return start and end in UTC, as they were typed; an end that is not later than the start is on the next day.

    :raise ValueError, OverflowError: for what is no day or no time
    :raise BackwardsError: where the next day is not meant
    :raise pytz.NonExistentTimeError: see :func:`read_local`
    """
    day, begin, finish = date.fromisoformat(day), _read_time(start), _read_time(end)
    start, end = datetime.combine(day, begin), datetime.combine(day, finish)
    if end <= start:
        end += timedelta(days=1)
        if end - start >= timedelta(hours=MAX_HOURS_OVER_MIDNIGHT):
            raise BackwardsError
    return read_local(start, tz), read_local(end, tz)


def write_local(moment, tz):
    """Return a moment in UTC as the time zone has it, without its name."""
    return moment.replace(tzinfo=utc).astimezone(timezone(tz)).replace(tzinfo=None)


def _read_time(value):
    hours = time.fromisoformat(value)
    if hours.tzinfo:
        raise ValueError(value)
    return hours.replace(second=0, microsecond=0)
