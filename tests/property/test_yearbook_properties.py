"""Properties of the reader and the detectors over many generated inputs."""

import tempfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings, strategies as st

from econshrink.core.errors import DataError
from econshrink.data import Jump, Spike, SwappedDigits, UnitSlip, detect, read_yearbook
from econshrink.data.open.shown import changes, shown
from econshrink.data.open.text import key, plain
from econshrink.data.yearbook.cells import read_cell
from econshrink.nouns.panel import CityPanel

FAST = settings(max_examples=60, derandomize=True, deadline=None)
FEW = settings(max_examples=25, derandomize=True, deadline=None)
NUMBERS = st.decimals(min_value=-(10**9), max_value=10**9, places=4)
CITIES = ("石家庄市", "唐山市", "秦皇岛市", "邯郸市", "邢台市")


def read_text(text, encoding="utf-8"):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(text.encode(encoding))
        return read_yearbook(path, detect=False)


@FAST
@given(NUMBERS)
def test_a_number_is_the_same_however_it_is_printed(number):
    text = format(number, "f")
    wide = text.translate(str.maketrans("0123456789.-", "０１２３４５６７８９．－"))
    forms = [text, format(number, ",f"), wide, text + "①", f"　{text} ", text.replace("-", "−")]
    assert {read_cell(form).number for form in forms} == {number}


@FAST
@given(st.text(max_size=30))
def test_any_text_is_number_missing_or_text(text):
    cell = read_cell(text)
    assert cell.kind in {"number", "missing", "text"}
    assert (cell.number is not None) == (cell.kind == "number")
    assert plain(plain(text)) == plain(text)
    assert key(key(text)) == key(text)


@FEW
@given(
    st.lists(st.sampled_from(CITIES), min_size=1, max_size=5, unique=True),
    st.lists(st.decimals(min_value=1, max_value=2000, places=2), min_size=5, max_size=5),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_order_of_rows_and_encoding_do_not_matter(cities, numbers, encoding):
    rows = [f"{c},2010,{n}" for c, n in zip(cities, numbers, strict=False)]
    head = "城市,年份,常住人口（万人）"
    first = read_text("\n".join([head, *rows]), encoding)
    second = read_text("\n".join([head, *reversed(rows)]))
    assert first.panel.digest() == second.panel.digest()
    got = first.panel.frame["population"].tolist()
    assert sorted(got) == sorted(float(n * 10000) for n in numbers[: len(cities)])


@FEW
@given(st.lists(st.decimals(min_value=1, max_value=2000, places=2), min_size=2, max_size=5))
def test_figures_do_not_depend_on_the_printed_unit(numbers):
    head = "城市,年份,常住人口（{}）\n"
    cities = CITIES[: len(numbers)]
    ten_thousands = [f"{c},2010,{n}" for c, n in zip(cities, numbers, strict=True)]
    persons = [f"{c},2010,{n * 10000:f}" for c, n in zip(cities, numbers, strict=True)]
    first = read_text(head.format("万人") + "\n".join(ten_thousands))
    second = read_text(head.format("人") + "\n".join(persons))
    assert first.panel.digest() == second.panel.digest()


@FEW
@given(
    st.lists(
        st.lists(
            st.sampled_from(
                [
                    "",
                    "石家庄市",
                    "唐山市",
                    "河北省",
                    "合计",
                    "2010",
                    "1,5",
                    "12.5",
                    "…",
                    "城市",
                    "年份",
                    "注：x",
                    "常住人口（万人）",
                    "Suzhou",
                    "130100",
                    "续表",
                ]
            ),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
        max_size=9,
    )
)
def test_every_row_is_kept_or_listed_or_the_file_is_refused(rows):
    text = "城市,年份,常住人口（万人）\n"
    text += "\n".join(",".join(f'"{v}"' for v in row) for row in rows)
    try:
        report = read_text(text).report
    except DataError as refusal:
        told = len(refusal.faults)
    else:
        filled = sum(any(v for v in row) for row in rows) + 1
        assert report.rows_in == filled
        assert report.rows_in == report.rows_kept + len(report.rows)
        assert len({(n.sheet, n.row) for n in report.rows}) == len(report.rows)
        return
    assert told > 0


@FEW
@given(st.integers(0, 10**6), st.sampled_from([1e-4, 0.01, 100.0, 1e4]))
def test_detectors_do_not_depend_on_the_unit(seed, factor):
    rng = np.random.default_rng(seed)
    values = np.round(np.exp(rng.normal(13, 0.5, (8, 1)) + rng.normal(0, 0.05, (8, 12)).cumsum(1)))
    index = pd.MultiIndex.from_product(
        [[f"1301{i:02d}" for i in range(8)], range(2001, 2013)], names=["city", "year"]
    )
    found = []
    for scale in (1.0, factor):
        column = [float(Decimal(repr(v)) * Decimal(repr(scale))) for v in values.ravel().tolist()]
        panel = CityPanel(pd.DataFrame({"population": column}, index=index))
        flags = detect(panel, "population", [Spike(), Jump(), UnitSlip(), SwappedDigits()])
        found.append(set(zip(flags["city"], flags["year"], flags["rule"], strict=True)))
    assert found[0] == found[1]


@FAST
@given(
    code=st.text(alphabet='0#?.,%;"\\!_*[]<>=@-eE+ydms万亿人‰ 1', max_size=30),
    value=st.floats(allow_nan=True, allow_infinity=True),
)
def test_any_number_format_gives_a_cell(code, value):
    seen = shown(value, code)
    assert seen is None or isinstance(seen, float | str)
    changes(code)


@FAST
@given(value=st.floats(-1e9, 1e9), places=st.integers(0, 4))
def test_a_percent_format_moves_the_point_exactly(value, places):
    cell = read_cell(shown(value, "0." + "0" * places + "%"))
    assert cell.unit == "%"
    assert float(cell.number * Decimal("0.01")) == value
