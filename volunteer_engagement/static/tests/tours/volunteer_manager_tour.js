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
        {
            content: "The card has the three answers; open it",
            trigger: ".o_kanban_record:contains(Tour Employee):has(button[name=action_refuse])",
            run: "click",
        },
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

registry.category("web_tour.tours").add("volunteer_manager_approve_two", {
    url: "/odoo/volunteer-approvals",
    steps: () => [
        {
            content: "The facts are on the row",
            trigger: ".o_data_row:contains(Sort clothes):contains(Tour Employee) .o_data_cell[name=team_summary]",
        },
        {
            content: "Choose all",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Approve them",
            trigger: ".o_control_panel button[name=action_approve]",
            run: "click",
        },
        {
            content: "Nothing waits any more",
            trigger: ".o_view_nocontent:contains(Nothing waits for your answer)",
        },
    ],
});

registry.category("web_tour.tours").add("volunteer_manager_change_on_a_phone", {
    url: "/odoo/volunteer-approvals",
    steps: () => [
        {
            content: "Ask for a change on the card",
            trigger: ".o_kanban_record:contains(Tour Employee) button[name=action_request_changes]",
            run: "click",
        },
        {
            content: "Say what should change",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit Please come in the afternoon.",
        },
        {
            content: "Send it",
            trigger: ".modal footer button[name=action_confirm]:visible",
            run: "click",
        },
        {
            content: "Nothing waits any more",
            trigger: ".o_view_nocontent:contains(Nothing waits for your answer)",
        },
    ],
});
