"""Django's settings, derived from the hub's own (`environment.py`). Nothing is decided here that an operator may decide."""

import importlib.util
from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF

from pcnhub.config.databases import databases
from pcnhub.config.environment import current

HUB = current()
ROOT = Path(__file__).resolve().parent.parent


def _arrived(*names: str) -> list[str]:
    """The packages among `names` that exist: a room is built when the first thing that lives in it is."""
    return [name for name in names if importlib.util.find_spec(name)]


SECRET_KEY = HUB.signing_key()
SECRET_KEY_FALLBACKS = [each.get_secret_value() for each in HUB.former_secret_keys]
DEBUG = HUB.debug
ALLOWED_HOSTS = list(HUB.allowed_hosts)
ROOT_URLCONF = "pcnhub.config.urls"
WSGI_APPLICATION = "pcnhub.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    *_arrived(
        "pcnhub.foundations.database",
        "pcnhub.foundations.audit",
        "pcnhub.foundations.jobs",
        "pcnhub.care.organisations",
        "pcnhub.care.sharing",
        "pcnhub.care.patients",
        "pcnhub.care.documents",
        "pcnhub.care.records",
        "pcnhub.care.appointments",
        "pcnhub.care.consultations",
        "pcnhub.care.writeback",
        "pcnhub.care.tasks",
        "pcnhub.care.investigations",
        "pcnhub.connections.gpconnect",
        "pcnhub.connections.mesh",
        "pcnhub.connections.mail",
        "pcnhub.connections.pds",
        "pcnhub.connections.sds",
        "pcnhub.insight.continuity",
        "pcnhub.insight.elsewhere",
        "pcnhub.insight.readiness",
        "pcnhub.rehearsal",
        "pcnhub.insight.evidence",
        "pcnhub.config",
    ),
]

MIDDLEWARE = [
    "pcnhub.config.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "pcnhub.config.rehearsals.RehearsalMiddleware",
    "pcnhub.config.machines.MachineDoorMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "pcnhub.config.sessions.SessionsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

DATABASES = databases(HUB)

# People

AUTH_USER_MODEL = "organisations.Account" if _arrived("pcnhub.care.organisations.models") else "auth.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": HUB.password_length},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
OTP_TOTP_ISSUER = "PCN Hub"
# Locked by account, wherever the attempts come from: a guesser who changes address gains nothing.
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_FAILURE_LIMIT = HUB.lockout_attempts
AXES_COOLOFF_TIME = timedelta(minutes=HUB.lockout_minutes)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # else whoever keeps trying keeps the account's owner out
AXES_SENSITIVE_PARAMETERS = ["username", "password", "code", "next"]  # axes keeps what was sent
AXES_LOCKOUT_CALLABLE = "pcnhub.entrances.staff.signin.views.locked_out"
AXES_VERBOSE = False
AXES_IPWARE_PROXY_COUNT = 1 if HUB.behind_proxy else 0
AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if HUB.behind_proxy else ["REMOTE_ADDR"]

# The cookie's age is the idle limit, counted anew by each request; the absolute limit is checked where the actor is made.
SESSION_COOKIE_AGE = HUB.session_idle_minutes * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = False
SESSION_ABSOLUTE_LIMIT = timedelta(hours=HUB.session_absolute_hours)
SESSION_COOKIE_NAME = "__Host-pcnhub-session" if HUB.secure else "pcnhub-session"
SESSION_COOKIE_SECURE = HUB.secure
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-pcnhub-csrf" if HUB.secure else "pcnhub-csrf"
CSRF_COOKIE_SECURE = HUB.secure
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "pcnhub.config.failing.csrf_failure"
LOGIN_URL = "/sign-in"

# The browser's guards

SECURE_SSL_REDIRECT = HUB.secure
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # probes come from beside the server, not through the proxy
SECURE_HSTS_SECONDS = 31536000 if HUB.secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False  # the hub's name may have siblings that are not ours to decide for
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HUB.behind_proxy else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # NHS.UK's CSS draws some icons from data: addresses
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
# A practice's whole list: it waits in memory until it is sealed, and never lies in the clear in a folder for temporary files.
# `config.requests` refuses what is larger before anything reads it.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 51 * 1024 * 1024
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains: see above
    "security.W021",  # HSTS preload: the operator's to ask for
    "axes.W001",  # a throttle of API views, which the hub has none of
]

# Other systems

PDS_DRIVER = "local" if HUB.pds == "embedded" else HUB.pds
TRACE_AGE = timedelta(hours=HUB.trace_age_hours)
GP_CONNECT_PATH = HUB.gp_connect_path
GP_CONNECT_VERSION = HUB.gp_connect_version
GP_CONNECT_AUDIENCES = HUB.gp_connect_audiences
GP_CONNECT_CLOCK_SECONDS = HUB.gp_connect_clock_seconds
GP_CONNECT_SERVICES = dict(each.split("=") for each in HUB.gp_connect_services)

# Documents

DOCUMENT_BYTES = HUB.document_megabytes * 1024 * 1024
DOCUMENT_LIMIT_MILLISECONDS = HUB.document_milliseconds
UNSCANNED_DOCUMENTS = HUB.unscanned_documents
EXPORT_DAYS = HUB.export_days_of
CLAMD = HUB.clamd
CLAMD_SECONDS = HUB.clamd_seconds

# The continuity pack

CONTINUITY_FOLDER = HUB.continuity_folder
CONTINUITY_STORE = HUB.store_address()
CONTINUITY_KEYS = HUB.keys_by_hub()
CONTINUITY_INTERVAL = timedelta(minutes=HUB.continuity_minutes)
CONTINUITY_KEEP = timedelta(hours=HUB.continuity_hours)
CONTINUITY_CALL = HUB.to_call()

# Evidence packs

EVIDENCE_KEY = HUB.evidence_key or HUB.data.absolute() / "evidence-key.pem"

# Pages

STATIC_URL = "/assets/"  # the address that NHS.UK's CSS takes its icons from
STATIC_ROOT = HUB.data.absolute() / "assets"
STATICFILES_DIRS = [
    folder
    for folder in (ROOT / "config/frontend", ROOT / "entrances/staff/static", ROOT / "entrances/public/static")
    if folder.is_dir()
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": sorted(folder for folder in (ROOT / "entrances").glob("**/templates") if folder.is_dir()),
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "pcnhub.config.jinja.environment",
            "context_processors": ["pcnhub.config.jinja.page_basics"],
        },
    },
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True

# Logs are set up by pcnhub.config.logs, which Django calls with this.
LOGGING_CONFIG = "pcnhub.config.logs.configure"
LOGGING = {"level": HUB.log_level}
