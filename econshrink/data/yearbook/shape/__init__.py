"""Where on a sheet the headings, the cities and the figures are, and what they mean."""
