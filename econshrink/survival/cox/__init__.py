"""Cox models on start/stop rows: fit, penalties, residuals, prediction, tests, bootstrap."""
