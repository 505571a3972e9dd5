"""The room's tables."""

from pcnhub.care.writeback.models.copies import Copy, CopyEvent, SendingRule
from pcnhub.care.writeback.models.drugs import Drug, Formulary, FormularyDrug

__all__ = ["Copy", "CopyEvent", "Drug", "Formulary", "FormularyDrug", "SendingRule"]
