"""Importing the package loads nothing heavy, and every public name can be had."""

import subprocess
import sys

import pytest

import econshrink


def test_import_loads_no_scientific_package():
    code = (
        "import sys, econshrink; "
        "print([m for m in ('numpy', 'pandas', 'scipy', 'matplotlib') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("name", econshrink.__all__)
def test_every_public_name_is_there(name):
    assert getattr(econshrink, name).__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = econshrink.nonsense
