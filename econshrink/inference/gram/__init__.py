"""Cluster Gram matrices and the inference that rests on them."""
