"""Gravity models of flows: fit, separation, what it leaves over, null flows, counterfactuals."""
