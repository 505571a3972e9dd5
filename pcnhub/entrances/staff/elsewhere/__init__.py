"""Free slots of the hub and of other systems in one list, booking at another system, and what became of it."""
