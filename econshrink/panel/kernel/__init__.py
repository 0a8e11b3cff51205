"""Arrays behind the panel estimators: GMM, k-class, diagnostics of instruments.

What comes in: arrays; what goes out: arrays. No noun.
"""
