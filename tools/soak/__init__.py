"""What takes long: fuzz, property tests for hours, kills, other machines' numbers, mutants."""
