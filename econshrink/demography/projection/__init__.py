"""Cohort-component projections: ages and sexes, with uncertain births, deaths and migration."""
