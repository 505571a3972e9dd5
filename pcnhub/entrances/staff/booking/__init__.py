"""Finding a slot for a patient, booking it, and what becomes of it: the practice's receptionist and the hub's."""
