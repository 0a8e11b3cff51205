"""How well predictions of survival order cities, and how close they come."""
