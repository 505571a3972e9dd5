"""What happened: headed notes, coded entries, an outcome; finished, then only amended."""
