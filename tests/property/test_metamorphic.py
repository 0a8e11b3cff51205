"""Every public verb: change what must not matter, or must matter in one way, and look.

`registry` holds one canonical call a verb; a public verb without one, and without a reason in
`registry/exempt.py`, fails. Each call is run on tables whose rows are permuted, units renamed,
columns shuffled, joined by an irrelevant one, measured in other units, shifted, stored as other
types, with split weights and cut spells, and with one or two threads of BLAS.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from tests.property.registry import exempt
from tests.property.registry.calls import Answer, Call, Number, World
from tests.property.registry.wings import CALLS
from tools.unreached import verbs

Change = Callable[[Call, World, Answer], tuple[World, Answer]]
UNITS = ("city", "origin", "destination", "city_a", "city_b")


def test_every_public_verb_has_a_canonical_call_or_a_reason():
    public = {f"{room}.{name}" for name, rooms in verbs().items() for room in rooms if room}
    called = {call.verb.partition(".")[2] for call in CALLS}
    left = sorted(verb for verb in public - set(exempt.REASONS) if verb.split(".")[1] not in called)
    assert not left, f"{len(left)} verbs without a call in the registry: {', '.join(left)}"
    assert not sorted(set(exempt.REASONS) - public), "exempt, but no public verb"
    assert not sorted(v for v in exempt.REASONS if v.split(".")[1] in called), "exempt, but called"


def permuted(_call: Call, world: World, answer: Answer) -> tuple[World, Answer]:
    return {n: f.sample(frac=1.0, random_state=3) for n, f in world.items()}, answer


def shuffled(_call: Call, world: World, answer: Answer) -> tuple[World, Answer]:
    return {n: f[list(f.columns[::-1])] for n, f in world.items()}, answer


def joined(_call: Call, world: World, answer: Answer) -> tuple[World, Answer]:
    return {n: f.assign(irrelevant=np.arange(len(f)) % 7.0) for n, f in world.items()}, answer


def relabelled(_call: Call, world: World, answer: Answer) -> tuple[World, Answer]:
    """Other ids in another order."""
    old = sorted({v for f in world.values() for c in UNITS if c in f for v in f[c]})
    places = np.random.default_rng(5).permutation(len(old))
    new = {city: f"{500000 + 100 * int(place)}" for city, place in zip(old, places, strict=True)}
    made = {
        name: frame.assign(**{c: frame[c].map(new) for c in UNITS if c in frame})
        for name, frame in world.items()
    }
    return made, {tuple(new.get(part, part) for part in key): v for key, v in answer.items()}


def rescaled(factor: float) -> Change:
    def change(call: Call, world: World, answer: Answer) -> tuple[World, Answer]:
        made = {
            name: frame.assign(**{c: frame[c] * factor for c in call.scaled if c in frame})
            for name, frame in world.items()
        }
        return made, {key: _moved(number, call, factor) for key, number in answer.items()}

    return change


def _moved(number: Number, call: Call, factor: float) -> Number:
    power = sum(p for column, p in number.unit.items() if column in call.scaled)
    return Number(number.value * factor**power, number.unit)


def shifted(call: Call, world: World, answer: Answer) -> tuple[World, Answer]:
    made = {
        name: frame.assign(**{c: frame[c] + 64.0 for c in call.shifted if c in frame})
        for name, frame in world.items()
    }
    kept = {key: v for key, v in answer.items() if not set(call.moved) & set(key)}
    return made, kept


def stored(kind: str) -> Change:
    def change(_call: Call, world: World, answer: Answer) -> tuple[World, Answer]:
        return {name: _as(frame, kind) for name, frame in world.items()}, answer

    return change


def _as(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    if kind == "nullable":
        floats = [c for c in frame.columns if frame[c].dtype.kind == "f"]
        return frame.astype(dict.fromkeys(floats, "Float64"))
    if kind == "category":
        texts = [c for c in frame.columns if not pd.api.types.is_numeric_dtype(frame[c])]
        return frame.astype(dict.fromkeys(texts, "category"))
    floats = [c for c in frame.columns if frame[c].dtype.kind == "f"]
    return frame.astype(dict.fromkeys(floats, "float32"))


def split_weights(call: Call, world: World, answer: Answer) -> tuple[World, Answer]:
    made = {
        name: pd.concat([half := frame.assign(**{call.weight: frame[call.weight] / 2}), half])
        if call.weight in frame
        else frame
        for name, frame in world.items()
    }
    return {n: f.reset_index(drop=True) for n, f in made.items()}, answer


def cut_spells(_call: Call, world: World, answer: Answer) -> tuple[World, Answer]:
    """Every spell of more than a unit of time in two, the event with the second."""
    frame = world["spells"]
    middle = (frame["start"] + frame["stop"]) / 2
    first = frame.assign(stop=middle, event=0.0)
    if "cause" in frame:
        first["cause"] = ""
    return {**world, "spells": pd.concat([first, frame.assign(start=middle)])}, answer


CHANGES: dict[str, Change] = {
    "permuted rows": permuted,
    "shuffled columns": shuffled,
    "an irrelevant column": joined,
    "other ids": relabelled,
    "larger units": rescaled(2.0**-30),
    "smaller units": rescaled(2.0**30),
    "shifted": shifted,
    "nullable": stored("nullable"),
    "category": stored("category"),
    "float32": stored("float32"),
    "split weights": split_weights,
    "cut spells": cut_spells,
}


def _applies(call: Call, name: str) -> bool:
    needs = {
        "larger units": call.scaled,
        "smaller units": call.scaled,
        "shifted": call.shifted,
        "split weights": call.weight,
        "cut spells": call.spells,
    }
    return name not in call.but and bool(needs.get(name, True))


def compare(found: Answer, expected: Answer, rtol: float, *, part: bool = False) -> None:
    if not part:
        assert set(found) == set(expected)
    largest: dict[str, float] = {}
    for key, number in expected.items():
        if math.isfinite(number.value):
            largest[key[0]] = max(largest.get(key[0], 0.0), abs(number.value))
    for key, number in expected.items():
        if number.unit:  # terms of unlike units are not compared with one another
            atol = rtol * abs(number.value)
        else:
            atol = rtol * max(largest.get(key[0], 0.0), 1e-12)
        np.testing.assert_allclose(
            found[key].value, number.value, rtol=rtol, atol=atol, err_msg=str(key), equal_nan=True
        )


@pytest.fixture(scope="module")
def answers() -> dict[str, Answer]:
    return {}


def _answer(call: Call, held: dict[str, Answer]) -> Answer:
    if call.verb not in held:
        held[call.verb] = call.run(call.world())
    return held[call.verb]


PAIRS = [
    pytest.param(call, name, id=f"{call.verb}-{name}")
    for call in CALLS
    for name in CHANGES
    if _applies(call, name)
]


@pytest.mark.parametrize(("call", "name"), PAIRS)
def test_the_answer_moves_exactly_as_it_must(call, name, answers):
    whole = _answer(call, answers)
    assert whole
    assert any(math.isfinite(number.value) for number in whole.values())
    world, expected = CHANGES[name](call, call.world(), whole)
    compare(call.run(world), expected, call.rtol, part=name == "shifted")


@pytest.mark.parametrize("call", CALLS, ids=[call.verb for call in CALLS])
def test_threads_do_not_matter(call, answers):
    with threadpool_limits(2):
        found = call.run(call.world())
    compare(found, _answer(call, answers), call.rtol)


@pytest.mark.parametrize("call", CALLS, ids=[call.verb for call in CALLS])
def test_the_input_is_left_as_it_was(call):
    world = call.world()
    before = {name: frame.copy(deep=True) for name, frame in world.items()}
    call.run(world)
    for name, frame in world.items():
        pd.testing.assert_frame_equal(frame, before[name])
