"""Shapley, Gelbach, Oaxaca–Blinder and covariance shares: identities, other programs, errors."""

from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings, strategies as st
from statsmodels.stats.oaxaca import OaxacaBlinder

from econshrink.core.errors import DataError, SpecError
from econshrink.core.shapley import owen_values
from econshrink.decompose.components import component_means
from econshrink.decompose.covariances import covariance_shares
from econshrink.decompose.oaxaca import ThreeFold, TwoFold, oaxaca_blinder
from econshrink.decompose.omitted import gelbach
from econshrink.decompose.rows import cross_section, draw_weights
from econshrink.decompose.shapley import shapley_predicted, shapley_r2
from econshrink.inference.resampling import BayesianBootstrap, Resampling
from econshrink.inference.vcov import Clustered
from econshrink.nouns.decomposition import Decomposition
from econshrink.nouns.panel import CityPanel
from econshrink.nouns.spec import Spec
from econshrink.nouns.storage import from_json, to_json
from econshrink.panel.pooled import fit_pooled

NAMES = ("a1", "a2", "b1", "c1", "c2")
PARTS = {"age": ("a1", "a2"), "jobs": ("b1",), "homes": ("c1", "c2")}
SPEC = Spec("y", NAMES)


def panel(seed=0, rows=90, provinces=15, *, columns=None):
    """Correlated regressors, a side that depends on them, errors shared within provinces."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(rows, 1))
    x = 0.6 * common + rng.normal(size=(rows, 5)) + np.arange(5)
    home = np.arange(rows) % provinces
    side = (x[:, 0] + rng.normal(size=rows) > 0.3).astype(float)
    y = x @ [0.5, -0.3, 1.0, 0.2, 0.0] - side + rng.normal(size=provinces)[home]
    y = y + rng.normal(size=rows)
    frame = pd.DataFrame(dict(zip(NAMES, x.T, strict=True)) | {"y": y, "side": side})
    frame = frame.assign(**(columns or {}))
    codes = [f"{i:06d}" for i in range(rows)]
    attributes = pd.DataFrame(
        {
            "province": [f"p{h:02d}" for h in home],
            "region": np.where(side > 0, "north", np.where(home < 7, "east", "west")),
        },
        index=pd.Index(codes, name="city"),
    )
    return CityPanel.from_long(frame.assign(city=codes, year=2020), attributes=attributes)


def r2(frame, names):
    if not names:
        return 0.0
    return sm.OLS(frame["y"], sm.add_constant(frame[list(names)])).fit().rsquared


def gloves():
    """Player 0 owns a left glove, 1 and 2 a right one each; a pair is worth one."""
    sets = [players for size in range(4) for players in combinations(range(3), size)]
    return {players: float(0 in players and len(players) > 1) for players in sets}


def test_shapley_by_hand():
    """The glove game: one left and two right gloves; the left one is worth two thirds."""
    worth = {
        p: float(0 in p and len(p) > 1) for p in [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
    }
    worth[0, 1, 2] = 1.0
    found = owen_values([[0], [1], [2]], lambda players: np.array(worth[players]))
    np.testing.assert_allclose(found, [2 / 3, 1 / 6, 1 / 6], rtol=1e-14)


def test_owen_by_hand():
    """Owners of the two right gloves form a union: in the union game each side gets half."""
    worth = {
        p: float(0 in p and len(p) > 1) for p in [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
    }
    worth[0, 1, 2] = 1.0
    found = owen_values([[0], [1, 2]], lambda players: np.array(worth[players]))
    np.testing.assert_allclose(found, [1 / 2, 1 / 4, 1 / 4], rtol=1e-14)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_owen_is_the_mean_over_the_orders_that_keep_unions_together(seed):
    rng = np.random.default_rng(seed)
    table: dict[tuple[int, ...], float] = {}

    def worth(players):
        return table.setdefault(tuple(sorted(players)), float(rng.normal()))

    unions = [[0, 1], [2], [3, 4]]
    found = owen_values(unions, lambda players: np.array(worth(players)))
    gains, count = np.zeros(5), 0
    for order in permutations(range(5)):
        places = [sorted(order.index(p) for p in union) for union in unions]
        if any(p[-1] - p[0] != len(p) - 1 for p in places):
            continue
        count += 1
        for i, player in enumerate(order):
            gains[player] += worth(order[: i + 1]) - worth(order[:i])
    np.testing.assert_allclose(found, gains / count, atol=1e-12)
    assert found.sum() == pytest.approx(worth(range(5)) - worth(()), abs=1e-12)


def test_r2_by_brute_force():
    data = panel()
    found = shapley_r2(data, SPEC, PARTS, resampling=Resampling(20))
    gains = dict.fromkeys(PARTS, 0.0)
    orders = list(permutations(PARTS))
    for order in orders:
        ahead: list[str] = []
        for part in order:
            gains[part] += (r2(data.frame, [*ahead, *PARTS[part]]) - r2(data.frame, ahead)) / len(
                orders
            )
            ahead += PARTS[part]
    for part, gain in gains.items():
        assert found.number("R2", part) == pytest.approx(gain, abs=1e-12)
    assert found.number("R2", "total") == pytest.approx(r2(data.frame, NAMES), abs=1e-12)
    assert found.draws == 20
    assert found.clusters == {"province": 15}


def test_a_draw_is_a_literal_refit():
    """The first draw equals Shapley values of the rows repeated as the weights say."""
    data = panel(3)
    rows = cross_section(data, SPEC, PARTS, "province")
    weights = draw_weights(rows, Resampling(2), "shapley_r2.province")[1:]
    found = shapley_r2(data, SPEC, PARTS, resampling=Resampling(2))
    refits = []
    for draw in weights:
        picked = np.repeat(np.arange(len(rows.y)), draw[rows.clusters].astype(int))
        frame = data.frame.iloc[picked].reset_index(drop=True)
        frame = frame.assign(city=[f"{i:06d}" for i in range(len(frame))], year=2020)
        again = shapley_r2(
            CityPanel.from_long(frame), SPEC, PARTS, resampling=Resampling(2, cluster="city")
        )
        refits.append(again.number("R2", "jobs"))
    low, high = np.quantile(refits, [0.025, 0.975])
    row = found.frame.query("part == 'jobs'").iloc[0]
    np.testing.assert_allclose([row["conf_low"], row["conf_high"]], [low, high], atol=1e-12)


def test_predicted_gaps_add_up_and_are_linear_in_the_outcome():
    data = panel(1)
    data = data.with_variables({"y1": 0.3 * data.column("y") + data.column("a1") ** 2})
    data = data.with_variables({"y2": data.column("y") - data.column("y1")})
    found = {
        name: shapley_predicted(data, Spec(name, NAMES), PARTS, "region", resampling=Resampling(50))
        for name in ("y", "y1", "y2")
    }
    wide = {name: result.wide() for name, result in found.items()}
    np.testing.assert_allclose(wide["y1"] + wide["y2"], wide["y"], atol=1e-12)
    y, region = data.column("y"), data.attribute("region")
    for place in ("north", "east", "west"):
        assert found["y"].number(place, "total") == pytest.approx(
            y[region == place].mean() - y.mean()
        )
    x = sm.add_constant(data.frame[list(NAMES)])
    fitted = sm.OLS(y, x).fit().fittedvalues
    explained = wide["y"].loc["north", list(PARTS)].sum()
    assert explained == pytest.approx(fitted[region == "north"].mean() - y.mean(), abs=1e-12)


def test_one_group_takes_everything_and_dirichlet_draws_lose_none():
    data = panel(2)
    found = shapley_r2(
        data, SPEC, {"all": NAMES}, resampling=Resampling(30, scheme=BayesianBootstrap())
    )
    assert found.number("R2", "all") == found.number("R2", "total")
    assert found.draws == 30
    assert found.draws_lost == 0


def test_gelbach_is_the_difference_of_coefficients():
    data = panel(4)
    spec = Spec("y", ("side", *NAMES))
    found = gelbach(data, spec, ("side",), PARTS, resampling=Resampling(50))
    frame = data.frame
    short = sm.OLS(frame["y"], sm.add_constant(frame[["side"]])).fit().params["side"]
    long = sm.OLS(frame["y"], sm.add_constant(frame[["side", *NAMES]])).fit().params
    assert found.number("side", "total") == pytest.approx(short, abs=1e-12)
    assert found.number("side", "full") == pytest.approx(long["side"], abs=1e-12)
    moved = sum(found.number("side", part) for part in PARTS)
    assert abs(moved - (short - long["side"])) < 1e-10
    mediator = frame[list(PARTS["homes"])] @ long[list(PARTS["homes"])]
    gamma = sm.OLS(mediator, sm.add_constant(frame[["side"]])).fit().params["side"]
    assert found.number("side", "homes") == pytest.approx(gamma, abs=1e-12)


def test_gelbach_errors_of_the_end_points_are_those_of_the_two_regressions():
    """Its influence functions give the clustered errors of the short and the long regression."""
    data = panel(5)
    found = gelbach(data, Spec("y", ("side", *NAMES)), ("side",), PARTS, resampling=Resampling(20))
    n, groups = 90, 15
    for covariates, part in ((("side",), "total"), (("side", *NAMES), "full")):
        theirs = fit_pooled(data, Spec("y", covariates), Clustered("province", "none"))
        expected = theirs.std_error("side") * np.sqrt(groups / (groups - 1))
        assert found.number("side", part, "std_error") == pytest.approx(expected, rel=1e-9)
    assert n == found.nobs


@pytest.mark.parametrize(
    ("fold", "theirs"), [(TwoFold(), "pooled"), (TwoFold(0.5), "reimers"), (ThreeFold(), None)]
)
def test_oaxaca_is_that_of_statsmodels(fold, theirs):
    data = panel(6)
    found = oaxaca_blinder(data, SPEC, PARTS, "side", fold, resampling=Resampling(20))
    exog = data.frame[["side", *NAMES]].assign(const=1.0)
    model = OaxacaBlinder(data.frame["y"].to_numpy(), exog.to_numpy(), 0, hasconst=True, swap=False)
    # without swapping their first side is the smaller value (0): the gap is B − A
    if theirs is None:
        endowments, coefficients, interaction, gap = model.three_fold().params
        ours = (
            found.number("gap", "endowments"),
            found.number("gap", "coefficients"),
            found.number("gap", "interaction"),
        )
        swapped = (-endowments - interaction, -coefficients - interaction, interaction)
        np.testing.assert_allclose(ours, swapped, atol=1e-10)
    else:
        unexplained, explained, gap = model.two_fold(two_fold_type=theirs).params
        assert found.number("gap", "explained") == pytest.approx(-explained, abs=1e-10)
        assert found.number("gap", "unexplained") == pytest.approx(-unexplained, abs=1e-10)
    assert found.number("gap", "total") == pytest.approx(-gap, abs=1e-12)
    y, side = data.column("y"), data.column("side")
    assert found.number("gap", "total") == pytest.approx(y[side == 1].mean() - y[side == 0].mean())
    for effect in found.targets[:-1]:
        assert found.number(effect, "total") == pytest.approx(found.number("gap", effect))


def test_oaxaca_groups_by_hand():
    data = panel(7)
    found = oaxaca_blinder(data, SPEC, PARTS, "side", TwoFold(), resampling=Resampling(20))
    frame = data.frame
    b = sm.OLS(frame["y"], sm.add_constant(frame[[*NAMES, "side"]])).fit().params
    means = frame.groupby("side")[list(NAMES)].mean()
    gap = means.loc[1.0] - means.loc[0.0]
    for part, names in PARTS.items():
        expected = float((gap[list(names)] * b[list(names)]).sum())
        assert found.number("explained", part) == pytest.approx(expected, abs=1e-10)


def test_the_gap_has_the_error_of_a_difference_of_means():
    data = panel(8)
    found = oaxaca_blinder(
        data, SPEC, PARTS, "side", ThreeFold(), resampling=Resampling(20, cluster="city")
    )
    y, side = data.column("y").to_numpy(), data.column("side").to_numpy()
    variance = sum(y[side == s].var() / (side == s).sum() for s in (0.0, 1.0))
    expected = np.sqrt(variance * len(y) / (len(y) - 1))
    assert found.number("gap", "total", "std_error") == pytest.approx(expected, rel=1e-9)


def parted(seed):
    data = panel(seed)
    a = data.column("a1") - data.column("c1")
    return data.with_variables({"a": a, "b": data.column("y") - a})


def test_covariance_shares_are_slopes_with_their_clustered_errors():
    data = parted(9)
    found = covariance_shares(data, "y", ("a", "b"), resampling=Resampling(20))
    theirs = fit_pooled(data, Spec("a", ("y",)), Clustered("province", "none"))
    assert found.number("variance", "a") == pytest.approx(theirs.coefficient("y"), rel=1e-12)
    expected = theirs.std_error("y") * np.sqrt(15 / 14)
    assert found.number("variance", "a", "std_error") == pytest.approx(expected, rel=1e-9)
    assert found.number("variance", "total") == pytest.approx(1)


def test_mean_components_are_means_and_their_errors_those_of_dummies():
    data = parted(10)
    found = component_means(
        data, "y", ("a", "b"), "region", contrasts=[("north", "west")], resampling=Resampling(20)
    )
    frame = data.frame.assign(region=data.attribute("region"))
    means = frame.groupby("region")[["a", "b", "y"]].mean()
    np.testing.assert_allclose(found.wide().loc[means.index], means, atol=1e-12)
    difference = means.loc["north"] - means.loc["west"]
    np.testing.assert_allclose(found.wide().loc["north less west"], difference, atol=1e-12)
    # one dummy a class, no constant: clustered errors of the means
    x = pd.get_dummies(frame["region"]).astype(float)
    home = pd.factorize(data.attribute("province"))[0]
    options = {"groups": home, "use_correction": False}
    theirs = sm.OLS(frame["a"], x).fit(cov_type="cluster", cov_kwds=options)
    expected = theirs.bse["north"] * np.sqrt(15 / 14)
    assert found.number("north", "a", "std_error") == pytest.approx(expected, rel=1e-9)
    with pytest.raises(SpecError, match="class south"):
        component_means(
            data, "y", ("a", "b"), "region", contrasts=[("south", "west")], resampling=Resampling(5)
        )


def test_bad_groups_sides_and_components_are_named():
    data = panel()
    with pytest.raises(SpecError, match="c2 in no group"):
        shapley_r2(data, SPEC, PARTS | {"homes": ("c1",)}, resampling=Resampling(5))
    with pytest.raises(SpecError, match="a1 in two groups"):
        shapley_r2(data, SPEC, PARTS | {"homes": ("c1", "c2", "a1")}, resampling=Resampling(5))
    with pytest.raises(SpecError, match="effects province to absorb"):
        shapley_r2(data, Spec("y", NAMES, ("province",)), PARTS, resampling=Resampling(5))
    with pytest.raises(SpecError, match="13 players"):
        owen_values([[i] for i in range(13)], lambda players: np.array(float(len(players))))
    with pytest.raises(SpecError, match="of 'a1'"):
        oaxaca_blinder(
            data, Spec("y", NAMES[1:]), PARTS | {"age": ("a2",)}, "a1", resampling=Resampling(5)
        )
    one_side = data.with_variables({"few": (data.column("y") > 1e3).astype(float)})
    with pytest.raises(SpecError, match="both present"):
        oaxaca_blinder(one_side, SPEC, PARTS, "few", resampling=Resampling(5))
    twin = data.with_variables({"c2": 2 * data.column("c1")})
    with pytest.raises(SpecError, match="collinear"):
        shapley_r2(twin, SPEC, PARTS, resampling=Resampling(5))
    with pytest.raises(SpecError, match="c2"):
        gelbach(twin, Spec("y", ("side", *NAMES)), ("side",), PARTS, resampling=Resampling(5))
    with pytest.raises(DataError, match="components that miss 'y'"):
        covariance_shares(data, "y", ("a1", "a2"), resampling=Resampling(5))


def test_the_noun_insists_on_sums_and_is_stored():
    found = shapley_r2(panel(), SPEC, PARTS, resampling=Resampling(10))
    again = from_json(to_json(found))
    pd.testing.assert_frame_equal(again.frame, found.frame)
    assert again.clusters == found.clusters
    shares = found.shares()
    assert shares["estimate"].sum() == pytest.approx(1)
    broken = found.frame.assign(estimate=found.frame["estimate"] + [1.0, 0.0, 0.0, 0.0])
    with pytest.raises(DataError, match="miss the total"):
        Decomposition(broken, "x")
    with pytest.raises(DataError, match="0 totals"):
        Decomposition(found.frame.query("part != 'total'"), "x")
    with pytest.raises(DataError, match="part 'x' of 'R2'"):
        found.number("R2", "x")


def test_order_of_rows_groups_and_units_of_measure_do_not_matter():
    data = panel(11)
    found = shapley_predicted(data, SPEC, PARTS, "region", resampling=Resampling(10)).wide()
    turned = CityPanel(
        data.frame.iloc[::-1], attributes=data.attributes.iloc[::-1], source=data.source
    )
    back = dict(reversed(PARTS.items()))
    again = shapley_predicted(
        turned, Spec("y", NAMES[::-1]), back, "region", resampling=Resampling(10)
    ).wide()
    pd.testing.assert_frame_equal(again[found.columns], found, atol=1e-12)
    scaled = data.with_variables({"a1": 1000 * data.column("a1"), "c1": data.column("c1") / 7 + 3})
    units = shapley_predicted(scaled, SPEC, PARTS, "region", resampling=Resampling(10)).wide()
    pd.testing.assert_frame_equal(units, found, atol=1e-10)


def test_pooled_oaxaca_is_gelbach_on_the_dummy():
    """The two-fold split at pooled coefficients is Gelbach's decomposition of the side's dummy."""
    data = panel(12)
    ours = oaxaca_blinder(data, SPEC, PARTS, "side", TwoFold(), resampling=Resampling(20))
    theirs = gelbach(data, Spec("y", ("side", *NAMES)), ("side",), PARTS, resampling=Resampling(20))
    for part in PARTS:
        for column in ("estimate", "std_error"):
            expected = theirs.number("side", part, column)
            assert ours.number("explained", part, column) == pytest.approx(expected, rel=1e-9)
    left = theirs.number("side", "full")
    assert ours.number("gap", "unexplained") == pytest.approx(left, rel=1e-9)
