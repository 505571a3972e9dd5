"""The lists of the next two days, sealed to a key that the hub keeps: readable without server or database."""
