from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .hr_volunteer_slot import format_hours


class Tile(NamedTuple):
    """One number of the officers' home: the records of ``domain``, opened by the window ``action`` of this module.

    Where ``since`` names a date, the number of days since the oldest is told as well.
    """

    key: str
    label: str
    icon: str
    model: str
    action: str
    domain: Domain
    since: str = ""


class HrVolunteerOverview(models.AbstractModel):
    """The officers' home: what waits for somebody, and the figures of the year, each a number that opens its records.

    All is counted as the officer: what they may not read is not counted. Nor do their own records wait for them:
    others look after these.
    """

    _name = "hr.volunteer.overview"
    _description = "Volunteering Overview"

    @api.model
    @api.readonly
    def get_overview(self):
        """Return the tiles of the officers' home.

        :return: ``waiting`` and ``figures``, each a list of tiles with key, label, icon, count, value and hint in
            words, and the window that opens the records: xmlid of the action, model and domain
        :raise AccessError: for people who are no officers
        """
        if not self.env["hr.volunteer.registration"]._is_officer():
            raise AccessError(self.env._("The overview is for officers: your own is in “My Volunteering”."))
        return {
            "waiting": [self._prepare_tile(tile) for tile in self._get_waiting_tiles()],
            "figures": self._prepare_figures(),
        }

    def _get_waiting_tiles(self):
        """Hook: return what waits for somebody, the most urgent first."""
        of_others = Domain("employee_user_id", "!=", self.env.uid)
        is_pending = of_others & Domain("state", "=", "pending")
        is_open = Domain("state", "=", "published") & (Domain("date_end", "=", False) | Domain("date_end", ">", "now"))
        registration, application = "hr.volunteer.registration", "hr.volunteer.application"
        approval, slot, mission = "hr.volunteer.approval", "hr.volunteer.slot", "hr.volunteer.mission"
        return [
            Tile(
                "registration",
                self.env._("Registrations to validate"),
                "fa-user-plus",
                registration,
                "hr_volunteer_registration_action",
                is_pending,
            ),
            Tile(
                "association",
                self.env._("Applications waiting for the association"),
                "fa-hourglass-half",
                application,
                "hr_volunteer_application_action",
                of_others & Domain("state", "=", "applied") & Domain("mission_id.skip_contact", "=", False),
                since="applied_date",
            ),
            Tile(
                "no_approver",
                self.env._("Requests without an approver"),
                "fa-question-circle",
                approval,
                "hr_volunteer_approval_action_all",
                is_pending & Domain("approver_id", "=", False),
            ),
            Tile(
                "manager",
                self.env._("Requests waiting for a manager"),
                "fa-check-square-o",
                approval,
                "hr_volunteer_approval_action_all",
                is_pending & Domain("approver_id", "!=", False),
            ),
            Tile(
                "attendance",
                self.env._("Dates without attendance"),
                "fa-calendar-check-o",
                slot,
                "hr_volunteer_slot_action",
                of_others
                & Domain("state", "=", "confirmed")
                & Domain("date_start", "<=", "now")
                # of dates under question the manager speaks first
                & Domain("application_id.state", "!=", "to_approve"),
            ),
            Tile(
                "waiting_list",
                self.env._("Missions with a waiting list"),
                "fa-users",
                mission,
                "hr_volunteer_mission_action",
                is_open & Domain("application_ids", "any", Domain("state", "=", "waiting")),
            ),
            Tile(
                "no_applicant",
                self.env._("Missions without applicants"),
                "fa-bullhorn",
                mission,
                "hr_volunteer_mission_action",
                is_open
                & Domain("application_ids", "not any", Domain("state", "not in", ("draft", "refused", "cancelled"))),
            ),
            Tile(
                "draft",
                self.env._("Missions to publish"),
                "fa-pencil-square-o",
                mission,
                "hr_volunteer_mission_action",
                Domain("state", "=", "draft"),
            ),
        ]

    def _prepare_tile(self, tile):
        """Count the records of a tile and put it into a form that can be sent."""
        vals = self._prepare_window(tile)
        if tile.since:
            [(count, oldest)] = self.env[tile.model]._read_group(tile.domain, [], ["__count", f"{tile.since}:min"])
            days = oldest and (fields.Datetime.now() - oldest).days
            if days:
                vals["hint"] = self.env._("The oldest: %(days)s days", days=days)
        else:
            count = self.env[tile.model].search_count(tile.domain)
        return {**vals, "count": count, "value": str(count)}

    def _prepare_figures(self):
        """Return the figures of the calendar year: people and hours that are confirmed or attended."""
        year = fields.Date.context_today(self).year
        domain = Domain("state", "in", ("confirmed", "attended")) & Domain("date_start.year_number", "=", year)
        slots = self.env["hr.volunteer.slot"]
        [(people,)] = slots._read_group(domain, [], ["employee_id:count_distinct"])
        hours = dict(slots._read_group(domain, ["time_type"], ["hours:sum"]))
        words = {"year": year}
        window = (slots._name, "hr_volunteer_slot_action")
        people_tile = Tile("people", self.env._("Volunteers in %(year)s", **words), "fa-heart", *window, domain)
        figures = [(people_tile, people, str(people))]
        for time_type, label, icon in (
            ("work", self.env._("On work time in %(year)s", **words), "fa-briefcase"),
            ("personal", self.env._("On personal time in %(year)s", **words), "fa-home"),
        ):
            tile = Tile(time_type, label, icon, *window, domain & Domain("time_type", "=", time_type))
            figures.append((tile, hours.get(time_type, 0), format_hours(hours.get(time_type, 0))))
        return [{**self._prepare_window(tile), "count": count, "value": value} for tile, count, value in figures]

    def _prepare_window(self, tile):
        return {
            "key": tile.key,
            "label": tile.label,
            "icon": tile.icon,
            "hint": "",
            "model": tile.model,
            "action": f"volunteer_engagement.{tile.action}",
            "domain": list(tile.domain),
        }
