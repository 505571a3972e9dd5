"""Registered and temporary patients of each organisation, and how they come in."""
