import { stepUtils } from "@web_tour/tour_utils";

const MODULE = "volunteer_engagement";

/** Opens the app; its first menu is the catalogue of missions. On a phone the apps are behind the menu. */
export function openApp() {
    return [
        ...stepUtils.toggleHomeMenu().map((step) => ({ ...step, isActive: ["mobile"] })),
        ...stepUtils.goToAppSteps(`${MODULE}.menu_volunteer_root`, "Open Volunteering"),
    ];
}

/** Presses a button of the card on which `text` stands. */
export function pressOnCard(text, button, label) {
    return [
        {
            content: `Press ${label} on ${text}`,
            trigger: `.o_kanban_record:contains("${text}") button[name="${button}"]:contains("${label}")`,
            run: "click",
        },
    ];
}

/** Opens the card on which `text` stands. */
export function openCard(text) {
    return [{ content: `Open ${text}`, trigger: `.o_kanban_record:contains("${text}") .fw-bold`, run: "click" }];
}

/** Presses a button at the foot of a window. */
export function pressInWindow(button, label) {
    return [
        {
            content: `Press ${label}`,
            trigger: `.modal footer button[name="${button}"]:contains("${label}")`,
            run: "click",
        },
    ];
}

/** Counts, from here on, what is pressed or opened; what is filled in does not count. */
export function countClicks(steps, most) {
    let clicks = 0;
    const count = (ev) => {
        if (ev.target.closest("button, .o_kanban_record")) {
            clicks++;
        }
    };
    return [
        {
            content: "Begin to count",
            trigger: "body",
            run: () => document.addEventListener("click", count, { capture: true }),
        },
        ...steps,
        {
            content: `It took ${most} clicks at most`,
            trigger: "body",
            run: () => {
                document.removeEventListener("click", count, { capture: true });
                if (!clicks || clicks > most) {
                    throw new Error(`${clicks} clicks`);
                }
            },
        },
    ];
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
