"""Everything by which the outside comes in: translation and one call, no rules."""
