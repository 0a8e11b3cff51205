"""Options refuse fields of another type than their annotations say."""

from dataclasses import dataclass

import numpy as np
import pytest

from econshrink import Clustered, EconshrinkError, Spec, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.data import HoldGrowth
from econshrink.forecast import BacktestDesign
from econshrink.survival import ElasticNet


@dataclass(frozen=True)
@typed_fields
class Option:
    """One field of every kind."""

    whole: int = 1
    number: float = 1.0
    text: str = "a"
    flag: bool = True
    several: tuple[str, ...] = ()
    pair: tuple[int, float] = (1, 2.0)
    maybe: int | None = None
    inner: "Option | None" = None


@pytest.mark.parametrize(
    "fields",
    [
        {"whole": np.int64(3), "number": 3, "flag": np.bool_(False)},
        {"number": np.float32(0.5), "text": np.str_("b"), "several": ["a", "b"]},
        {"pair": (np.int8(1), 2), "maybe": 4, "inner": Option()},
    ],
)
def test_what_means_the_same_is_taken(fields):
    assert Option(**fields)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("whole", v) for v in (1.0, "1", True, None, 1j, np.float64(1), (1,))),
        *(("number", v) for v in ("1", True, None, 1j, 10**40, np.array([1.0]))),
        *(("text", v) for v in (1, None, b"a", ("a",))),
        *(("flag", v) for v in (1, 0.0, "yes", None)),
        *(("several", v) for v in ("abc", b"abc", 1, {"a"}, ("a", 1), (("a",),))),
        *(("pair", v) for v in ((1,), (1, 2.0, 3.0), (1.5, 2.0), "12")),
        *(("maybe", v) for v in (1.0, "1")),
        *(("inner", v) for v in ("Option", {}, Option)),
    ],
)
def test_another_type_is_named_with_its_field_and_what_was_expected(name, value):
    with pytest.raises(SpecError) as caught:
        Option(**{name: value})
    [fault] = caught.value.faults
    assert fault.seen.startswith(f"{name}=")
    assert fault.where == f"Option.{name}"
    assert Option()  # "leave it out" is a remedy that works


def test_all_wrong_fields_are_told_at_once():
    with pytest.raises(SpecError, match=r"(?s)whole='1'.*text=2"):
        Option(whole="1", text=2)


@pytest.mark.parametrize(
    "call",
    [
        lambda: Clustered(3),
        lambda: HoldGrowth("1"),
        lambda: BacktestDesign(2010),
        lambda: ElasticNet(penalties=0.5),
        lambda: Spec("y", "x"),
        lambda: Spec(("y",), ("x",)),
    ],
)
def test_the_options_of_the_wings_do_so(call):
    with pytest.raises(EconshrinkError):
        call()
