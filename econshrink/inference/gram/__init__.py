"""Cluster Gram matrices and the inference that rests on them.

What comes in: design matrices and cluster codes; what goes out: sums that draws reuse.
"""
