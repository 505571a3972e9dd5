"""Exports of another system, for a hub whose appointment book is kept there: brought, matched, kept, listed."""
