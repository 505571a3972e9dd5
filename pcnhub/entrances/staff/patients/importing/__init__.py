"""A practice's list: brought in, its columns matched, reviewed, taken in, undone; and what people decide on the way."""
