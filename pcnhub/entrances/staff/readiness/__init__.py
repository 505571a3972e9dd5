"""Readiness: the grid, one cell with its evidence and statements, and going live."""
