"""Competing and recurrent events."""
