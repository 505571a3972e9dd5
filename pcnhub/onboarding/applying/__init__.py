"""Making the platform say what the file says: all of it or nothing; what is already so is left alone."""
