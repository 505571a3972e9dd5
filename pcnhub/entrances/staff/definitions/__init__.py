"""Templates and protocols of a hub: taken in from files, tried, published, retired, required."""
