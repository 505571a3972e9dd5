"""What was booked on paper while the system was away, entered into the book afterwards."""
