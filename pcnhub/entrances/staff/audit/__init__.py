"""The organisation's audit: who did what."""
