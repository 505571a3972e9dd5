"""Finding out who was booked unregistered, before their clinic begins."""
