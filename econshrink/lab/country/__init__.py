"""The synthetic country: settings and the equations of the year."""
