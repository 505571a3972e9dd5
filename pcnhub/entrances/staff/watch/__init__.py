"""Tonight: what will go wrong, in order, with the place to mend each."""
