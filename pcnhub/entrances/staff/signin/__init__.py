"""Signing in: password, code, position; and out again."""
