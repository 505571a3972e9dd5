"""The Spine Directory Service: which address, party key and ASID an organisation is registered with, for an interaction."""
