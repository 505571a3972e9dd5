"""What we owe one another: cross-organisation tasks and the teams that take them."""
