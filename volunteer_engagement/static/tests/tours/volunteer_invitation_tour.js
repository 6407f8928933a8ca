import { registry } from "@web/core/registry";

const PASSWORD = "correct horse battery";

/** From the link in the mail, without an account: join, choose a password, apply to a mission. */
registry.category("web_tour.tours").add("volunteer_invitation_join", {
    steps: () => [
        { content: "It says who invites", trigger: ".o_volunteer_page:contains('Tour Officer invites you')" },
        {
            content: "Join",
            trigger: ".o_volunteer_page button[type=submit]:contains('Join')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The address at work is the login",
            trigger: ".oe_signup_form input[name=login][readonly]:value('shop@company.example.com')",
        },
        {
            content: "Choose a password",
            trigger: ".oe_signup_form input[name=password]",
            run: `edit ${PASSWORD}`,
        },
        {
            content: "Repeat it",
            trigger: ".oe_signup_form input[name=confirm_password]",
            run: `edit ${PASSWORD}`,
        },
        {
            content: "Sign up",
            trigger: ".oe_signup_form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Logged in, on their own page: apply to a mission",
            trigger: ".o_volunteer_page li:contains('Sort clothes') a:contains('Apply')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "A date is proposed: send it",
            trigger: ".o_volunteer_page button[name=send]:contains('Send my application')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It was sent",
            trigger: ".o_volunteer_page:contains('Your application was sent.')",
        },
    ],
});
