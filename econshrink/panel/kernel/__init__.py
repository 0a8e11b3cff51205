"""Arrays behind the panel estimators: GMM, k-class, diagnostics of instruments."""
