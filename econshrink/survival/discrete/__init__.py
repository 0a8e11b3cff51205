"""Discrete-time hazards: complementary log-log and logit, random intercepts, hidden onsets."""
