"""What was true of a hub on one day, as a file that a receiver can check: signed, itemised, without a patient."""
