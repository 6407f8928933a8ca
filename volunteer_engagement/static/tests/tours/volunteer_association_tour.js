import { registry } from "@web/core/registry";

function fill(name, text) {
    return {
        content: `Fill ${name}`,
        trigger: `form [name=${name}]`,
        run: `edit ${text}`,
    };
}

function go(content, trigger) {
    return { content, trigger, run: "click", expectUnloadPage: true };
}

registry.category("web_tour.tours").add("volunteer_association_propose", {
    url: "/my",
    steps: () => [
        go("Open the entry of the association", ".o_portal_my_home a:contains(Our volunteers)"),
        go("Propose a mission", "a:contains(Propose a mission)"),
        fill("name", "Peel potatoes"),
        fill("description", "Bring an apron."),
        {
            content: "From a day on",
            trigger: "input[name=date_start]",
            run() {
                this.anchor.value = "2031-07-01T09:00";
            },
        },
        fill("capacity", "4"),
        go("Propose it", "button:contains(Propose this mission)"),
        { content: "It is said what happens next", trigger: ".alert-success:contains(publishes it)" },
        { content: "It is among the missions", trigger: ".card:contains(Peel potatoes):contains(Proposed)" },
    ],
});

registry.category("web_tour.tours").add("volunteer_association_attendance", {
    url: "/my/volunteering/association",
    steps: () => [
        go("Open what waits", ".list-group-item:contains(Tour Employee):contains(Say who was there)"),
        go("Say it", "a:contains(Say who was there)"),
        { content: "Was there", trigger: "label:contains(Was there)", run: "click" },
        go("Note it", "button:contains(Note it)"),
        { content: "It is noted", trigger: ".alert-success:contains(this is noted)" },
        { content: "It is done", trigger: "h2:contains(This is done)" },
    ],
});
