"""Flow readers through the opening room: encodings, shapes, years, labels, shares, directions."""

import numpy as np
import openpyxl
import pandas as pd
import pytest

from econshrink.core.errors import DataError, SpecError
from econshrink.data import (
    Direction,
    SetAside,
    SharesOf,
    read_flow_list,
    read_flow_matrix,
    read_share_lists,
    reconcile_shares,
)
from econshrink.nouns.flows import FlowNetwork

ROWS = Direction.ROWS_ARE_ORIGINS
LIST = (
    "origin,destination,flow,year\n鹤岗,伊春,1,2010\n鹤岗,大庆,2,2010\n伊春,鹤岗,3,2010\n"
    "伊春,大庆,4,2010\n大庆,鹤岗,5,2010\n大庆,伊春,6,2010\n"
)
MATRIX = "from/to,a,b,c\na,0,5,1\nb,2,0,3\nc,8,0,0\n"
FLOWS = np.array([[0.0, 5.0, 1.0], [2.0, 0.0, 3.0], [8.0, 0.0, 0.0]])


def write(folder, text, encoding="utf-8", name="flows.csv"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def book(folder, rows, name="flows.xlsx", formats=()):
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    for place, code in formats:
        workbook.active[place].number_format = code
    workbook.save(folder / name)
    return folder / name


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_encodings_and_separators_are_found_out(tmp_path, encoding, separator):
    [network] = read_flow_list(write(tmp_path, LIST.replace(",", separator), encoding))
    assert network.cities == ("伊春", "大庆", "鹤岗")
    assert network.flows[2].tolist() == [1.0, 2.0, 0.0]
    assert network.year == 2010


def test_columns_of_other_names(tmp_path):
    columns = {"origin": "From", "destination": "to", "flow": "movers", "year": "wave"}
    text = LIST.replace("origin,destination,flow,year", "from,to,Movers,wave")
    [network] = read_flow_list(write(tmp_path, text), columns=columns)
    assert (network.year, network.flows.sum()) == (2010, 21)
    shares = write(tmp_path, "von,nach,share\na,b,60\nb,a,70\n", name="shares.csv")
    ends = {"origin": "von", "destination": "nach"}
    assert read_share_lists(shares, SharesOf.ORIGIN, percent=True, columns=ends).unlisted_out[0]
    with pytest.raises(SpecError, match="roles among origin"):
        read_flow_list(write(tmp_path, text), columns={"source": "from"})


def test_a_workbook_and_titles_above_the_headings(tmp_path):
    rows = [["人口流动"], [], *(line.split(",") for line in LIST.splitlines())]
    rows = [[int(v) if v.isdigit() else v for v in row] for row in rows]
    [network] = read_flow_list(book(tmp_path, rows))
    assert network.flows.sum() == 21
    coded = [["o/d", 130100.0, 130200], [130100, None, 4], [130200.0, 5, 0]]
    square = read_flow_matrix(book(tmp_path, coded, "m.xlsx"), ROWS)
    assert square.cities == ("130100", "130200")
    assert square.flows.tolist() == [[0, 4], [5, 0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an empty file"),
        ("\n\n", "single column"),
        ("origin,destination,flow\n", "0 rows"),
        ("origin;destination\na;b\n", "columns origin, destination"),
        ("origin,destination,flow\na,b,1,9\nb,a,2\n", "4 fields"),
        ("origin,destination,flow\na,b\nb,a,2\n", "2 fields"),
        ("origin,destination,flow,flow\na,b,1,2\nb,a,2,3\n", "flow twice"),
        ("origin,destination,flow\n,b,1\nb,a,2\n", "no origin"),
        ("origin,destination,flow\na,b,inf\nb,a,2\n", "'inf'"),
        ("origin,destination,flow,year\na,b,1,2010.5\nb,a,2,2010\n", "year '2010.5'"),
        ("origin,destination,flow,year\na,b,1,\nb,a,2,2010\n", "no year"),
        ('origin,destination,flow\n"a,b,1\nb,a,2\n', "does not parse"),
        ("origin,destination,flow\na,b,10%\nb,a,2\n", "a share"),
        ("origin,destination,flow\na,b,3公里\nb,a,2\n", "unit '公里'"),
    ],
)
def test_bad_lists_end_in_one_clear_error(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        read_flow_list(write(tmp_path, text))


@pytest.mark.parametrize(
    "text", ["", "a,b\n", ",a,b\na,0\nb,1,0\n", ",a,b\na,0,1,7\nb,1,0\n", ",a,a\na,0,1\na,1,0\n"]
)
def test_bad_matrices_end_in_one_clear_error(tmp_path, text):
    with pytest.raises(DataError):
        read_flow_matrix(write(tmp_path, text), ROWS)


def test_five_hundred_faults_of_one_cause_are_one_fault(tmp_path):
    text = "origin,destination,flow\n" + "".join(f"a{i},b,n/k\n" for i in range(500))
    with pytest.raises(DataError) as caught:
        read_flow_list(write(tmp_path, text))
    [fault] = caught.value.faults
    assert fault.seen == "'n/k', 500 times"
    assert "rows 2–501, column C" in fault.where
    with pytest.raises(DataError) as caught:
        read_flow_list(write(tmp_path, LIST), cities=[f"x{i}" for i in range(500)])
    assert len(caught.value.faults) == 2


def test_rows_and_columns_are_matched_by_name(tmp_path):
    shuffled = "from/to,c,a,b\nb,3,2,0\na,1,0,5\nc,0,8,0\n"
    network = read_flow_matrix(write(tmp_path, shuffled), ROWS)
    order = [network.cities.index(c) for c in "abc"]
    np.testing.assert_array_equal(network.flows[np.ix_(order, order)], FLOWS)


def test_totals_are_matched_by_name_and_never_by_position(tmp_path):
    path = write(tmp_path, MATRIX)
    leavers = pd.Series([8.0, 6.0, 5.0], ["c", "a", "b"])
    assert read_flow_matrix(path, ROWS, leavers=leavers).out_strength.tolist() == [6, 5, 8]
    with pytest.raises(DataError, match="no total of a, b, c"):
        read_flow_matrix(path, ROWS, leavers=pd.Series([6.0, 5.0, 8.0]))
    with pytest.raises(DataError, match="no total of c"):
        read_flow_matrix(path, ROWS, leavers=leavers.drop("c"))


def test_a_transposed_matrix_is_refused_by_totals_and_questioned_without(tmp_path):
    bare = MATRIX.replace("from/to", "")
    leavers = pd.Series([6.0, 5.0, 8.0], list("abc"))
    turned = write(tmp_path, ",a,b,c\na,0,2,8\nb,5,0,0\nc,1,3,0\n", name="t.csv")
    with pytest.raises(DataError, match="transposed") as caught:
        read_flow_matrix(turned, ROWS, leavers=leavers)
    assert "declare the other direction" in caught.value.faults[0].remedy
    mended = read_flow_matrix(turned, Direction.ROWS_ARE_DESTINATIONS, leavers=leavers)
    np.testing.assert_array_equal(mended.flows, FLOWS)
    # totals of another source, five per cent off, still tell
    with pytest.raises(DataError, match="transposed"):
        read_flow_matrix(turned, ROWS, leavers=leavers * 1.05)
    with pytest.raises(DataError, match="sums of rows that equal the arrivals"):
        read_flow_matrix(turned, ROWS, arrivals=pd.Series([10.0, 5.0, 4.0], list("abc")))
    questioned = read_flow_matrix(write(tmp_path, bare), ROWS)
    assert any("nothing confirms" in note for note in questioned.notes)
    assert not any("nothing" in n for n in read_flow_matrix(write(tmp_path, MATRIX), ROWS).notes)
    told = read_flow_matrix(write(tmp_path, bare), ROWS, leavers=leavers)
    assert not any("nothing confirms" in note for note in told.notes)


def test_printed_totals_are_checked_and_left_out(tmp_path):
    text = ",a,b,c,合计\na,0,5,1,6\nb,2,0,3,5\nc,8,0,0,8\n合计,10,5,4,19\n"
    network = read_flow_matrix(write(tmp_path, text), ROWS)
    np.testing.assert_array_equal(network.flows, FLOWS)
    with pytest.raises(DataError, match="differ from the sums"):
        read_flow_matrix(write(tmp_path, text.replace("10,5,4", "30,5,4")), ROWS)


@pytest.mark.parametrize("size", [1, 100])
def test_shares_labelled_counts_are_found_and_the_remedies_work(tmp_path, size):
    shares = FLOWS / FLOWS.sum(axis=1, keepdims=True)
    rows = "\n".join(f"{c}," + ",".join(f"{v * size:.6f}" for v in row)
                     for c, row in zip("abc", shares, strict=True))  # fmt: skip
    path = write(tmp_path, f"from/to,a,b,c\n{rows}\n")
    with pytest.raises(DataError, match=f"add up to {size}: shares") as caught:
        read_flow_matrix(path, ROWS)
    assert "read_share_lists" in caught.value.faults[0].remedy
    pairs = [(a, b, shares[i, j] * size) for i, a in enumerate("abc") for j, b in enumerate("abc")
             if i != j]  # fmt: skip
    text = "".join(f"{a},{b},{v:.6f}\n" for a, b, v in pairs)
    with pytest.raises(DataError, match="shares, no counts"):
        read_flow_list(write(tmp_path, f"origin,destination,flow\n{text}"))
    leavers = pd.Series([6.0, 5.0, 8.0], list("abc"))
    mended = read_share_lists(
        write(tmp_path, f"origin,destination,share\n{text}"), SharesOf.ORIGIN,
        percent=size == 100, totals=leavers,
    )  # fmt: skip
    np.testing.assert_allclose(mended.flows, FLOWS, atol=1e-4)
    counts = pd.DataFrame(shares * leavers.to_numpy()[:, None], list("abc"), list("abc"))
    counts.to_csv(tmp_path / "c.csv", index_label="from/to")
    np.testing.assert_allclose(read_flow_matrix(tmp_path / "c.csv", ROWS).flows, FLOWS)


def test_counts_that_happen_to_be_round_are_counts(tmp_path):
    text = ",a,b,c\na,0,50,60\nb,40,0,60\nc,30,70,0\n"
    assert read_flow_matrix(write(tmp_path, text), ROWS).flows.sum() == 310


def test_blanks_of_a_truncated_share_list_are_not_zero(tmp_path):
    text = "origin,destination,share\na,b,60\na,c,\nb,a,70\nb,c,—\nc,a,50\n"
    network = read_share_lists(write(tmp_path, text), SharesOf.ORIGIN, percent=True)
    assert np.isnan(network.flows[0, 2])
    assert np.isnan(network.flows[1, 2])
    assert network.unlisted_out.tolist() == pytest.approx([0.4, 0.3, 0.5])
    assert any("2 listed pairs without a share" in note for note in network.notes)


def test_a_percent_sign_is_divided_once(tmp_path):
    rows = [["origin", "destination", "share"], ["a", "b", 0.6], ["b", "a", 70], ["c", "a", "50%"]]
    path = book(tmp_path, rows, formats=[("C2", "0%")])
    network = read_share_lists(path, SharesOf.ORIGIN, percent=True)
    assert network.unlisted_out.tolist() == pytest.approx([0.4, 0.3, 0.5])


def test_percent_declared_wrongly_is_told_and_the_remedy_works(tmp_path):
    whole = "origin,destination,share\na,b,.6\na,c,.4\nb,a,1\nc,a,.5\nc,b,.5\n"
    with pytest.raises(DataError, match="percent=False"):
        read_share_lists(write(tmp_path, whole), SharesOf.ORIGIN, percent=True)
    net = read_share_lists(write(tmp_path, whole), SharesOf.ORIGIN, percent=False)
    assert net.unlisted_out.tolist() == [0, 0, 0]
    hundred = "origin,destination,share\na,b,60\na,c,40\nb,a,100\nc,a,50\n"
    with pytest.raises(DataError, match="percent=True"):
        read_share_lists(write(tmp_path, hundred), SharesOf.ORIGIN, percent=False)
    read_share_lists(write(tmp_path, hundred), SharesOf.ORIGIN, percent=True)


def lists(tmp_path, second):
    first = "origin,destination,share\na,b,60\na,c,40\nb,a,100\nc,a,50\nc,b,50\n"
    leavers = pd.Series([100.0, 50.0, 20.0], list("abc"))
    arrivals = pd.Series([60.0, 70.0, 40.0], list("abc"))
    out = read_share_lists(write(tmp_path, first), SharesOf.ORIGIN, percent=True, totals=leavers)
    into = read_share_lists(
        write(tmp_path, second), SharesOf.DESTINATION, percent=True, totals=arrivals
    )
    return out, into


def test_shares_that_agree_are_reconciled_without_a_residual(tmp_path):
    second = (
        "origin,destination,share\nb,a,83.3333333333\nc,a,16.6666666667\na,b,85.7142857143\n"
        "c,b,14.2857142857\na,c,100\n"
    )
    result = reconcile_shares(*lists(tmp_path, second))
    np.testing.assert_allclose(result.residuals["residual"], 0, atol=1e-6)
    np.testing.assert_allclose(result.network.out_strength, [100, 50, 20])


def test_shares_that_disagree_get_the_mean_and_a_reported_residual(tmp_path):
    second = "origin,destination,share\nb,a,75\nc,a,25\na,b,100\nb,c,50\na,c,50\n"
    result = reconcile_shares(*lists(tmp_path, second))
    used = result.residuals.set_index(["origin", "destination"])
    # a to b: 60 of a's 100 leavers, all of b's 70 arrivals
    assert used.loc[("a", "b"), ["by_origin", "by_destination", "used", "residual"]].tolist() == [
        60, 70, 65, -10,
    ]  # fmt: skip
    assert result.network.flows[1, 2] == 20  # one list alone
    assert result.network.flows[2, 1] == 10
    assert "leavers add up to 170, arrivals to 170" in result.network.notes[1]
    with pytest.raises(DataError, match=r"SharesOf\.ORIGIN"):
        reconcile_shares(*reversed(lists(tmp_path, second)))


def test_every_remedy_of_the_list_reader_mends(tmp_path):
    text = "origin,destination,flow\na,b,1\nb,a,2\na,b,4\n"
    with pytest.raises(DataError, match="Add them up"):
        read_flow_list(write(tmp_path, text))
    read_flow_list(write(tmp_path, "origin,destination,flow\na,b,5\nb,a,2\n"))
    inside = "origin,destination,flow\na,b,1\nb,a,2\na,a,4\n"
    with pytest.raises(DataError, match="SetAside"):
        read_flow_list(write(tmp_path, inside))
    read_flow_list(write(tmp_path, inside), within=SetAside())
    blank = "origin,destination,flow\na,b,\nb,a,2\n"
    with pytest.raises(DataError, match="or 0 where nobody moved"):
        read_flow_list(write(tmp_path, blank))
    read_flow_list(write(tmp_path, blank.replace("a,b,", "a,b,0")))


def test_a_labelled_table_is_put_in_order_by_its_labels():
    table = pd.DataFrame(FLOWS, list("abc"), list("abc"))
    shuffled = table.loc[list("cab"), list("bca")]
    stocks = pd.Series([3.0, 1.0, 2.0], list("cab"))
    network = FlowNetwork(tuple("abc"), shuffled, stocks=stocks)
    np.testing.assert_array_equal(network.flows, FLOWS)
    assert network.stocks.tolist() == [1, 2, 3]
    with pytest.raises(DataError, match="labels") as caught:
        FlowNetwork(tuple("abc"), pd.DataFrame(FLOWS))
    assert "to_numpy()" in caught.value.faults[0].remedy
    assert FlowNetwork(tuple("abc"), pd.DataFrame(FLOWS).to_numpy()).count == 3


@pytest.mark.parametrize("kind", ["dates", "durations", "periods", "complex numbers"])
def test_totals_that_are_no_figures_are_told(tmp_path, kind):
    values = {
        "dates": pd.date_range("2010", periods=3),
        "durations": pd.to_timedelta([6, 5, 8], unit="D"),
        "periods": pd.period_range("2010", periods=3, freq="Y"),
        "complex numbers": np.array([6j, 5j, 8j]),
    }[kind]
    with pytest.raises((DataError, SpecError), match=kind):
        read_flow_matrix(write(tmp_path, MATRIX), ROWS, leavers=pd.Series(values, list("abc")))


def test_fractions_declared_as_percent_are_told_and_the_remedy_works(tmp_path):
    lists = "origin,destination,share\na,b,.6\na,c,.1\nb,a,.7\nc,a,.5\n"
    path = write(tmp_path, lists)
    with pytest.raises(DataError, match=r"add up to 0.7 at most, with percent=True"):
        read_share_lists(path, SharesOf.ORIGIN, percent=True)
    left = read_share_lists(path, SharesOf.ORIGIN, percent=False).unlisted_out
    assert left == pytest.approx([0.3, 0.3, 0.5])
    tiny = write(tmp_path, lists.replace(".6\n", ".6%\n").replace(".1\n", ".1%\n")
                 .replace(".7\n", ".7%\n").replace(".5\n", ".5%\n"), name="tiny.csv")  # fmt: skip
    for percent in (True, False):
        left = read_share_lists(tiny, SharesOf.ORIGIN, percent=percent).unlisted_out
        assert left == pytest.approx([0.993, 0.993, 0.995])


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("origin,destination,flow（万人）\na,b,1.2\nb,a,3.4\n", {"flow": "flow（万人）"}),
        ("origin,destination,flow (thousand)\na,b,12\nb,a,34\n", {"flow": "flow (thousand)"}),
        ("单位：万人,,\norigin,destination,flow\na,b,1.2\nb,a,3.4\n", {}),
        ("origin,destination,flow(万人)\na,b,12000人\nb,a,3.4\n", {"flow": "flow(万人)"}),
        ("origin,destination,flow (all ages)\na,b,12000\nb,a,34000\n",
         {"flow": "flow (all ages)"}),
    ],
)  # fmt: skip
def test_the_unit_of_a_heading_or_title_is_read_once(tmp_path, text, columns):
    [network] = read_flow_list(write(tmp_path, text), columns=columns).networks
    np.testing.assert_allclose(network.flows, [[0, 12000], [34000, 0]])


@pytest.mark.parametrize("text", ["流量（万人）,a,b\na,0,1.2\nb,3.4,0\n",
                                  "单位：万人,,\n,a,b\na,0,1.2\nb,3.4,0\n"])  # fmt: skip
def test_the_unit_of_a_matrix_is_read_too(tmp_path, text):
    network = read_flow_matrix(write(tmp_path, text), ROWS)
    np.testing.assert_allclose(network.flows, [[0, 12000], [34000, 0]])


@pytest.mark.parametrize("percent", [True, False])
def test_shares_in_percent_by_their_heading_are_divided_once(tmp_path, percent):
    text = "origin,destination,share (%)\na,b,60\nb,a,70\n"
    net = read_share_lists(
        write(tmp_path, text), SharesOf.ORIGIN, percent=percent, columns={"share": "share (%)"}
    )
    np.testing.assert_allclose(net.flows, [[0, 0.6], [0.7, 0]])


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("origin,destination,flow\na,b,1\nb,a,2\na,合计,1\n", "Leave out rows of totals"),
        ("origin,destination,flow\n", "Export it with its rows"),
        ("origin;destination;flow\na;b;100,5\nb;a;2\n", "Write decimal points"),
        ("origin,destination,movers\na,b,1\nb,a,2\n", "Rename the columns"),
    ],
)
def test_a_remedy_names_the_cause(tmp_path, text, remedy):
    with pytest.raises(DataError, match=remedy):
        read_flow_list(write(tmp_path, text))


def test_fractions_under_a_heading_in_percent_are_questioned_and_the_remedy_works(tmp_path):
    columns = {"share": "share (%)"}
    text = "origin,destination,share (%)\na,b,0.6\nb,a,0.7\n"
    with pytest.raises(DataError, match="Take '%' out of the heading"):
        read_share_lists(write(tmp_path, text), SharesOf.ORIGIN, percent=False, columns=columns)
    mended = write(tmp_path, text.replace(" (%)", ""))
    net = read_share_lists(mended, SharesOf.ORIGIN, percent=False)
    np.testing.assert_allclose(net.flows, [[0, 0.6], [0.7, 0]])
