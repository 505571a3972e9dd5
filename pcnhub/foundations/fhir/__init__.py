"""FHIR STU3 as a vocabulary: structs, JSON and XML from one element table, search grammar, outcomes. Pure Python."""
