"""What must be true, what is, the evidence, and who must act."""
