"""Web pages of the people who work in hub and practices, one folder for each journey."""
