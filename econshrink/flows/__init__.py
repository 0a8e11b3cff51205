"""Flow networks, gravity models and the roles of cities in them."""
