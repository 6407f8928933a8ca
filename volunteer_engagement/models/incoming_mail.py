"""What is known of a mail that comes in: whether a program wrote it, and which personal links it quotes."""

import re
from bisect import bisect_right
from operator import itemgetter

from lxml import etree, html
from markupsafe import Markup

from odoo.tools import html_sanitize

# what stands where a link was
CUT = "…"
# a token has more letters than this, see ``odoo.tools.hash_sign``
TOKEN_LETTERS = 80
# an end that is left of a wrapped token is none
TOKEN_REST = 16
# put between letters so that a long word may be wrapped
INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
# links are wrapped into others, once or twice, by those who check them for viruses
SLASH = r"(?:/|%(?:25)*2f|_)"
UNDERSCORE = r"(?:_|-5f|%(?:25)*5f)"
MARKER = re.compile(
    "|".join(
        (
            rf"volunteering{SLASH}(?:application|approval|invitation){SLASH}",
            rf"web{SLASH}(?:signup|reset{UNDERSCORE}password)",
            rf"(?:signup|access){UNDERSCORE}token",
        )
    ),
    re.IGNORECASE,
)
REST = re.compile(r"[^\s<>\"'()\[\]{}|\\^`]*")
WRAPPED_REST = re.compile(rf"[\w=%~-]{{{TOKEN_REST}}}", re.ASCII)
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


def _unwrap(text):
    """Return the letters of a text without breaks and marks of quotation, where each stood, and where lines begin."""
    letters, places, breaks = [], [], []
    offset = 0
    for line in text.split("\n"):
        breaks.append(len(letters))
        content = line.rstrip(" \t\r").removesuffix("=")
        begin = len(content) - len(content.lstrip(" \t>|"))
        for place in range(begin, len(content)):
            if content[place] not in INVISIBLE:
                letters.append(content[place])
                places.append(offset + place)
        offset += len(line) + 1
    return "".join(letters), places, [*breaks, len(letters)]


def _find_links(text):
    """Return where personal links stand in a text, as pairs of start and end."""
    letters, places, breaks = _unwrap(text)
    found = []
    position = 0
    while marker := MARKER.search(letters, position):
        start, end = marker.span()
        line_start = breaks[bisect_right(breaks, start) - 1]
        while start > max(position, line_start) and letters[start - 1] not in STOPS:
            start -= 1
        length = 0
        while end < len(letters) and length < TOKEN_LETTERS:
            line = bisect_right(breaks, end)
            if end == breaks[line - 1] and not WRAPPED_REST.match(letters, end, breaks[line]):
                # the next line does not go on with it
                break
            rest = REST.match(letters, end, breaks[line])
            end, length = rest.end(), length + len(rest[0])
            if end < breaks[line]:
                break
        found.append((places[start], places[end - 1] + 1))
        position = end
    return found


def cut_links_of_text(text):
    """Return a plain text without personal links."""
    return _blank(text, 0, _find_links(text))


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
        if MARKER.search("".join(value.split())) or (name == "href" and _is_quote(node)):
            del node.attrib[name]


def _blank(text, offset, links):
    """Return a text without what belongs to links; ``offset`` is where it stands among the text of all elements."""
    pieces, position = [], 0
    for start, end in links[bisect_right(links, offset, key=itemgetter(1)) :]:
        if start >= offset + len(text):
            break
        pieces += [text[position : max(start - offset, 0)], CUT if start >= offset else ""]
        position = end - offset
    return "".join([*pieces, text[position:]])
