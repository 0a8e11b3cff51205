"""What a noun looks like when printed: one page a noun, as text and as HTML."""
