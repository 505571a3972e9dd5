"""Slot types, session templates, sessions, slots, bookings."""
