"""The paper's exhibits, one script each, and the machinery that builds and verifies them."""
