import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/**
 * Notes that somebody has an invitation in view: looking at the page changes nothing by itself, since programs that
 * check mails for viruses do the same.
 */
export class VolunteerInvitation extends Interaction {
    static selector = ".o_volunteer_invitation[data-opened-url]";
    dynamicContent = {
        _document: { "t-on-visibilitychange": this.noteOpened },
    };

    start() {
        this.noteOpened();
    }

    noteOpened() {
        if (this.isNoted || document.visibilityState !== "visible") {
            return;
        }
        this.isNoted = true;
        const body = new FormData();
        body.append("csrf_token", this.el.dataset.csrfToken);
        fetch(this.el.dataset.openedUrl, { method: "POST", body });
    }
}

registry
    .category("public.interactions")
    .add("volunteer_engagement.invitation", VolunteerInvitation);
