"""Practices, PCNs, hubs, groups, sites, staff, positions, capability switches."""
