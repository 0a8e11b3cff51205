"""Canonical calls of panel regressions and their inference."""

from econshrink import CityPanel, Clustered, Conley, DriscollKraay, Spec, panel
from econshrink.inference import Resampling
from tests.property.registry.calls import (
    Answer,
    Call,
    World,
    estimate,
    numbers,
    panel_world,
    single,
    table,
)

TWO = Spec("y", ("x", "v"), ("city", "year"))
ONE = Spec("y", ("x", "v"))
PER_TERM = {"y": 1.0, "x": -1.0}
BOTH = ("y", "x", "v")
# Random draws belong to rows and units by their order, so that another order is another draw.
DRAWN = {
    "permuted rows": "draws belong to the units in their order",
    "other ids": "draws belong to the units in their order",
}


def made(world: World) -> CityPanel:
    """The panel of a world."""
    units = world["units"].set_index("city")
    return CityPanel.from_long(
        world["panel"], attributes=units.astype({"province": object}), source="made"
    )


def call(name: str, run, **options) -> Call:
    """A call on the panel world."""
    options.setdefault("scaled", BOTH)
    return Call(f"panel.{name}", panel_world, run, **options)


def _gmm(world: World) -> Answer:
    fit = panel.fit_gmm(
        made(world),
        Spec("y", ("lag(y)", "x"), ("city",)),
        (panel.LaggedLevels("y", 2, 3), panel.Exogenous(("x",))),
    )
    return numbers("estimate", dict(zip(fit.terms, fit.coefficients, strict=True)))


def _fitted(verb):
    def run(world: World) -> Answer:
        data = made(world)
        fit = panel.fit_fe(data, TWO)
        return numbers(verb.__name__, verb(fit, data), {"y": 1.0})

    return run


def _predict(world: World) -> Answer:
    data = made(world)
    fit = panel.fit_fe(data, TWO)
    return numbers("predicted", panel.predict(fit, data, data), {"y": 1.0})


def _with_vcov(world: World) -> Answer:
    data = made(world)
    return estimate(panel.with_vcov(panel.fit_fe(data, TWO), data, DriscollKraay(2)))


def _hausman(world: World) -> Answer:
    test = panel.hausman(made(world), ONE)
    return single("statistic", test.statistic) | single("p_value", test.p_value)


def _leave_out(world: World) -> Answer:
    found = panel.leave_out_fe(made(world), TWO).table
    keys = [name for name in found.columns if found[name].dtype.kind not in "fiu"]
    return table(found, keys, {term: {"y": 1.0, term: -1.0} for term in ("x", "v")})


def _wild(world: World) -> Answer:
    test = panel.wild_bootstrap_fe(made(world), TWO, "x", Resampling(draws=199, rng=1))
    return single("estimate", test.estimate, PER_TERM) | single("statistic", test.statistic)


def _wald(world: World) -> Answer:
    test = panel.wald_test(panel.fit_fe(made(world), TWO), ("x = 0", "v = 0"))
    return single("statistic", test.statistic) | single("p_value", test.p_value)


def _curve(world: World) -> Answer:
    specs = (TWO, Spec("y", ("x",), ("city", "year")))
    found = panel.specification_curve(made(world), specs, "x").table.reset_index(drop=True)
    named = found[["estimate", "std_error"]].reset_index()
    unit = {"y": 1.0, "x": -1.0}
    return table(named, ["index"], {"estimate": unit, "std_error": unit})


def _effective(world: World) -> Answer:
    fit = panel.fit_iv(made(world), TWO, panel.Instrumented(("x",), ("z",)))
    stats = {name: fit.stats[name] for name in ("effective_f", "cragg_donald", "ar")}
    return numbers("first stage", stats)


def _boot(world: World) -> Answer:
    made_draws = panel.bootstrap_fe(made(world), TWO, Resampling(draws=99, rng=1)).draws
    errors = made_draws.values.std(axis=0)
    return {
        ("std_error", term): single("s", error, {"y": 1.0, term: -1.0})["s",]
        for term, error in zip(made_draws.terms, errors, strict=True)
    }


def _fe(world: World) -> Answer:
    return estimate(panel.fit_fe(made(world), TWO))


SHIFTED = {"shifted": ("y", "x", "v")}
CALLS = (
    call("fit_fe", _fe, **SHIFTED),
    call("fit_pooled", lambda w: estimate(panel.fit_pooled(made(w), ONE, Clustered())),
         **SHIFTED, moved=("Intercept", "(Intercept)")),
    call("fit_fd", lambda w: estimate(panel.fit_fd(made(w), ONE)), **SHIFTED),
    call("fit_between", lambda w: estimate(panel.fit_between(made(w), ONE)),
         **SHIFTED, moved=("Intercept", "(Intercept)")),
    call("fit_re", lambda w: estimate(panel.fit_re(made(w), ONE)),
         **SHIFTED, moved=("Intercept", "(Intercept)")),
    call("fit_cre", lambda w: estimate(panel.fit_cre(made(w), ONE)),
         scaled=("y",), shifted=("y",), moved=("Intercept", "(Intercept)")),
    call(
        "fit_iv",
        lambda w: estimate(
            panel.fit_iv(made(w), TWO, panel.Instrumented(("x",), ("z",)), vcov=Conley(300.0))
        ),
        scaled=("y", "x", "v", "z"),
        shifted=("y", "x", "v", "z"),
    ),
    call("fit_gmm", _gmm, scaled=()),
    call(
        "fit_poisson",
        lambda w: estimate(panel.fit_poisson(made(w), Spec("count", ("x", "v"), ("city",))), ""),
        scaled=("x", "v"),
        shifted=("x", "v"),
        rtol=1e-6,
    ),
    call("hausman", _hausman, **SHIFTED, rtol=1e-6),
    call("leave_out_fe", _leave_out, scaled=("y",), shifted=("y", "x")),
    call("wild_bootstrap_fe", _wild, shifted=("y", "x")),
    call("residuals", _fitted(panel.residuals), shifted=("y", "x")),
    call("fitted", _fitted(panel.fitted), shifted=("x",)),
    call("predict", _predict, shifted=("x",)),
    call("wald_test", _wald, **SHIFTED),
    call("specification_curve", _curve, **SHIFTED),
    call("effective_f", _effective, scaled=("y", "x", "v", "z")),
    call("bootstrap_fe", _boot, but=DRAWN, shifted=("y", "x")),
    call("average_effects", lambda w: estimate(panel.average_effects(
        panel.fit_fe(made(w), TWO), made(w))), shifted=("y", "x")),
    call("with_vcov", _with_vcov, shifted=("y", "x")),
)  # fmt: skip
