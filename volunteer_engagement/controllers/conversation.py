"""The conversation on a page: what the form sends, and the files of the messages."""

from odoo.http import request

from ..models.conversation_mixin import MAX_FILE_SIZE
from .common import attempt

# where the newest message of a conversation stands on a page
NEWEST = "newest"
NEWEST_OF_MANAGER = "manager_newest"


def say(record, partner, form):
    """Write what the form of ``portal_conversation`` sends, in the name of a partner.

    Whether the partner may write on the record was checked.

    :param dict form: the values of the form; its files come with the request
    :return: why it was refused, in words; empty where it was sent
    """
    body = form.get("body")
    # no more than is needed to see that it is too large
    uploads = [
        (file.filename, file.read(MAX_FILE_SIZE + 1))
        for file in request.httprequest.files.getlist("files")
        if file.filename
    ]
    return attempt(lambda: record._say(partner, body if isinstance(body, str) else "", uploads))


def redirect_to_newest(url, anchor=NEWEST, **query):
    """Return to a page, where the newest message is."""
    response = request.redirect_query(url, query)
    response.location += f"#{anchor}"
    return response


def send_file(record, file_id):
    """Return a file of the conversation to save, or say that there is none: never one of an internal note."""
    file = record._get_conversation_file(file_id)
    if not file:
        raise request.not_found()
    return request.env["ir.binary"]._get_stream_from(file).get_response(as_attachment=True)
