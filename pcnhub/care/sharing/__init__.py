"""Data sharing agreements, and the one gate that says who may see or do what, and why."""
