"""GP Connect Access Record Structured: the record that a practice keeps here, given on to who asks over the national proxy."""
