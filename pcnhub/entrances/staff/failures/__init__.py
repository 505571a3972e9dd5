"""Work that failed for good: why, since when, what to do about it."""
