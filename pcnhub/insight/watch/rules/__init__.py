"""What will go wrong tonight, decided from what the rooms say: nothing here looks anything up."""

from pcnhub.insight.watch.rules.evening import Change, Evening, Waiting, Week
from pcnhub.insight.watch.rules.foreseeing import foresee
from pcnhub.insight.watch.rules.lines import Line, Place, Severity, seen_by

__all__ = ["Change", "Evening", "Line", "Place", "Severity", "Waiting", "Week", "foresee", "seen_by"]
