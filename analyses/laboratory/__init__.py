"""Exhibits on the laboratory itself: what it is calibrated to, what detection can find."""
