"""Who did or opened what, for whom, under which agreement: append-only, hash-chained per acting organisation."""
