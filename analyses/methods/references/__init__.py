"""Numbers of other programs and publications, and our estimates for each of them."""
