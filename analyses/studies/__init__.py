"""Studies: Monte Carlo experiments too long for `make paper`, run by `make studies`."""
