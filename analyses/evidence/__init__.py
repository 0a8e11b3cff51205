"""What observed jobs, investment, births and flows say about loss: exhibits of the evidence."""
