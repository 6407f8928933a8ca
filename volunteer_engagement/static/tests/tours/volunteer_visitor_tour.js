import { registry } from "@web/core/registry";

/** A visitor finds a mission, reads the program, joins, signs in on the way, and is asked for nothing more. */
registry.category("web_tour.tours").add("volunteer_visitor_join", {
    url: "/volunteering",
    steps: () => [
        {
            content: "Look at the missions",
            trigger: 'main a:contains("Look at the missions")',
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Search for one",
            trigger: "input[name=search]",
            run: "edit clothes",
        },
        {
            content: "Only on personal time",
            trigger: "select[name=time]",
            run: "selectByLabel Your own time",
        },
        {
            content: "Search",
            trigger: 'button:contains("Search")',
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "What was asked for stands there; take one filter away",
            trigger: 'a.o_volunteer_chip:contains("Your own time")',
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The other one is kept",
            trigger: 'a.o_volunteer_chip:contains("clothes")',
        },
        {
            content: "Open the mission",
            trigger: 'article a:contains("Sort clothes")',
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Read about its program",
            trigger: 'aside a:contains("Two days for others")',
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The rules are there; join",
            trigger: 'body:has(dl dt:contains("Who approves")) aside a:contains("Join")',
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Sign in",
            trigger: ".oe_login_form input[name=login]",
            run: "edit tour_shop",
        },
        {
            content: "With the password",
            trigger: ".oe_login_form input[name=password]",
            run: "edit tour_shop",
        },
        {
            content: "Go on",
            trigger: ".oe_login_form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Back on the page of the program: join",
            trigger: 'aside form button:contains("Join")',
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "An officer looks at it",
            trigger: 'aside:contains("Your registration is being validated")',
        },
    ],
});
