"""Printing never fails and never invents a zero, whatever the numbers."""

import math

import numpy as np
from hypothesis import given, settings, strategies as st

from econshrink.nouns.estimate import Estimate
from econshrink.nouns.show.page import column, fixed, number
from econshrink.nouns.show.text import cells

FLOATS = st.floats(allow_nan=True, allow_infinity=True)


def read(text):
    return float(text.replace(",", "").replace("−", "-"))


@given(st.lists(FLOATS, min_size=1, max_size=8))
def test_columns_keep_sign_and_never_print_a_false_zero(values):
    for value, text in zip(values, column(values), strict=True):
        if not math.isfinite(value):
            assert text in {"–", "∞", "−∞"}
            continue
        shown = read(text)
        assert (shown == 0) == (value == 0)
        assert shown * value >= 0


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 6))
def test_numbers_read_back(value, places):
    assert abs(read(number(value)) - value) <= 6e-4 * abs(value) or abs(value) >= 1e15
    shown = read(fixed(value, places))
    assert abs(shown - value) <= max(0.51 * 10**-places, 0.06 * abs(value))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable()),
            st.floats(-1e12, 1e12),
            st.floats(1e-12, 1e12),
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda row: row[0],
    ),
    st.sampled_from([3.0, math.inf]),
)
def test_any_estimate_prints_with_aligned_rows(rows, df_t):
    terms, values, errors = zip(*rows, strict=True)
    with np.errstate(over="ignore"):
        estimate = Estimate(
            "m", terms, np.array(values), np.diag(np.square(errors)), "iid", "none", 9, df_t
        )
    lines = str(estimate).splitlines()
    rule = next(place for place, line in enumerate(lines) if line.startswith("───"))
    width = cells(lines[rule])
    assert all(cells(line) <= width for line in lines[rule : rule + 4 + len(rows)])
    assert "nan" not in estimate._repr_html_()
