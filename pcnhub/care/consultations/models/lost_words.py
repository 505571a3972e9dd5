"""Words of a consultation that arrived without a session, for whoever wrote them."""

from __future__ import annotations

from django.db import models

from pcnhub.care.consultations.rules.lost_words import Form
from pcnhub.foundations.database.constraints import one_of
from pcnhub.foundations.database.sealing import Seal

SEAL = Seal(
    info="pcnhub lost words",
    remedy="Put PCNHUB_SECRET_KEY, or PCNHUB_FORMER_SECRET_KEYS, back as it was.",
    who_can="whoever runs this installation of PCN Hub",
)


class LostWords(models.Model):
    """A form as it was sent, sealed. Row security shows it to its account alone, at its organisation. Gone after an hour."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    account = models.ForeignKey("organisations.Account", models.PROTECT, related_name="+")
    consultation = models.ForeignKey("consultations.Consultation", models.PROTECT, related_name="+")
    form = models.TextField()
    sealed = models.BinaryField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("form", Form, name="lost_words_form_known"),
        ]
        indexes = [models.Index(fields=["consultation", "account"], name="lost_words_of_writer")]

    @property
    def sealed_for(self) -> str:
        """Where it belongs: nobody can put it under another's name."""
        return f"lost words {self.organisation_id} {self.account_id} {self.consultation_id} {self.form}"
