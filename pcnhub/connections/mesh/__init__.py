"""GP Connect Send Document over MESH: reports of consultations to practices elsewhere, and those of others to practices here."""

from pcnhub.connections.mesh.report import report_pdf

__all__ = ["report_pdf"]
