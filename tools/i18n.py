#!/usr/bin/env python3
"""Puts freshly exported terms into the folder i18n of an addon, see tools/i18n.

Files are the same whenever and wherever they are made: terms are sorted and carry neither dates nor versions.
"""

import argparse
import sys
from pathlib import Path

import polib

HEADER = "Terms of {name}. Made by `make i18n`, which keeps the translations."
METADATA = {
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
}
LANGUAGES = {"fr": {"Language": "fr", "Plural-Forms": "nplurals=2; plural=(n > 1);"}}


def make_file(name, entries, translations, metadata):
    """Return the text of a file with the terms, and their translations where there are some."""
    file = polib.POFile()
    file.header = HEADER.format(name=name)
    file.metadata = {**METADATA, **metadata}
    for entry in sorted(entries, key=lambda entry: entry.msgid):
        known = translations.get(entry.msgid)
        file.append(
            polib.POEntry(
                msgid=entry.msgid,
                msgstr=known.msgstr if known else "",
                occurrences=sorted(entry.occurrences),
                comment=entry.comment,
                tcomment=known.tcomment if known else "",
                flags=[flag for flag in entry.flags if flag != "fuzzy"] + (["fuzzy"] if known and known.fuzzy else []),
            )
        )
    return f"{file}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when something is not fresh")
    parser.add_argument("exported", type=Path)
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    name = args.exported.stem
    entries = polib.pofile(str(args.exported))
    texts = {args.folder / f"{name}.pot": make_file(name, entries, {}, {})}
    for path in sorted(args.folder.glob("*.po")):
        translations = {entry.msgid: entry for entry in polib.pofile(str(path)) if not entry.obsolete}
        texts[path] = make_file(name, entries, translations, LANGUAGES.get(path.stem, {"Language": path.stem}))
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text() != text]
    if args.check:
        for path in stale:
            sys.stderr.write(f"{path} is not fresh: run make i18n and translate what is new\n")
        return bool(stale)
    args.folder.mkdir(exist_ok=True)
    for path in stale:
        path.write_text(texts[path])
    for path in texts:
        file = polib.pofile(str(path))
        if path.suffix == ".po":
            todo = len(file.untranslated_entries())
            sys.stderr.write(f"{path.name}: {len(file)} terms, {todo} to translate\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
