"""Ways to move an annual series onto the censuses at both ends of a decade."""
