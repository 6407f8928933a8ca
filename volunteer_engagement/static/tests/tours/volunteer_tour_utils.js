import { stepUtils } from "@web_tour/tour_utils";

const MODULE = "volunteer_engagement";

/** Opens the app; its first menu is the catalogue of missions. */
export function openApp() {
    return stepUtils.goToAppSteps(`${MODULE}.menu_volunteer_root`, "Open Volunteering");
}

/** Opens an entry of a menu that unfolds. */
export function openMenu(section, entry) {
    return [
        {
            content: "Unfold the menu",
            trigger: `.o_menu_sections button[data-menu-xmlid="${MODULE}.${section}"]`,
            run: "click",
        },
        {
            content: "Choose the entry",
            trigger: `.dropdown-item[data-menu-xmlid="${MODULE}.${entry}"]`,
            run: "click",
        },
    ];
}

/** Opens the row of a list in which `text` stands, by clicking on the cell of `field`. */
export function openRow(text, field) {
    return [
        {
            content: `Open ${text}`,
            trigger: `.o_list_view .o_data_row:contains("${text}") .o_data_cell[name="${field}"]`,
            run: "click",
        },
    ];
}

/** Presses a button above the form. */
export function press(button, label) {
    return [
        {
            content: `Press ${label}`,
            trigger: `.o_form_view .o_statusbar_buttons button[name="${button}"]:contains("${label}")`,
            run: "click",
        },
    ];
}

/** Waits until the status bar says `label`. */
export function waitForState(label) {
    return [
        {
            content: `Wait for ${label}`,
            trigger: `.o_form_view .o_statusbar_status .o_arrow_button_current:contains("${label}")`,
        },
    ];
}
