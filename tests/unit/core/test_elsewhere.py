"""Words of other packages for arguments: one sentence with what to write here."""

import pytest

from econshrink import EconshrinkError, causal, fit_fe, identify, kaplan_meier, panel
from econshrink.core.elsewhere import filled
from econshrink.core.errors import CallError, DataError, Fault, raise_all
from econshrink.forecast import backtest, project

WHO = {"unit": "firm", "time": "t"}

CALLS = {
    "cov_type": (lambda: fit_fe(1, "y ~ x", cov_type="robust"), 'vcov=Heteroskedastic("HC1")'),
    "cov_type, other word": (lambda: fit_fe(1, "y ~ x", cov_type="odd"), "vcov=Iid()"),
    "cluster": (lambda: fit_fe(1, "y ~ x", cluster="state"), 'vcov=Clustered("state")'),
    "cluster_entity": (
        lambda: fit_fe(1, "y ~ x", cluster_entity=True, **WHO), 'vcov=Clustered("firm")',
    ),
    "two clusters": (lambda: fit_fe(1, "y ~ x", cluster_time=True, **WHO), 'Clustered("t")'),
    "panel_id": (lambda: fit_fe(1, "y ~ x", panel_id=["a", "b"]), 'unit="a", time="b"'),
    "entity": (lambda: fit_fe(1, "y ~ x", entity="a"), 'unit="a"'),
    "subset": (lambda: fit_fe(1, "y ~ x", subset=[True]), "df[...]"),
    "singletons": (lambda: fit_fe(1, "y ~ x", fixef_rm="none"), "keep_singletons="),
    "fml": (lambda: fit_fe(1, fml="y ~ x | a"), 'fit_fe(df, "y ~ x | a", ...)'),
    "no model": (lambda: fit_fe(1), "no model in fit_fe"),
    "twice": (lambda: fit_fe("y ~ x", data=1), "data comes first"),
    "too many": (lambda: fit_fe(1, 2, 3, 4, 5), "3 at most: data, model, vcov"),
    "nearest": (lambda: fit_fe(1, "y ~ x", weight="w"), "weights="),
    "nothing alike": (lambda: fit_fe(1, "y ~ x", colour="red"), "see help(fit_fe)"),
    "seed": (lambda: panel.permutation_test(1, seed=3), "in permutation_test"),
    "identify": (lambda: identify(1, rule=2, years=(1, 2)), "years= in identify"),
    "identify without a rule": (lambda: identify(1), "no rule"),
    "alpha": (lambda: kaplan_meier(1, duration="T", event="E", alpha=0.1), "level=0.95"),
    "unknown in survival": (lambda: kaplan_meier(1, zzz=2), "see help(kaplan_meier)"),
    "too many in survival": (lambda: kaplan_meier(*range(12)), "arguments without a name"),
    "a field of an option": (lambda: project(1, 2030, group="state"), 'country=Country(group="st'),
    "two fields": (
        lambda: backtest(1, censuses=[2010], prefix=2), "censuses=(2010,), prefix=2)",
    ),
    "fields of two options": (
        lambda: backtest(1, prefix=2, pairs=[]), "Country(prefix=2), known=Background(p",
    ),
    "a verb that is only checked": (lambda: causal.breakdown_value(colour=1), "colour="),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_one_sentence_says_what_to_write(call):
    made, right = CALLS[call]
    with pytest.raises(EconshrinkError) as caught:
        made()
    assert isinstance(caught.value, CallError)
    assert isinstance(caught.value, TypeError)  # as Python's own would be
    assert len(caught.value.faults) == 1
    assert right in str(caught.value)


def test_dots_stand_for_what_was_given():
    assert filled('event="..."', "dead") == 'event="dead"'
    assert filled('event="..."', 3) == 'event="..."'


@pytest.mark.parametrize(("count", "lines"), [(1, 1), (5, 5), (6, 1), (400, 1)])
def test_many_faults_of_one_cause_are_told_once(count, lines):
    """Their number is told, and another cause stands beside them."""
    bad = [Fault(f"{-i} persons", "persons", "Mend it.", f"unit {i}") for i in range(count)]
    with pytest.raises(DataError) as caught:
        raise_all(DataError, [bad[0], Fault("no name", "a name", "Give it."), *bad[1:]])
    assert len(caught.value.faults) == lines + 1
    first = str(caught.value.faults[0])
    assert first.startswith("unit 0: saw 0 persons")
    assert (f"and {count - 1} times the like; expected persons" in first) == (lines < count)
