"""Exhibits of the paper's article: few and compact, made of what other tasks computed."""
