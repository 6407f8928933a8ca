import { registry } from "@web/core/registry";

/** Follows a link or sends a form that leads to another page. */
function go(trigger, content) {
    return { content, trigger, run: "click", expectUnloadPage: true };
}

function write(name, text) {
    return { content: `Write: ${text}`, trigger: `textarea[name=${name}]`, run: `edit ${text}` };
}

registry.category("web_tour.tours").add("volunteer_link_contact", {
    steps: () => [
        {
            content: "It says who waits for what",
            trigger: "h1:contains(Tour Employee):contains(Sort clothes)",
        },
        go("a.btn-primary:contains(Get in touch)", "Get in touch"),
        write("message", "Come to the back door."),
        go("button.btn-primary:contains(Get in touch)", "Say so"),
        {
            content: "It is said what was done",
            trigger: ".alert-success:contains(You are in contact)",
        },
        {
            content: "The message is in the conversation",
            trigger: ".o_volunteer_conversation article:contains(Come to the back door.)",
        },
        write("body", "And bring gloves."),
        go("button:contains(Send the message)", "Send it"),
        {
            content: "It stands below the first",
            trigger: ".o_volunteer_conversation article:last:contains(And bring gloves.)",
        },
    ],
});

registry.category("web_tour.tours").add("volunteer_link_decline", {
    steps: () => [
        {
            content: "The page behind the button of the mail asks",
            trigger: "h1:contains(Decline the help of Tour Employee?)",
        },
        write("reason", "The team is complete."),
        go("button.btn-danger:contains(Decline)", "Decline"),
        {
            content: "It is said what was done",
            trigger: ".alert-success:contains(You declined)",
        },
        {
            content: "Nothing is left to do",
            trigger: "main:not(:has(a.btn)) blockquote:contains(The team is complete.)",
        },
    ],
});

registry.category("web_tour.tours").add("volunteer_link_propose", {
    steps: () => [
        go("a.btn:contains(Propose another mission)", "Propose another mission"),
        {
            content: "Choose it",
            trigger: "label:contains(Paint the hall)",
            run: "click",
        },
        go("button.btn-primary:contains(Propose this mission)", "Propose it"),
        {
            content: "The application is one to the other mission",
            trigger: "h1:contains(Paint the hall)",
        },
    ],
});

registry.category("web_tour.tours").add("volunteer_link_approve", {
    steps: () => [
        {
            content: "The page behind the button of the mail says what is asked",
            trigger: "main:contains(Approve the work time of Tour Employee?):contains(Sort clothes)",
        },
        go("button.btn-primary:contains(Approve)", "Approve"),
        {
            content: "It is said who answered",
            trigger: ".alert-success:contains(Approved)",
        },
        {
            content: "There is nothing left to answer",
            trigger: "main:not(:has(a.btn)):contains(Answered by Tour Manager)",
        },
    ],
});

registry.category("web_tour.tours").add("volunteer_link_refuse", {
    steps: () => [
        go("a.btn:contains(Refuse)", "Refuse"),
        write("reason", "We close the accounts that week."),
        go("button.btn-danger:contains(Refuse)", "Send the answer"),
        {
            content: "The reason is kept",
            trigger: "blockquote:contains(We close the accounts that week.)",
        },
    ],
});
