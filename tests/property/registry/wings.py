"""All canonical calls."""

from tests.property.registry import others, panel, shrinkage, survival

CALLS = (*panel.CALLS, *survival.CALLS, *shrinkage.CALLS, *others.CALLS)
