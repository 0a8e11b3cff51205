"""Models of population, one a file: what each expects of the years after an origin."""
