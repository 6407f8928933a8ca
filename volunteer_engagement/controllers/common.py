"""What the pages share: how a form is answered, and how a personal link is opened."""

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.http import request

from ..models.application_page_mixin import MAX_LETTERS

# pages of whoever is logged in: what is read changes nothing, what is sent acts; the language is chosen as on all
# pages of the portal
PAGE = {"type": "http", "auth": "user", "methods": ["GET"], "website": True, "readonly": True, "sitemap": False}
FORM = {**PAGE, "methods": ["POST"], "readonly": False}
# pages behind links, whose language is that of the recipient
LINK_PAGE = {**PAGE, "auth": "public", "multilang": False}
LINK_FORM = {**FORM, "auth": "public", "multilang": False}


def attempt(step):
    """Run what a form asks for.

    :return: why it was refused, in words, and nothing is done then; empty where it was done
    """
    try:
        with request.env.cr.savepoint():
            step()
    except UserError as error:
        return str(error)
    except IntegrityError as error:
        # two at the same moment: in the words of the index that refused the second
        tables = {model._table: model for model in request.env.values()}
        return tables.get(error.diag.table_name, request.env["base"])._sql_error_to_message(error)
    return ""


def keep_texts(form):
    """Return a form without its files: a file may come under any name."""
    return {name: text for name, text in form.items() if isinstance(text, str)}


def read_text(form, name):
    """Return what was typed in a field of a form.

    :raise UserError: where it is longer than a form lets anybody type
    """
    text = form.get(name)
    text = text.replace("\0", "").strip() if isinstance(text, str) else ""
    if len(text) > MAX_LETTERS:
        raise UserError(request.env._("At most %(most)s characters are sent: shorten it.", most=MAX_LETTERS))
    return text


def open_link(model, token):
    """Return what a personal link opens, as a :class:`~.link_mixin.Link`, or None.

    The page speaks the language of the person whom the link is for, whatever the browser asks for.
    """
    # the address is a key: no copy of the page is kept, no other site reads it, no search engine lists it
    request.future_response.headers.update(
        {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex"}
    )
    link = request.env[model]._find_by_link(token)
    lang = link and link.actor.partner.lang
    if not lang:
        return link
    request.update_context(lang=lang)
    return link._replace(
        record=link.record.with_context(lang=lang),
        actor=link.actor._replace(partner=link.actor.partner.with_context(lang=lang)),
    )


def render_gone():
    """Return the page for links that do not work, the same whatever is wrong with them."""
    return request.render("volunteer_engagement.portal_link_gone", {"no_breadcrumbs": True}, status=404)


def redirect_with_notice(url, notice):
    """Return to a page that says what was done: ``notice`` is a key that the page has words for."""
    return request.redirect_query(url, {"notice": notice})
