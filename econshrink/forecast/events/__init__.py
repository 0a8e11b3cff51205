"""Events of a forecast: first passages, trajectories, hazards.

What comes in: a `Forecast` or rows at risk; what goes out: probabilities of events.
"""
