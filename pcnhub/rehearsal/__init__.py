"""The dress rehearsal: every step of a hub's work, done with dummy patients through the real doors, and taken away again."""
