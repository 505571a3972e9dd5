"""Doors for other systems: FHIR in, FHIR out."""
