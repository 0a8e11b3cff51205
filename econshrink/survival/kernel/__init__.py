"""Arrays behind the survival models: sums over risk sets, Newton steps, influence."""
