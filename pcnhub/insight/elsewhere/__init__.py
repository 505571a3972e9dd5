"""A hub whose appointment book is kept in another system: what that system exports, and what readiness can tell by it."""
