"""Every change of the room. A person changes what belongs to their own organisation; systems set up for any."""

from pcnhub.care.organisations.operations.accounts import (
    AccountFacts,
    NewAccount,
    NotTheEmployer,
    deactivate_account,
    hand_over_account,
    make_account,
    reactivate_account,
    reset_code,
    reset_password,
    save_account,
    unlock,
)
from pcnhub.care.organisations.operations.closed_days import close_for, open_again, problems_to_close
from pcnhub.care.organisations.operations.groups import (
    GroupFacts,
    add_to_group,
    remove_from_group,
    save_group,
    subscribe,
    unsubscribe,
)
from pcnhub.care.organisations.operations.hours import save_hours
from pcnhub.care.organisations.operations.network import NetworkFacts, join_network, leave_network, make_network
from pcnhub.care.organisations.operations.organisations import (
    OrganisationFacts,
    SiteFacts,
    add_prescriber_code,
    open_hub,
    remove_prescriber_code,
    save_organisation,
    save_site,
    set_gp_connect_switch,
)
from pcnhub.care.organisations.operations.positions import OwnPosition, PositionFacts, end_position, save_position
from pcnhub.care.organisations.operations.reference import load_reference
from pcnhub.care.organisations.operations.sign_in import (
    SignInEvent,
    accept_position,
    arriving,
    change_own_password,
    note_sign_in,
)

__all__ = [
    "AccountFacts",
    "GroupFacts",
    "NetworkFacts",
    "NewAccount",
    "NotTheEmployer",
    "OrganisationFacts",
    "OwnPosition",
    "PositionFacts",
    "SignInEvent",
    "SiteFacts",
    "accept_position",
    "add_prescriber_code",
    "add_to_group",
    "arriving",
    "change_own_password",
    "close_for",
    "deactivate_account",
    "end_position",
    "hand_over_account",
    "join_network",
    "leave_network",
    "load_reference",
    "make_account",
    "make_network",
    "note_sign_in",
    "open_again",
    "open_hub",
    "problems_to_close",
    "reactivate_account",
    "remove_from_group",
    "remove_prescriber_code",
    "reset_code",
    "reset_password",
    "save_account",
    "save_group",
    "save_hours",
    "save_organisation",
    "save_position",
    "save_site",
    "set_gp_connect_switch",
    "subscribe",
    "unlock",
    "unsubscribe",
]
