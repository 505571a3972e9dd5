"""A patient's record: the practice's own, or the practice's as a hub may see it."""
