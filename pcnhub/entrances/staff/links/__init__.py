"""Links by which patients book, move and cancel for themselves: give one, print its slip, see what became of it, withdraw it."""
