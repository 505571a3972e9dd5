"""Organisations: codes, list sizes, sites, GP Connect switches and organisation groups."""
