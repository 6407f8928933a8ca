import { registry } from "@web/core/registry";
import { openApp, openRow, press, waitForState } from "./volunteer_tour_utils";

registry.category("web_tour.tours").add("volunteer_manager_approve", {
    url: "/odoo",
    steps: () => [
        {
            content: "Look at my activities",
            trigger: ".o_menu_systray button:has(.fa-clock-o)",
            run: "click",
        },
        {
            content: "Open what is asked about volunteering",
            trigger: ".o-mail-ActivityGroup[data-model_name='hr.volunteer.approval']",
            run: "click",
        },
        ...openRow("Tour Employee", "mission_name"),
        {
            content: "The hours asked for are shown",
            trigger: ".o_form_view .o_field_widget[name=work_hours]:contains(03:00)",
        },
        ...press("action_approve", "Approve"),
        ...waitForState("Approved"),
    ],
});

registry.category("web_tour.tours").add("volunteer_manager_refuse", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        {
            content: "Open the requests to me",
            trigger: ".o_menu_sections [data-menu-xmlid='volunteer_engagement.menu_hr_volunteer_approval']",
            run: "click",
        },
        ...openRow("Tour Employee", "mission_name"),
        ...press("action_refuse", "Refuse"),
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit We close the accounts that week.",
        },
        {
            content: "Refuse",
            trigger: ".modal footer button[name=action_confirm]:contains(Refuse)",
            run: "click",
        },
        ...waitForState("Refused"),
        {
            content: "The reason is kept",
            trigger: ".o_form_view .o_field_widget[name=reason]:contains(We close the accounts that week.)",
        },
    ],
});
