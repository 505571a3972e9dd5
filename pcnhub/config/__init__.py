"""Settings, URL table and the wiring of facts to handlers: the only place that names every room."""
