import { Component, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { listView } from "@web/views/list/list_view";
import { ListRenderer } from "@web/views/list/list_renderer";

/** The head of “My Volunteering”: this year's hours, what is left of the allowance, and the registration. */
export class VolunteerSummary extends Component {
    static template = "volunteer_engagement.VolunteerSummary";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ summary: {} });
        onWillStart(async () => {
            this.state.summary = await this.orm.call("hr.volunteer.application", "get_volunteer_summary", []);
        });
    }

    open(action) {
        return this.action.doAction(`volunteer_engagement.${action}`);
    }
}

export class VolunteerMineKanbanRenderer extends KanbanRenderer {
    static template = "volunteer_engagement.VolunteerMineKanbanRenderer";
    static components = { ...KanbanRenderer.components, VolunteerSummary };
}

export class VolunteerMineListRenderer extends ListRenderer {
    static template = "volunteer_engagement.VolunteerMineListRenderer";
    static components = { ...ListRenderer.components, VolunteerSummary };
}

registry.category("views").add("volunteer_mine_kanban", { ...kanbanView, Renderer: VolunteerMineKanbanRenderer });
registry.category("views").add("volunteer_mine_list", { ...listView, Renderer: VolunteerMineListRenderer });
