"""Past origins forecast with what was known, and the errors learnt from them."""
