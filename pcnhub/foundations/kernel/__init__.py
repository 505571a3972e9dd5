"""Words that every room shares: identifiers, actors, refusals, findings, local time. Pure Python."""
