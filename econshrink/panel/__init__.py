"""Linear panel estimators, one a file."""
