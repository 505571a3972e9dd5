"""The people of one's own organisation: accounts, positions, and help with signing in."""
