"""The start page: today's work, for each role."""
