"""The consultation pages: write, finish, amend, and see where the copy is."""
