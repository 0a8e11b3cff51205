"""Yearbook tables in, in any usual form: a panel and a report on every row."""
