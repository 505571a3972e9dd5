"""Getting a finished consultation home: one copy a version, with a receipt at both ends."""
