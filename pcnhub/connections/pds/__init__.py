"""The demographics service: who a person is, by NHS number. One port, `tracing.trace`; a driver behind it."""
