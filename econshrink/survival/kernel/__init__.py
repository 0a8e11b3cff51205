"""Arrays behind the survival models: risk sets, likelihood, Newton, draws, influence."""
