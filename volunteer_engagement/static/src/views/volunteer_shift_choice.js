import { Component } from "@odoo/owl";
import { CheckBox } from "@web/core/checkbox/checkbox";
import { serializeDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useSpecialData } from "@web/views/fields/relational_utils";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;
// as many dates as an application has at most
const MOST_SHIFTS = 200;

/** The dates of an application to a mission with shifts: those to come are ticked, each with the time it is on. */
export class ShiftChoiceField extends Component {
    static template = "volunteer_engagement.ShiftChoiceField";
    static components = { CheckBox };
    static props = { ...standardFieldProps };

    setup() {
        this.shifts = useSpecialData((orm, props) => {
            const { mission_id: mission, has_shifts: hasShifts } = props.record.data;
            if (!mission || !hasShifts) {
                return [];
            }
            const domain = [
                ["mission_id", "=", mission.id],
                ["date_start", ">", serializeDateTime(DateTime.now())],
            ];
            return orm.call("hr.volunteer.shift", "name_search", ["", domain], {
                context: { show_places: true },
                limit: MOST_SHIFTS,
            });
        });
    }

    get slots() {
        return this.props.record.data[this.props.name];
    }

    get timeTypes() {
        return this.props.record.data.allowed_time_types === "both" ? this.slots.fields.time_type.selection : [];
    }

    getSlot(shiftId) {
        return this.slots.records.find((slot) => slot.data.shift_id?.id === shiftId);
    }

    async toggle(shiftId, isTicked) {
        const slot = this.getSlot(shiftId);
        if (isTicked && !slot) {
            await this.slots.addNewRecord({ context: { default_shift_id: shiftId }, mode: "readonly" });
        } else if (!isTicked && slot) {
            await this.slots.delete(slot);
        }
    }
}

registry.category("fields").add("volunteer_shift_choice", {
    component: ShiftChoiceField,
    supportedTypes: ["one2many"],
    useSubView: true,
    fieldDependencies: [
        { name: "mission_id", type: "many2one" },
        { name: "has_shifts", type: "boolean" },
        { name: "allowed_time_types", type: "selection" },
    ],
});
