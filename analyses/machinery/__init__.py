"""The machinery that builds and verifies the paper."""
