"""The script of first attempts in the documentation: each works or ends in one good sentence."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docs" / "coming_from" / "attempts.py"


def script():
    """The file, as Python runs it."""
    spec = importlib.util.spec_from_file_location("first_attempts", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclass looks for annotations
    spec.loader.exec_module(module)
    return module


SAID = script()


@pytest.fixture(scope="module")
def known():
    return SAID.names()


@pytest.mark.parametrize("attempt", SAID.ATTEMPTS, ids=lambda one: one.typed)
def test_a_first_attempt_works_or_ends_in_a_sentence_whose_advice_works(attempt, known):
    works, came = SAID.outcome(attempt, known)
    assert works != bool(attempt.then)
    assert came


def test_there_are_thirty_and_users_of_every_package():
    assert len(SAID.ATTEMPTS) >= 30
    users = [attempt.user for attempt in SAID.ATTEMPTS]
    for package in ("pyfixest", "linearmodels", "lifelines", "statsmodels"):
        assert users.count(package) >= 5
