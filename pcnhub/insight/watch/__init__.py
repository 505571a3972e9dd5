"""The daily watch: what will go wrong tonight, in order."""
