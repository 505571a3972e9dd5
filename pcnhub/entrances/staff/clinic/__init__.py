"""The hub's list for an evening: who comes when, and what became of each."""
