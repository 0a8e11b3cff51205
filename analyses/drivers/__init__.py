"""Exhibits on what goes with decline: panels, long differences, instruments, decompositions."""
