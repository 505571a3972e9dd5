"""The patients' own pages: with a link of theirs they choose a time, look at it, move and cancel it. No account, no password."""
