"""Events of a forecast: first passages, trajectories, hazards."""
