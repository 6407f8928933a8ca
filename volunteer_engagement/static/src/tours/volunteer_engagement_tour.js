import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { markup } from "@odoo/owl";

const ADD = ".o_control_panel :is(.o_list_button_add, .o-kanban-button-new)";

function openMenu(section, entry, content) {
    const inMenu = (name) => `[data-menu-xmlid="volunteer_engagement.${name}"]`;
    return [
        {
            trigger: `.o_menu_sections button${inMenu(section)}`,
            content,
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: `.dropdown-item${inMenu(entry)}`,
            tooltipPosition: "right",
            run: "click",
        },
    ];
}

function input(field) {
    return `.o_form_view .o_field_widget[name="${field}"] :is(input, textarea)`;
}

function choose(field, name, content) {
    return [
        {
            trigger: input(field),
            content,
            tooltipPosition: "bottom",
            run: `edit ${name}`,
        },
        {
            isActive: ["auto"],
            trigger: `.o_field_widget[name="${field}"] .o-autocomplete--dropdown-item > a:contains("${name}")`,
            run: "click",
        },
    ];
}

/** Leads the first officer from an empty app to a mission that employees can apply to. */
registry.category("web_tour.tours").add("volunteer_engagement_tour", {
    url: "/odoo",
    steps: () => [
        {
            // Odoo's own step opens the apps by itself, and for tests alone
            isActive: ["manual", "community", "desktop"],
            trigger: ".o_navbar_apps_menu button:enabled",
            content: _t("Begin here: open your apps."),
            tooltipPosition: "bottom",
            run: "click",
        },
        ...stepUtils.goToAppSteps(
            "volunteer_engagement.menu_volunteer_root",
            markup(_t("Employees want to help? <b>Four steps</b> and they can apply."))
        ),
        ...openMenu(
            "menu_volunteer_configuration",
            "menu_hr_volunteer_program",
            markup(_t("First a <b>program</b>: who may volunteer, and on what time."))
        ),
        {
            trigger: `.o_breadcrumb:contains("${_t("Programs")}")`,
        },
        {
            trigger: ADD,
            content: markup(_t("Make your <b>first program</b>.")),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: input("name"),
            content: _t("Give it a name that people will talk about."),
            tooltipPosition: "bottom",
            run: "edit Three days for others",
        },
        ...openMenu(
            "menu_volunteer_officer",
            "menu_volunteer_association",
            markup(_t("Next an <b>association</b> that needs help."))
        ),
        {
            trigger: `.o_breadcrumb:contains("${_t("Associations")}")`,
        },
        {
            trigger: ADD,
            content: _t("Add the association."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: input("name"),
            content: _t("What is it called?"),
            tooltipPosition: "bottom",
            run: "edit The Neighbours",
        },
        {
            trigger: input("email"),
            content: markup(_t("Its <b>e-mail address</b>: applications are sent there.")),
            tooltipPosition: "bottom",
            run: "edit hello@neighbours.example.com",
        },
        ...openMenu(
            "menu_volunteer_officer",
            "menu_hr_volunteer_mission",
            markup(_t("Now the <b>mission</b>: what there is to do."))
        ),
        {
            trigger: `.o_breadcrumb:contains("${_t("Missions")}")`,
        },
        {
            trigger: ADD,
            content: markup(_t("Describe your <b>first mission</b>.")),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: input("name"),
            content: _t("Say in a few words what people will do."),
            tooltipPosition: "bottom",
            run: "edit Paint the meeting room",
        },
        ...choose("association_id", "The Neighbours", _t("For whom? Choose the association.")),
        ...choose("program_id", "Three days for others", _t("Choose the program that it belongs to.")),
        {
            trigger: ".o_form_view .o_form_button_save",
            content: _t("Keep what you wrote."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: '.o_form_view .o_statusbar_buttons button[name="action_publish"]',
            content: markup(_t("<b>Publish</b> it: from now on employees can apply.")),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            isActive: ["auto"],
            trigger: `.o_form_view .o_arrow_button_current:contains("${_t("Published")}")`,
        },
    ],
});
