"""What an organisation holds about a patient: problems, medication, allergies, consultations, its own and received."""
