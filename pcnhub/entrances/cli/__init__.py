"""The `pcnhub` command and the worker process."""
