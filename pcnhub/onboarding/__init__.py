"""Bringing a network live from one file, by the operations that the pages call."""
