"""The dictionary of variables covers what the embedded panels hold."""

import pytest

from econshrink.core.errors import DataError
from econshrink.core.terms import TERMS, label, term
from econshrink.data import load_census_panel, load_china


@pytest.mark.parametrize("name", [*load_china().variables, *load_census_panel().variables])
def test_every_embedded_variable_has_its_term(name):
    entry = term(name)
    assert entry.label_en
    assert entry.label_zh
    assert entry.unit
    assert entry.sign in {-1, 0, 1}


def test_an_unknown_variable_is_named():
    with pytest.raises(DataError, match="no variable 'nonsense'"):
        term("nonsense")


def test_labels_differ():
    labels = [label(name) for name in TERMS]
    assert len(set(labels)) == len(labels)
