"""From a block of a sheet to figures with a report on every row."""
