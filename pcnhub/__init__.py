"""PCN Hub: enhanced access for a primary care network."""

__version__ = "0.1.0"
