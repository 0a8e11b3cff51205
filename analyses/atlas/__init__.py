"""The atlas of the paper: every view, from results, exhibits and the locked prediction."""
