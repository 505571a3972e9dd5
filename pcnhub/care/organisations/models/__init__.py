"""The room's tables."""

from pcnhub.care.organisations.models.access import Activity, ActivityPermission, Role, RoleActivity
from pcnhub.care.organisations.models.hours import ClosedDay, Hours
from pcnhub.care.organisations.models.network import GroupMember, Network, NetworkMember, OrganisationGroup
from pcnhub.care.organisations.models.organisation import (
    GpConnectSwitch,
    Organisation,
    OrganisationPrescriberCode,
    Site,
)
from pcnhub.care.organisations.models.people import Account, Position, SignInReset

__all__ = [
    "Account",
    "Activity",
    "ActivityPermission",
    "ClosedDay",
    "GpConnectSwitch",
    "GroupMember",
    "Hours",
    "Network",
    "NetworkMember",
    "Organisation",
    "OrganisationGroup",
    "OrganisationPrescriberCode",
    "Position",
    "Role",
    "RoleActivity",
    "SignInReset",
    "Site",
]
