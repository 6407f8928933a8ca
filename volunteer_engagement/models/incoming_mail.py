"""What is known of a mail that comes in: whether a program wrote it, and which personal links it quotes."""

import re

from lxml import etree, html
from markupsafe import Markup

from odoo.tools import html_sanitize

# what stands where a link was
CUT = "…"
# a token has more letters than this, see ``odoo.tools.hash_sign``
TOKEN_LETTERS = 80
# an end that is left of a wrapped token is none
TOKEN_REST = 16
# programs that write mails wrap long words, and put marks of quotation before each line
GAP = r"(?:[\u00ad\u200b-\u200d\u2060\ufeff]|=?[ \t]*\r?\n[ \t>|]*)*"
# links are wrapped into others, once or twice, by those who check them for viruses
SLASH = r"(?:/|%(?:25)*2f|_)"
EQUALS = r"(?:=|%(?:25)*3d|-3d)"


def _gapped(words):
    """Return an expression of words that may be wrapped anywhere; ``/`` and ``=`` stand for all ways to write them."""
    marks = {"/": SLASH, "=": EQUALS, "_": "(?:_|-5f|%(?:25)*5f)"}
    return GAP.join(marks.get(letter, letter) for letter in words)


MARKER = re.compile(
    "|".join(
        _gapped(words)
        for words in (
            "volunteering/application/",
            "volunteering/approval/",
            "volunteering/invitation/",
            "web/signup",
            "web/reset_password",
            "signup_token=",
            "access_token=",
        )
    ),
    re.IGNORECASE,
)
REST = re.compile(r"[^\s<>\"'()\[\]{}|\\^`]*")
WRAPPED_REST = re.compile(rf"{GAP}(?<=[\n>|\s\u200b])([\w=%~-]{{{TOKEN_REST},}})(?=\W|$)", re.ASCII)
URL = re.compile(r"(?:https?:/|www\.)[^\s<>\"'()\[\]]+", re.IGNORECASE)
STOPS = frozenset(" \t\r\n<>\"'()[]{}|\\^`")
BLOCKS = frozenset(
    {"address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "hr", "li", "ol", "p", "pre", "section"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "table", "td", "tr", "ul"}
)


def is_automatic(message):
    """Return whether a program wrote a mail by itself: an absence note, a list, a report; RFC 3834 and its elders.

    :param email.message.EmailMessage message: as it came in
    """

    def get(header):
        return str(message.get(header) or "").strip().lower()

    submitted = get("Auto-Submitted").split(";")[0].strip()
    suppressed = {word.strip() for word in get("X-Auto-Response-Suppress").split(",")}
    return (
        submitted not in ("", "no")
        or get("Precedence") in ("bulk", "junk", "list", "auto_reply")
        or any(message.get(header) for header in ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "List-Id"))
        or not suppressed.isdisjoint(("all", "oof", "autoreply"))
        or get("Return-Path") == "<>"
    )


def _find_links(text):
    """Return where personal links stand in a text, as pairs of start and end."""
    found = []
    position = 0
    while marker := MARKER.search(text, position):
        start, end = marker.span()
        while start > position and text[start - 1] not in STOPS:
            start -= 1
        rest = REST.match(text, end)
        end, letters = rest.end(), len(rest[0])
        while letters < TOKEN_LETTERS and (wrapped := WRAPPED_REST.match(text, end)):
            end, letters = wrapped.end(), letters + len(wrapped[1])
        found.append((start, end))
        position = end
    return found


def cut_links_of_text(text):
    """Return a plain text without personal links."""
    for start, end in reversed(_find_links(text)):
        text = text[:start] + CUT + text[end:]
    return text


def cut_links(body):
    """Return the body of a mail without the personal links that it quotes, as cleaned HTML.

    Whoever has a personal link acts for its owner: the mail that had it is quoted in the answer, which the other side
    reads. What is known to be a quotation loses all its links: those who check mails write them so that nobody sees
    where they lead.
    """
    body = html_sanitize(Markup(body or ""), sanitize_style=True)  # noqa: S704, it is cleaned here
    if not body:
        return Markup()
    root = html.fragment_fromstring(str(body), create_parent="div")
    etree.strip_elements(root, etree.Comment, etree.ProcessingInstruction, with_tail=False)
    # a link may go on in the next element: it is looked for in the text of all of them
    flat, slots = [], []
    length = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            _cut_attributes(node)
        elif node is root:
            break
        where = "text" if event == "start" else "tail"
        text = getattr(node, where) or ""
        edge = "\n" if node.tag in BLOCKS else ""
        slots.append((node, where, text, length + len(edge)))
        flat += [edge, text]
        length += len(edge) + len(text)
    links = _find_links("".join(flat))
    for node, where, text, offset in slots:
        rest = _blank(text, offset, links)
        if _is_quote(node if where == "text" else node.getparent()):
            rest = URL.sub(CUT, rest)
        setattr(node, where, rest)
    return Markup(html.tostring(root, encoding="unicode"))  # noqa: S704, cleaned above


def _is_quote(node):
    return any(
        parent.get("data-o-mail-quote") or parent.tag == "blockquote" for parent in (node, *node.iterancestors())
    )


def _cut_attributes(node):
    for name, value in node.attrib.items():
        if MARKER.search(value) or (name == "href" and _is_quote(node)):
            del node.attrib[name]


def _blank(text, offset, links):
    """Return the text of one element without what belongs to links; ``offset`` is where it stands among all."""
    for start, end in reversed(links):
        if start < offset + len(text) and end > offset:
            mark = CUT if start >= offset else ""
            text = text[: max(start - offset, 0)] + mark + text[max(end - offset, 0) :]
    return text
