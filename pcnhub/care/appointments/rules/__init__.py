"""What the appointment book decides from values alone: no database, no clock, no framework."""

from pcnhub.care.appointments.rules.words import (
    GP_ROLES,
    PRACTITIONER_FAMILIES,
    AppointmentMode,
    BookingSource,
    BookingStatus,
    DeliveryChannel,
    OrganisationType,
    QuotaProfile,
    SessionState,
    SlotState,
    practitioner_role_known,
    practitioner_words,
)

__all__ = [
    "GP_ROLES",
    "PRACTITIONER_FAMILIES",
    "AppointmentMode",
    "BookingSource",
    "BookingStatus",
    "DeliveryChannel",
    "OrganisationType",
    "QuotaProfile",
    "SessionState",
    "SlotState",
    "practitioner_role_known",
    "practitioner_words",
]
