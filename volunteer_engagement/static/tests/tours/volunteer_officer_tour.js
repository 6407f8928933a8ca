import { registry } from "@web/core/registry";
import { openApp, openMenu, openRow, press, waitForState } from "./volunteer_tour_utils";

registry.category("web_tour.tours").add("volunteer_officer_validate", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        {
            content: "One registration waits",
            trigger: ".o_volunteer_overview button[data-key=registration]:contains(Registrations to validate)",
            run: "click",
        },
        ...openRow("Tour Employee", "program_id"),
        ...press("action_validate", "Validate"),
        ...waitForState("Validated"),
    ],
});

registry.category("web_tour.tours").add("volunteer_officer_contact", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("menu_volunteer_officer", "menu_hr_volunteer_application"),
        {
            content: "Open the application in its column",
            trigger: ".o_kanban_group:contains(Applied) .o_kanban_record:contains(Tour Employee)",
            run: "click",
        },
        ...press("action_contact", "In Contact"),
        ...waitForState("In Contact"),
    ],
});
