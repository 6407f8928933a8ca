import { registry } from "@web/core/registry";
import { openApp, openMenu, openRow, press, waitForState } from "./volunteer_tour_utils";

registry.category("web_tour.tours").add("volunteer_officer_validate", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("menu_volunteer_officer", "menu_hr_volunteer_registration"),
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
        ...openRow("Tour Employee", "mission_id"),
        ...press("action_contact", "In Contact"),
        ...waitForState("In Contact"),
    ],
});
