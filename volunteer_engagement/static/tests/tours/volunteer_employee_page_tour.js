import { registry } from "@web/core/registry";

const MOST_CLICKS = 3;

/** Presses what leads to another page. */
function pressAndGo(content, trigger) {
    return { content, trigger, run: "click", expectUnloadPage: true };
}

/** Checks how many of the steps are clicks: what is filled in does not count, and pages forget what was before. */
function withClicks(most, steps) {
    const clicks = steps.filter((step) => step.run === "click").length;
    if (clicks > most) {
        throw new Error(`${clicks} clicks`);
    }
    return steps;
}

registry.category("web_tour.tours").add("volunteer_employee_page_apply", {
    url: "/my",
    steps: () =>
        withClicks(MOST_CLICKS, [
            pressAndGo("Open volunteering", `.o_portal_docs a[href="/my/volunteering"]:contains("Volunteering")`),
            pressAndGo("Apply to a mission that fits", `li:contains("Sort clothes") a:contains("Apply")`),
            {
                content: "A date on work time is proposed",
                trigger: `select[name="time_type"]:has(option[value="work"][selected])`,
            },
            {
                content: "Write a sentence to the association",
                trigger: `textarea[name="motivation"]`,
                run: "edit I sort quickly.",
            },
            pressAndGo("Send it", `button[name="send"]:contains("Send my application")`),
            {
                content: "It was sent, and it is said what comes next",
                trigger: `.o_volunteer_page:contains("Your application was sent."):contains("will get in touch")`,
            },
        ]),
});

/** Any mission of the catalogue, also one that is not suggested, is as near. */
registry.category("web_tour.tours").add("volunteer_employee_page_find", {
    url: "/my",
    steps: () =>
        withClicks(MOST_CLICKS, [
            pressAndGo("Find a mission", `.o_portal_docs a:contains("Find a mission")`),
            pressAndGo("Apply on its card", `article:contains("Sort clothes") a.btn:contains("Apply")`),
            pressAndGo("Send it", `button[name="send"]:contains("Send my application")`),
            {
                content: "It was sent",
                trigger: `.o_volunteer_page:contains("Your application was sent.")`,
            },
        ]),
});

registry.category("web_tour.tours").add("volunteer_employee_page_confirm", {
    url: "/my/volunteering",
    steps: () =>
        withClicks(MOST_CLICKS, [
            {
                content: "It is my turn",
                trigger: `.card:contains("Sort clothes"):contains("Your turn")`,
            },
            pressAndGo("Open what waits", `.card:contains("Sort clothes") a.btn:contains("Confirm my dates")`),
            pressAndGo("Confirm", `button:contains("Confirm my dates")`),
            {
                content: "It is the manager's turn",
                trigger: `.o_volunteer_page:contains("sent to your manager"):contains("The manager was asked")`,
            },
        ]),
});
