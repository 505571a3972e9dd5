"""GP Connect as its consumer: what other systems hold about a patient."""
