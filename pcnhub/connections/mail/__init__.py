"""E-mail that tells people of the hub and its practices that something waits for them. No patient is in it."""
