"""Nouns: frozen, validated records that travel between the rooms."""
