import { registry } from "@web/core/registry";
import {
    countClicks,
    openApp,
    openCard,
    openMenu,
    press,
    pressInWindow,
    pressOnCard,
    waitForState,
} from "./volunteer_tour_utils";

const MOST_CLICKS = 3;

function openMyVolunteering() {
    return [...openApp(), ...openMenu("menu_volunteer_mine", "menu_hr_volunteer_application_mine")];
}

function writeSentence() {
    return [
        {
            content: "Write a sentence to the association",
            trigger: ".modal .o_field_widget[name=motivation] textarea",
            run: "edit I sort quickly.",
        },
    ];
}

registry.category("web_tour.tours").add("volunteer_employee_join", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        {
            content: "The mission says that the program comes first",
            trigger: `.o_kanban_record:contains("Sort clothes") button:contains("Join the Program")`,
        },
        ...openMenu("menu_volunteer_mine", "menu_hr_volunteer_program_join"),
        ...pressOnCard("Two days for others", "action_join", "Join"),
        ...waitForState("To Validate"),
        {
            content: "What happens next is said",
            trigger: ".o_form_view .alert:contains('An officer answers')",
        },
    ],
});

registry.category("web_tour.tours").add("volunteer_employee_apply", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...countClicks(
            [
                ...pressOnCard("Sort clothes", "action_apply", "Apply"),
                {
                    content: "A date on work time is proposed",
                    trigger: ".modal .o_field_widget[name=slot_ids] .o_data_row:contains(Work time)",
                },
                ...writeSentence(),
                ...pressInWindow("action_send", "Send Application"),
                {
                    content: "It is said that it was sent",
                    trigger: ".o_notification:contains('Sent to Tour Association')",
                },
                {
                    content: "The card says so as well",
                    trigger: ".o_kanban_record:contains('Sort clothes') button:contains('You applied')",
                },
            ],
            MOST_CLICKS
        ),
    ],
});

registry.category("web_tour.tours").add("volunteer_employee_apply_phone", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...countClicks(
            [
                ...pressOnCard("Sort clothes", "action_apply", "Apply"),
                {
                    content: "The date is on a card: nothing is cut off",
                    trigger: ".modal .o_field_widget[name=slot_ids] .o_kanban_record:contains(Work time)",
                },
                ...writeSentence(),
                ...pressInWindow("action_send", "Send Application"),
                {
                    content: "It was sent",
                    trigger: ".o_kanban_record:contains('Sort clothes') button:contains('You applied')",
                },
            ],
            MOST_CLICKS
        ),
    ],
});

registry.category("web_tour.tours").add("volunteer_employee_choose_shifts", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...countClicks(
            [
                ...pressOnCard("Sell at the market", "action_apply", "Apply"),
                {
                    content: "A shift that is full says so",
                    trigger: ".modal .o_volunteer_shift:contains(full)",
                },
                {
                    content: "Tick the one that has places",
                    trigger: ".modal .o_volunteer_shift:contains(2 places left) input[type=checkbox]",
                    run: "click",
                },
                {
                    content: "Work time is proposed, for the employee works then",
                    trigger: ".modal .o_volunteer_shift:contains(2 places left) input[type=radio]:checked",
                },
                ...writeSentence(),
                ...pressInWindow("action_send", "Send Application"),
                {
                    content: "It was sent, and the next step is said",
                    trigger: ".o_form_view .alert:contains('confirm your dates')",
                },
            ],
            MOST_CLICKS
        ),
    ],
});

registry.category("web_tour.tours").add("volunteer_employee_confirm", {
    url: "/odoo",
    steps: () => [
        ...openMyVolunteering(),
        {
            content: "The year is summed up above the cards",
            trigger: ".o_volunteer_summary:contains('planned')",
        },
        {
            content: "It is my turn",
            trigger: ".o_kanban_record:contains('Sort clothes'):contains('Your turn')",
        },
        ...pressOnCard("Sort clothes", "action_confirm", "Confirm My Dates"),
        {
            content: "It is the manager's turn",
            trigger: ".o_kanban_record:contains('Sort clothes'):contains('The manager was asked')",
        },
    ],
});

registry.category("web_tour.tours").add("volunteer_employee_speak_and_confirm", {
    url: "/odoo",
    steps: () => [
        ...openMyVolunteering(),
        ...openCard("Sort clothes"),
        ...press("action_contact", "We Have Spoken"),
        ...waitForState("In Contact"),
        ...press("action_confirm", "Confirm My Dates"),
        ...waitForState("To Approve"),
    ],
});
