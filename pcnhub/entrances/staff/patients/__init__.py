"""Finding a patient, who a patient is, who saw them, and bringing a practice's list in."""
