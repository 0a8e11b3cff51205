"""What printed words mean: names of places, units, numbers, missing marks."""
