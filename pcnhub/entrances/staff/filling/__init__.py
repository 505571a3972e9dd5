"""What a clinician fills in from a consultation: clinical templates, letters, certificates, request forms."""
