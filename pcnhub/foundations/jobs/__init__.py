"""The outbox and the worker: what must happen after commit, and how often it has been tried."""
