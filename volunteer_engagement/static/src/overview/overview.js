import { Component, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** The officers' home: what waits, and the figures of the year; each number opens its records. */
export class VolunteerOverview extends Component {
    static template = "volunteer_engagement.Overview";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.display = { controlPanel: {} };
        this.state = useState({ waiting: [], figures: [] });
        onWillStart(async () => {
            Object.assign(this.state, await this.orm.call("hr.volunteer.overview", "get_overview"));
        });
    }

    get isDone() {
        return this.state.waiting.every((tile) => !tile.count);
    }

    /** Opens the window of the records behind a number, without the filters it opens with by itself. */
    async open(tile) {
        const action = await this.action.loadAction(tile.action);
        await this.action.doAction({
            ...action,
            name: tile.label,
            display_name: tile.label,
            domain: tile.domain,
            context: {},
        });
    }
}

registry.category("actions").add("volunteer_overview", VolunteerOverview);
