"""PostgreSQL and nothing else: the server, its two roles, and the unit of work under row-level security."""
