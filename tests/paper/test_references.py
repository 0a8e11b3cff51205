"""References: complete, explained, cited; a work named in the text has an entry."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAPER = Path(__file__).parents[2] / "paper"
BIBLIOGRAPHY = (PAPER / "refs.bib").read_text(encoding="utf-8")
ENTRY = re.compile(r"(?m)((?:^%[^\n]*\n)*)^@(\w+)\{(\w+),\n(.*?)\n\}", re.DOTALL)
ENTRIES = {found[3]: found for found in ENTRY.finditer(BIBLIOGRAPHY)}
FIELD = re.compile(r"(?m)^\s*(\w+) = \{(.*)\},?$")
VENUE = ("journal", "publisher")
LINKS = ("doi", "url")
MANUSCRIPT = "".join(
    path.read_text(encoding="utf-8")
    for path in sorted(PAPER.rglob("*.typ"))
    if path.name != "template.typ"
)


def fields(key: str) -> dict[str, str]:
    return dict(FIELD.findall(ENTRIES[key][4]))


def test_every_entry_is_read():
    assert len(ENTRIES) == BIBLIOGRAPHY.count("\n@")


@pytest.mark.parametrize("key", sorted(ENTRIES))
def test_an_entry_is_complete(key: str):
    held = fields(key)
    assert all(held.get(name) for name in ("author", "title", "year"))
    assert re.fullmatch(r"(19|20)\d\d", held["year"])
    assert any(held.get(name) for name in VENUE), "a journal or a publisher"
    # a book of before the web has its publisher, an article of before it its volume and pages
    printed = "publisher" in held or {"volume", "pages"} <= set(held)
    assert any(held.get(name) for name in LINKS) or printed
    assert not held.get("doi", "").startswith("http")


@pytest.mark.parametrize("key", sorted(ENTRIES))
def test_a_comment_says_what_an_entry_is_good_for_and_where_it_was_seen(key: str):
    said = ENTRIES[key][1]
    assert re.search(r"(?m)^% .{10}", said)
    assert "Seen:" in said


@pytest.mark.parametrize("key", sorted(ENTRIES))
def test_an_entry_is_cited_by_the_paper_or_its_supplement(key: str):
    assert re.search(rf"@{key}\b", MANUSCRIPT)


def test_no_work_is_listed_twice():
    titles = [re.sub(r"\W", "", fields(key)["title"]).lower() for key in ENTRIES]
    links = [fields(key)["doi"].lower() for key in ENTRIES if "doi" in fields(key)]
    assert sorted(titles) == sorted(set(titles))
    assert sorted(links) == sorted(set(links))


def test_given_names_are_initials():
    odd = [
        (key, name)
        for key in ENTRIES
        if not fields(key)["author"].startswith("{")
        for name in fields(key)["author"].split(" and ")
        if name != "others" and not re.fullmatch(r"[^,]+, (?:\w\.[ -]?)+", name)
    ]
    assert odd == []
