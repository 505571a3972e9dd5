"""Rehearsals of the hub: asking for one, its grid, and what people did by hand."""
