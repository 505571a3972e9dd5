"""Sharing agreements: the matrix, one agreement with its history, and each side's own activation."""
