"""A synthetic network to try the product with, built only by the operations that the pages call. Not for production."""
