"""The outcomes of consultations that a hub lets its clinicians choose."""
