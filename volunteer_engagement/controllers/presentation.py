from datetime import date

from werkzeug.urls import url_encode

from odoo import http
from odoo.fields import Domain
from odoo.http import STATIC_CACHE_LONG, request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.hr_volunteer_slot import EARLIEST, LATEST
from ..models.mission_page_mixin import ORDERS
from .common import attempt, redirect_with_notice

PROGRAM = "hr.volunteer.program"
MISSION = "hr.volunteer.mission"
REGISTRATION = "hr.volunteer.registration"
CATALOGUE = "/volunteering/missions"
PAGE_SIZE = 12
# missions on the pages that lead to the catalogue
NEXT_MISSIONS = 6
MAX_WORDS = 100
# of an id
MAX_DIGITS = 9
CHOICES = ("cause", "place", "time", "format", "program")
FLAGS = ("remote", "weekend", "places")
IMAGE_MODELS = {"program": PROGRAM, "mission": MISSION}
# a card is as wide as a phone
IMAGE_SIZES = {"card": (640, 320)}


def public_page(*paths):
    """Make a route of a page that whoever may see it reads, in the language of its address. It changes nothing."""
    return http.route(
        list(paths), type="http", auth="public", methods=["GET"], website=True, readonly=True, sitemap=False
    )


class VolunteerPresentation(http.Controller):
    """The company's volunteering as employees see it first, and everybody where the settings open the pages."""

    # ---------------------------------------------------------------------
    # Pages
    # ---------------------------------------------------------------------

    @public_page("/volunteering")
    def home(self, **_query):
        """Show what there is: programs, causes and the next missions."""
        if self._is_closed():
            return self._redirect_to_login()
        # sudo: readers have no access to the models; the domain is what they see
        programs = request.env[PROGRAM].sudo().search(request.env[PROGRAM]._get_presentation_domain())
        missions = request.env[MISSION].sudo()
        base = missions._get_catalogue_base()
        companies = programs.company_id
        return self._render(
            "presentation_home",
            {
                "programs": programs,
                "program_images": programs._get_image_urls(),
                "company": companies if len(companies) == 1 else None,
                "choices": missions._get_catalogue_choices(base),
                "mission_count": missions.search_count(base),
                **self._prepare_cards(missions.search(base, order=ORDERS["soonest"], limit=NEXT_MISSIONS)),
            },
        )

    @public_page("/volunteering/program/<string:slug>")
    def program(self, slug, **_query):
        """Show a program with its rules and next missions, and the form to join it."""
        return self._open(PROGRAM, slug, self._render_program)

    @public_page(CATALOGUE, CATALOGUE + "/page/<int:page>")
    def missions(self, page=1, **query):
        """Show the missions that are asked for; what stands in the address and cannot be read is left out."""
        if self._is_closed():
            return self._redirect_to_login()
        # sudo: readers have no access to the models; the domain is what they see
        missions = request.env[MISSION].sudo()
        base = missions._get_catalogue_base()
        choices = missions._get_catalogue_choices(base)
        filters = self._read_filters(query, choices)
        sort = query.get("sort") if query.get("sort") in ORDERS else next(iter(ORDERS))
        domain = base & missions._get_catalogue_domain(filters)
        address = self._prepare_query(filters, sort)
        total = missions.search_count(domain)
        pager = portal_pager(CATALOGUE, total, page=self._read_number(page), step=PAGE_SIZE, url_args=address)
        found = missions.search(domain, order=ORDERS[sort], limit=PAGE_SIZE, offset=max(pager["offset"], 0))
        return self._render(
            "presentation_missions",
            {
                "choices": choices,
                "filters": filters,
                "more_filters": bool(filters.keys() - {"search", "cause", "place", "time", "format"}),
                "sort": sort,
                "total": total,
                "pager": pager,
                "without": {
                    name: f"{CATALOGUE}?{url_encode(self._prepare_query(filters, sort, without=name))}"
                    for name in filters
                },
                **self._prepare_cards(found),
            },
        )

    @public_page("/volunteering/mission/<string:slug>")
    def mission(self, slug, **_query):
        """Show all that is to know of a mission, and the one thing that its reader does next."""
        return self._open(MISSION, slug, self._render_mission)

    @public_page("/volunteering/image/<string:model>/<int:record_id>")
    def image(self, model, record_id, size=None, unique=None, **_query):
        """Send the picture of a program or mission to whoever sees its page."""
        if self._is_closed():
            return self._redirect_to_login()
        record = model in IMAGE_MODELS and request.env[IMAGE_MODELS[model]]._find_presented(record_id)
        if not record or not record._get_image_urls():
            return self._render_nothing()
        width, height = IMAGE_SIZES.get(size, (0, 0))
        stream = request.env["ir.binary"]._get_image_stream_from(
            record, "image", width=width, height=height, crop=bool(width)
        )
        # what is under this address never changes: another picture has another one
        immutable = {"immutable": True, "max_age": STATIC_CACHE_LONG} if unique else {}
        return stream.get_response(**immutable)

    # ---------------------------------------------------------------------
    # Forms
    # ---------------------------------------------------------------------

    @http.route(
        "/volunteering/program/<int:program_id>/join",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def join(self, program_id, **_form):
        """Register the reader's employee, then show what comes next.

        That is the mission that led here or the own page, or what the officers do.
        """
        program = request.env[PROGRAM]._find_presented(program_id)
        if self._is_visitor():
            return self._redirect_to_login(self._get_join_url(program) if program else "/volunteering")
        if not program or program.company_id not in request.env[PROGRAM]._get_reader_companies():
            return self._render_nothing()
        # sudo: portal users have no access to the model; that they are employees of the company is checked above
        registrations = request.env[REGISTRATION].sudo()
        error = attempt(lambda: registrations._join(program, actor=registrations._get_own_actor()))
        if error:
            return self._render_program(program, error=error)
        program.invalidate_recordset(["my_registration_state"])
        if program.my_registration_state == "validated":
            mission = self._find_wanted_mission(program)
            if mission:
                return redirect_with_notice(f"/my/volunteering/apply/{mission.id}", "joined_for_mission")
            return redirect_with_notice("/my/volunteering", "joined")
        return self._redirect(self._get_join_url(program))

    # ---------------------------------------------------------------------
    # Helpers
    # ---------------------------------------------------------------------

    def _is_visitor(self):
        return request.env.user._is_public()

    def _is_closed(self):
        """Return whether the reader logs in before anything is shown, whether it is there or not."""
        return self._is_visitor() and not request.env[PROGRAM]._is_presentation_open()

    def _redirect_to_login(self, path=None):
        return request.redirect_query("/web/login", {"redirect": path or request.httprequest.full_path.rstrip("?")})

    def _redirect(self, url, query=None):
        """Go to one of these pages, in the language of the reader."""
        return request.redirect_query(request.env["ir.http"]._url_for(url), query)

    def _open(self, model, slug, render):
        """Answer with the page of a record; an old name of it leads to the address of today."""
        if self._is_closed():
            return self._redirect_to_login()
        record_id = request.env["ir.http"]._unslug(slug)[1]
        record = request.env[model]._find_presented(record_id) if record_id else None
        if not record:
            return self._render_nothing()
        url = record._get_page_url()
        if slug != url.rsplit("/", 1)[-1]:
            # not for ever: names change, also back
            return self._redirect(url, request.httprequest.args)
        return render(record)

    def _render_nothing(self):
        """Return the page for what is not there, or not for the reader: the same for both."""
        return self._render("presentation_nothing", {}, status=404)

    def _render(self, template, values, **kwargs):
        return request.render(
            f"volunteer_engagement.{template}",
            {
                "no_breadcrumbs": True,
                "is_visitor": self._is_visitor(),
                "is_internal": request.env.user._is_internal(),
                "is_employee": bool(request.env[PROGRAM]._get_reader_companies()),
                **values,
            },
            **kwargs,
        )

    def _render_program(self, program, **values):
        # sudo: readers have no access to the models; the domain is what they see
        missions = request.env[MISSION].sudo()
        base = missions._get_catalogue_base() & Domain("program_id", "=", program.id)
        employee = program._get_own_employees(program.company_id).get(program.company_id)
        registration = request.env[REGISTRATION]
        if employee:
            registration = registration.sudo().search([("employee_id", "=", employee.id)], limit=1)
        return self._render(
            "presentation_program",
            {
                "program": program,
                "program_images": program._get_image_urls(),
                "employee": employee,
                "registration": registration,
                "unmet": program._get_unmet_condition(employee) if employee else "",
                "join_url": self._get_join_url(program),
                "wanted_mission": self._find_wanted_mission(program),
                "choices": missions._get_catalogue_choices(base),
                "mission_count": missions.search_count(base),
                **self._prepare_cards(missions.search(base, order=ORDERS["soonest"], limit=NEXT_MISSIONS)),
                **values,
            },
        )

    def _render_mission(self, mission):
        return self._render(
            "presentation_mission",
            {
                "mission": mission,
                "shifts": mission._get_coming_shifts(),
                "unmet": self._get_unmet_condition(mission),
                **self._prepare_cards(mission),
            },
        )

    def _get_unmet_condition(self, mission):
        """Return why a mission is not open to its reader, in words."""
        if mission.my_step != "ineligible":
            return ""
        return request.env["hr.volunteer.application"]._get_unmet_condition(mission)

    def _find_wanted_mission(self, program):
        """Return the mission that led to a program, where the address or form says one that its reader sees there."""
        value = request.httprequest.values.get("mission", "")
        missions = request.env[MISSION]
        if not value.isdecimal() or len(value) > MAX_DIGITS:
            return missions
        mission = missions._find_presented(int(value))
        return mission if mission.company_id == program.company_id else missions

    def _get_join_url(self, program):
        """Return the address of a program's page that remembers which mission led there."""
        mission = self._find_wanted_mission(program)
        return f"{program._get_page_url()}?mission={mission.id}" if mission else program._get_page_url()

    def _prepare_cards(self, missions):
        return {"missions": missions, "images": missions._get_image_urls()}

    # ---------------------------------------------------------------------
    # What stands in the address
    # ---------------------------------------------------------------------

    def _read_filters(self, query, choices):
        """Return the filters of the address that can be used, see ``_get_catalogue_domain``."""
        filters = {}
        if words := self._read_words(query.get("search")):
            filters["search"] = words
        for name in CHOICES:
            if query.get(name) in choices[name]:
                filters[name] = query[name]
        for name in ("from", "to"):
            if day := self._read_day(query.get(name)):
                filters[name] = day
        for name in FLAGS:
            if query.get(name) == "1":
                filters[name] = True
        return filters

    def _prepare_query(self, filters, sort, without=None):
        """Return what stands in the address for filters and order."""
        query = {name: "1" if value is True else str(value) for name, value in filters.items() if name != without}
        return query if sort == next(iter(ORDERS)) else {**query, "sort": sort}

    def _read_words(self, text):
        return (text or "").replace("\0", "").strip()[:MAX_WORDS]

    def _read_day(self, text):
        try:
            day = date.fromisoformat(text or "")
        except ValueError:
            return None
        return day if EARLIEST <= day < LATEST else None

    def _read_number(self, text):
        """Return the number of a page; the pager brings it among those that there are."""
        try:
            return max(int(text), 1)
        except ValueError:
            return 1
