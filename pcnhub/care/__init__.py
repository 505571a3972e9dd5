"""What the hub is about: each room owns its tables and its words."""
