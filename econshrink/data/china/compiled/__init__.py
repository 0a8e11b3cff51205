"""Jobs, housing, births, research staff, flows and lists: tables beside population and census."""
