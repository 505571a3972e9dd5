"""`python -m pcnhub.entrances.cli`: the `pcnhub` command, for processes that start it."""

from pcnhub.entrances.cli.main import main

main()
