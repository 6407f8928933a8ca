from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_time

from .hr_volunteer_slot import format_day

# the orders of the catalogue, by what stands in the address; the first is used where none does
ORDERS = {
    "soonest": "date_start, name, id",
    "newest": "create_date desc, id desc",
    "name": "name, id",
}


class HrVolunteerMissionPageMixin(models.AbstractModel):
    """What pages say of a mission, and how their catalogue is searched."""

    _name = "hr.volunteer.mission.page.mixin"
    _description = "Missions on pages"

    # ---------------------------------------------------------------------
    # Words
    # ---------------------------------------------------------------------

    def _get_dates_words(self):
        """Return when it is, in words and in the mission's time zone."""
        self.ensure_one()
        shifts = self._get_coming_shifts()
        if shifts:
            day = format_day(self.env, self._get_local_day(shifts[0].date_start))
            if len(shifts) == 1:
                return f"{day}, {self._format_times(shifts.date_start, shifts.date_end)}"
            return self.env._("%(count)s dates, from %(day)s", count=len(shifts), day=day)
        if not self.date_start:
            return self.env._("Flexible dates")
        first = self._get_local_day(self.date_start)
        last = self._get_local_day(self.date_end) if self.date_end else None
        if not last:
            return self.env._("From %(day)s", day=format_day(self.env, first))
        if first == last:
            return f"{format_day(self.env, first)}, {self._format_times(self.date_start, self.date_end)}"
        return f"{format_day(self.env, first)} – {format_day(self.env, last)}"

    def _get_coming_shifts(self):
        """Return the shifts that have not begun, the next first."""
        now = fields.Datetime.now()
        return self.shift_ids.filtered(lambda shift: shift.date_start > now).sorted("date_start")

    def _get_where_words(self):
        """Return the town or that it is remote, in words."""
        self.ensure_one()
        if self.location_type == "remote":
            return self.env._("Remote")
        if not self.city:
            return dict(self._fields["location_type"]._description_selection(self.env))[self.location_type]
        if self.location_type == "hybrid":
            return self.env._("%(city)s or remote", city=self.city)
        return self.city

    def _get_places_words(self):
        """Return how many places are left, in words."""
        self.ensure_one()
        if not self.has_places:
            return self.env._("Full: waiting list") if self.skip_contact else self.env._("Full for now")
        if not self.places_left:
            return self.env._("Room for everybody")
        if self.places_left == 1:
            return self.env._("1 place left")
        return self.env._("%(count)s places left", count=self.places_left)

    def _get_time_words(self):
        """Return on what time it may be done, in words."""
        self.ensure_one()
        return self.program_id._get_rule_time()

    def _get_local_day(self, moment):
        return moment.replace(tzinfo=utc).astimezone(timezone(self.tz)).date()

    def _format_times(self, start, end):
        start, end = (
            format_time(self.env, moment, tz=self.tz, time_format="short", lang_code=self.env.lang)
            for moment in (start, end)
        )
        return f"{start} – {end}"

    # ---------------------------------------------------------------------
    # Catalogue
    # ---------------------------------------------------------------------

    @api.model
    def _get_presentation_domain(self):
        programs = self.env["hr.volunteer.program"]._get_presentation_domain()
        return Domain("state", "=", "published") & Domain("program_id", "any", programs)

    @api.model
    def _get_catalogue_base(self):
        """Return which missions the user finds in the catalogue: those that are not over, see ``_is_over``."""
        now = fields.Datetime.now()
        return (
            self._get_presentation_domain()
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", now))
            & (Domain("shift_ids", "=", False) | Domain("shift_ids.date_start", ">", now))
        )

    @api.model
    def _get_catalogue_choices(self, base):
        """Return what can be chosen in each filter: values as in the address, with their words.

        :param Domain base: which missions there are
        """
        # sudo: readers of pages have no access to the model; ``base`` is what they see
        missions = self.sudo()
        causes, cities, programs = (
            [value for (value,) in missions._read_group(base, [name])] for name in ("cause_ids", "city", "program_id")
        )
        times = {
            "work": self.env._("Work time"),
            "personal": self.env._("Your own time"),
        }
        return {
            "cause": {str(cause.id): cause.name for cause in sorted(filter(None, causes), key=self._get_cause_order)},
            "place": {city: city for city in sorted(filter(None, cities), key=str.casefold)},
            "time": times,
            "format": dict(missions._fields["duration_type"]._description_selection(self.env)),
            "program": {str(program.id): program.name for program in programs},
        }

    @api.model
    def _get_cause_order(self, cause):
        return cause.sequence, cause.name, cause.id

    @api.model
    def _get_catalogue_domain(self, filters):
        """Return which missions are asked for.

        :param dict filters: words as ``search``, days as ``from`` and ``to``, ``True`` as ``remote``, ``weekend`` and
            ``places``, and a key of the choices in each other filter
        """
        domain = Domain.TRUE
        if words := filters.get("search"):
            names = ("name", "city", "address_id.zip", "address_id.street", "association_id.name")
            domain &= Domain.OR(Domain(name, "ilike", words) for name in names)
        if "cause" in filters:
            domain &= Domain("cause_ids", "in", int(filters["cause"]))
        if "program" in filters:
            domain &= Domain("program_id", "=", int(filters["program"]))
        if "place" in filters:
            domain &= Domain("city", "=", filters["place"])
        if "time" in filters:
            domain &= Domain("allowed_time_types", "in", ("both", filters["time"]))
        if "format" in filters:
            domain &= Domain("duration_type", "=", filters["format"])
        if "remote" in filters:
            domain &= Domain("location_type", "in", ("remote", "hybrid"))
        if "weekend" in filters:
            domain &= Domain("on_weekend", "=", True)
        if "places" in filters:
            domain &= Domain("has_places", "=", True)
        return domain & self._get_days_domain(filters.get("from"), filters.get("to"))

    @api.model
    def _get_days_domain(self, first, last):
        """Return which missions have a day from ``first`` to ``last`` in the reader's time zone, or flexible dates."""
        during, shifts = Domain.TRUE, Domain.TRUE
        if first:
            moment = self._get_midnight(first)
            during &= Domain("date_end", "=", False) | Domain("date_end", ">=", moment)
            shifts &= Domain("date_start", ">=", moment)
        if last:
            moment = self._get_midnight(last + timedelta(days=1))
            during &= Domain("date_start", "=", False) | Domain("date_start", "<", moment)
            shifts &= Domain("date_start", "<", moment)
        if not first and not last:
            return Domain.TRUE
        return (Domain("shift_ids", "=", False) & during) | Domain("shift_ids", "any", shifts)

    @api.model
    def _get_midnight(self, day):
        return self.env.tz.localize(datetime.combine(day, time())).astimezone(utc).replace(tzinfo=None)
