"""Survivors of the stored record of mutants: tried again on today's code, and judged.

The draw stays as it was. A survivor is looked for in today's file by its operator and its line
before and after; where that line is no longer, the mutant is gone and counts neither as killed nor
as survived. What was killed stays killed; what has no test named in `judgements.json` stays a
survivor. The score that the draw had when it was made is kept under ``first``: tests written after
looking at survivors say nothing about mutants not drawn.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from econshrink.core.files import write_file
from tools.soak.mutants import STRATA, Mutant, change, files, judge, mutate, score, warm
from tools.soak.record import RECORD, ROOT, setting

JUDGEMENTS = Path("tools") / "soak" / "judgements.json"
Judgements = dict[tuple[str, str, str], dict[str, str]]
CLASSES = {
    "matters": "a number, a bound, a refusal, an order or a printed digit would be wrong",
    "equivalent": "no input can tell the two apart",
    "tolerance": "a limit of a search or a rounding guard moves, digits within its tolerance",
    "speed": "how work is cut up, copied or cached, not what comes out",
    "stream": "other random draws of the same law",
    "message": "the words of an error or of a note, not whether it is told",
}
NOTE = (
    "600 mutants drawn once; their survivors were then read and tests written for what matters, so "
    "that `score` says how the tests do on these mutants, and is no score out of sample: `first` "
    "is (quick tests only, at most 150 or 15 seconds of them), and `fresh` where it is given"
)


def again(root: Path = ROOT) -> dict[str, Any]:
    """Try the survivors again, each with the test that its judgement names; renew the record.

    Those of the fresh draw are tried too, but its score stays.
    """
    path = root / RECORD
    held = json.loads(path.read_text(encoding="utf-8"))
    warm()
    known, unsound = judgements(root), dict[str, bool]()
    tried = [{**m, **_tried(m, known, unsound, root)} for m in held["mutants"]["left"]]
    for survivor in held["mutants"].get("fresh", {}).get("left", ()):
        survivor["now"] = _tried(survivor, known, unsound, root)["became"]
    held["mutants"] = renewed(held["mutants"], tried)
    write_file(path, json.dumps(held, indent=1, sort_keys=True) + "\n")
    return write_judgements(root)


def _tried(
    survivor: Mutant, known: Judgements, unsound: dict[str, bool], root: Path
) -> dict[str, Any]:
    mutant, test = find(survivor, root), known.get(_key(survivor), {}).get("test", "")
    became: dict[str, Any] = {"became": "gone" if mutant is None else "survived"}
    if mutant is not None and test:
        became = judge(mutant["file"], change(mutant, root)[0], [test], unsound)
    print(f"{became['became']:9}{survivor['file']}:{survivor['line']} {survivor['new']}")
    return became


def afresh(count: int, seed: int, seconds: float, root: Path = ROOT) -> dict[str, Any]:
    """Draw other mutants with another seed and record their score beside, as ``fresh``."""
    found = mutate(count, seed, seconds)
    path = root / RECORD
    held = json.loads(path.read_text(encoding="utf-8"))
    told = f"the first {found['mutants']} of {found['drawn']} in random order, tests before `now`"
    held["mutants"]["fresh"] = {**found, "note": told}
    write_file(path, json.dumps(held, indent=1, sort_keys=True) + "\n")
    write_judgements(root)
    return found


def find(survivor: Mutant, root: Path = ROOT) -> Mutant | None:
    """The change in today's file: same operator, same line before and after, the nearest."""
    from cosmic_ray.ast import ast_nodes, get_ast  # noqa: PLC0415  (group `soak`)
    from cosmic_ray.plugins import get_operator  # noqa: PLC0415

    path = root / survivor["file"]
    if not path.exists():
        return None
    code = path.read_text(encoding="utf-8")
    lines, operator = code.splitlines(), get_operator(survivor["operator"])()
    spots = [p for node in ast_nodes(get_ast(code)) for p in operator.mutation_positions(node)]
    near = sorted(
        (abs(start[0] - survivor["line"]), start[0], occurrence)
        for occurrence, (start, _) in enumerate(spots)
        if lines[start[0] - 1].strip() == survivor["old"]
    )
    for _, line, occurrence in near:
        mutant = {**survivor, "line": line, "occurrence": occurrence}
        if change(mutant, root)[1:] == (survivor["old"], survivor["new"]):
            return mutant
    return None


def renewed(record: dict[str, Any], tried: Sequence[Mutant]) -> dict[str, Any]:
    """The record with what became of its survivors; counts of a stratum move with them."""
    first = record.get("first") or {
        key: record[key] for key in ("date", "killed", "survived", "score", "low", "high", "strata")
    }
    whose = {file: stratum for stratum, chosen in files().items() for file in chosen}
    strata = {}
    for name in STRATA:
        own = [m["became"] for m in tried if _stratum(m["file"], whose) == name]
        before = record["strata"][name]
        killed, lost = before["killed"] + own.count("killed"), own.count("gone")
        gone = before.get("gone", 0) + lost
        left = before["survived"] - own.count("killed") - lost
        strata[name] = {**score(killed, left), "gone": gone}
    total = {key: sum(each[key] for each in strata.values()) for key in ("killed", "survived")}
    kept = ("file", "line", "operator", "old", "new")
    since = {
        word: [
            *record.get(word, ()),
            *(
                {key: m[key] for key in (*kept, "test") if m.get(key)}
                for m in tried
                if m["became"] == became
            ),
        ]
        for word, became in (("killed_since", "killed"), ("gone", "gone"))
    }
    left = [m for m in tried if m["became"] not in {"killed", "gone"}]
    return {
        **record,
        **{key: setting(record["seed"])[key] for key in ("date", "python", "machine", "packages")},
        "first": first,
        "note": NOTE,
        **score(total["killed"], total["survived"]),
        "strata": strata,
        "left": [{key: m[key] for key in kept} for m in left],
        **since,
    }


def _stratum(file: str, whose: dict[str, str]) -> str:
    """Of a file; one that was moved or deleted since is told by its folder."""
    folder = file.split("/")[1]
    return whose.get(file) or (folder if folder in STRATA else "kernels")


def write_judgements(root: Path = ROOT) -> dict[str, Any]:
    """Put the judgement of every survivor beside it; the record of the part `mutants`."""
    path = root / RECORD
    held = json.loads(path.read_text(encoding="utf-8"))
    record: dict[str, Any] = held["mutants"]
    known = judgements(root)
    for survivor in _survivors(record):
        told = known.get(_key(survivor))
        survivor["judged"] = f"{told['judged']}: {told['why']}" if told else "not judged yet"
    for part in (record, *([record["fresh"]] if "fresh" in record else [])):
        words = [survivor["judged"].partition(":")[0] for survivor in part["left"]]
        part["judged"] = {word: words.count(word) for word in sorted(set(words))}
    write_file(path, json.dumps(held, indent=1, sort_keys=True) + "\n")
    return record


def _survivors(record: dict[str, Any]) -> Iterator[Mutant]:
    yield from record["left"]
    yield from record.get("killed_since", ())
    yield from record.get("gone", ())
    yield from record.get("fresh", {}).get("left", ())


def judgements(root: Path = ROOT) -> Judgements:
    """What was judged of each survivor: a word of `CLASSES`, why, and the test that kills it."""
    told = json.loads((root / JUDGEMENTS).read_text(encoding="utf-8"))
    found = {}
    for file, entries in told.items():
        for entry in entries:
            if entry["judged"] not in CLASSES:
                raise SystemExit(f"{JUDGEMENTS}: no class {entry['judged']!r}")
            found[file, entry["old"], entry["new"]] = entry
    return found


def _key(survivor: Mutant) -> tuple[str, str, str]:
    return survivor["file"], survivor["old"], survivor["new"]
