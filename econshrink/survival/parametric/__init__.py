"""Parametric duration models with late entry and interval censoring."""
