"""From a specification and a panel to arrays, every row left out accounted for."""
