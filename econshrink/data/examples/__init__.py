"""Two other countries to try the package on: regions of Europe, cities and counties of Korea."""
