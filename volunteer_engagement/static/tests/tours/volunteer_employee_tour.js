import { formatDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { openApp, openMenu, openRow, press, waitForState } from "./volunteer_tour_utils";

const { DateTime } = luxon;

/** A Tuesday at nine in two or three weeks, where the employee works; the browser may be in another time zone. */
function tuesdayMorning() {
    return DateTime.now().setZone("Europe/Paris").startOf("week").plus({ weeks: 3, days: 1, hours: 9 });
}

function openMyApplication() {
    return [
        ...openApp(),
        ...openMenu("menu_volunteer_mine", "menu_hr_volunteer_application_mine"),
        ...openRow("Sort clothes", "mission_id"),
    ];
}

registry.category("web_tour.tours").add("volunteer_employee_join", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("menu_volunteer_mine", "menu_hr_volunteer_program_join"),
        ...openRow("Two days for others", "name"),
        ...press("action_join", "Join"),
        ...waitForState("To Validate"),
    ],
});

registry.category("web_tour.tours").add("volunteer_employee_apply", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openRow("Sort clothes", "name"),
        ...press("action_apply", "Apply"),
        {
            content: "Write a sentence to the association",
            trigger: ".o_form_view .o_field_widget[name=motivation] textarea",
            run: "edit I sort quickly.",
        },
        {
            content: "Add a date",
            trigger: ".o_field_widget[name=slot_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "Say when it starts",
            trigger: ".o_selected_row input[data-field=date_start]",
            async run(helpers) {
                await helpers.edit(formatDateTime(tuesdayMorning()));
            },
        },
        {
            content: "Go on to work time or personal time",
            trigger: ".o_selected_row .o_data_cell[name=time_type] input",
            run: "click",
        },
        {
            content: "Choose work time",
            trigger: ".o_select_menu_item:contains(Work time)",
            run: "click",
        },
        {
            content: "The end was proposed",
            trigger: ".o_selected_row .o_data_cell[name=date_end] button[data-field=date_end]",
        },
        ...press("action_apply", "Apply"),
        ...waitForState("Applied"),
    ],
});

registry.category("web_tour.tours").add("volunteer_employee_confirm", {
    url: "/odoo",
    steps: () => [
        ...openMyApplication(),
        ...press("action_confirm", "Confirm My Dates"),
        ...waitForState("To Approve"),
    ],
});

registry.category("web_tour.tours").add("volunteer_employee_speak_and_confirm", {
    url: "/odoo",
    steps: () => [
        ...openMyApplication(),
        ...press("action_contact", "We Have Spoken"),
        ...waitForState("In Contact"),
        ...press("action_confirm", "Confirm My Dates"),
        ...waitForState("To Approve"),
    ],
});
