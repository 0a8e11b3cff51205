"""All canonical calls."""

from tests.property.registry import (
    adoption,
    ages,
    closing,
    forecasts,
    networks,
    others,
    panel,
    places,
    shrinkage,
    survival,
    validation,
)

CALLS = (
    *panel.CALLS,
    *survival.CALLS,
    *validation.CALLS,
    *shrinkage.CALLS,
    *places.CALLS,
    *networks.CALLS,
    *ages.CALLS,
    *closing.CALLS,
    *adoption.CALLS,
    *forecasts.CALLS,
    *others.CALLS,
)
