"""The machinery of long Monte Carlo studies: plan, run, store."""
