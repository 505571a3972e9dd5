"""What a person wants to be told by e-mail, and letters that failed."""
