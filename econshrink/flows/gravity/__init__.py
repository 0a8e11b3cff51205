"""Gravity models of flows: fit, separation, what it leaves over, null flows, counterfactuals.

What comes in: a `FlowNetwork` and regressors of pairs; what goes out: a fit or null flows.
"""
