"""Exhibits on flows between cities: networks, roles, concentration, collaboration."""
