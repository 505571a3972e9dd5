"""The steps themselves: each does one thing through a real door, and says what it saw; or raises the refusal that it met."""
