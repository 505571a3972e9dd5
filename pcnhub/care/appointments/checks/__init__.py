"""What the appointment book can say about a hub's readiness (`domain.md` 12). Nothing to look at is never called met."""

from collections.abc import Callable, Iterable

from pcnhub.care.appointments.checks import access, book, national
from pcnhub.foundations.kernel.findings import Finding

CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {**book.CHECKS, **national.CHECKS, **access.CHECKS}
