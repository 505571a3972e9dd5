"""The task inbox, what was sent, one task, a new one, and the teams."""
