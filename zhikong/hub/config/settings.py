"""The one settings file. Everything that differs between places comes from the environment (docs/operations/settings.md)."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _


def env(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. See docs/operations/settings.md for what it must hold.")
    return value


def env_flag(name: str, default: bool = False) -> bool:
    return env(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def env_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


BASE_DIR = Path(__file__).resolve().parents[3]
HOME = Path(env("ZHIKONG_HOME", str(BASE_DIR / "var")))  # database, files, secret key of the embedded default
os.environ.setdefault(
    "NUMBA_CACHE_DIR", str(HOME / "compiled")
)  # inner loops of the statistics; the source may be read-only
DEMO = env_flag("ZHIKONG_DEMO")
DEBUG = env_flag("ZHIKONG_DEBUG")


def secret_key() -> str:
    """From the environment, or from the file that `zhikong init` writes once; never a default."""
    path = HOME / "secret_key"
    if "ZHIKONG_SECRET_KEY" not in os.environ and path.is_file():
        return path.read_text().strip()
    return env("ZHIKONG_SECRET_KEY")


SECRET_KEY = secret_key()
ALLOWED_HOSTS = env_list("ZHIKONG_HOSTS", "localhost,127.0.0.1,[::1]")
ORIGIN = env("ZHIKONG_ORIGIN", "http://localhost:8000")  # what users type; mail links and passkeys rest on it
HTTPS = ORIGIN.startswith("https://")
CSRF_TRUSTED_ORIGINS = [ORIGIN]


def database(url: str) -> dict[str, object]:
    """postgres://user:password@host:port/name, or sqlite:///path."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:]) or ":memory:",
            "OPTIONS": {
                "timeout": 20,
                # No temp_store=MEMORY: it would keep the undo journal of a large write in memory, gigabytes for an import.
                # IMMEDIATE: a writer waits for its turn at the start instead of failing half-way with "locked".
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                " PRAGMA cache_size=-65536;",
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured(f"ZHIKONG_DATABASE must begin with sqlite:/// or postgres://, not {parts.scheme}:")


DATABASES = {"default": database(env("ZHIKONG_DATABASE", f"sqlite:///{HOME / 'zhikong.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "zhikong.hub.core",  # before allauth: its templates stand in for theirs
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "django_htmx",
    "django_prometheus",
    "zhikong.hub.network",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "zhikong.hub.core.language.AccountLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "zhikong.hub.core.access.DefaultDeny",
    "zhikong.hub.core.signin.SignIn",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "zhikong.hub.config.urls"
WSGI_APPLICATION = "zhikong.hub.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "zhikong.hub.core.shell.shell",
            ],
        },
    }
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS: list[Path] = []
TIME_ZONE = env("ZHIKONG_TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": HOME / "files"}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # the embedded default needs no collectstatic
UPLOAD_LIMIT = int(env("ZHIKONG_UPLOAD_LIMIT_MB", "64")) * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["zhikong.hub.core.files.LimitedUpload"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# What one import may hold; ours, no source gives one. An import needs the reading child's memory beside the worker's.
IMPORT_ROW_LIMIT = int(env("ZHIKONG_IMPORT_ROWS", "200000"))
IMPORT_COLUMN_LIMIT = int(env("ZHIKONG_IMPORT_COLUMNS", "200"))
IMPORT_MEMORY_MB = int(env("ZHIKONG_IMPORT_MEMORY_MB", "280"))
IMPORT_CPU_SECONDS = int(env("ZHIKONG_IMPORT_CPU_SECONDS", "120"))
IMPORT_STALL_SECONDS = int(env("ZHIKONG_IMPORT_STALL_SECONDS", "30"))  # without a row from the reading child
IMPORT_UNPACKED_MB = int(env("ZHIKONG_IMPORT_UNPACKED_MB", "400"))
IMPORT_PACKING_RATIO = int(env("ZHIKONG_IMPORT_PACKING_RATIO", "200"))
IMPORT_PART_LIMIT = int(env("ZHIKONG_IMPORT_PARTS", "1000"))
IMPORT_COMMENT_LIMIT = int(env("ZHIKONG_IMPORT_COMMENTS", "2000"))  # cells with a comment in the workbook given back
IMPORT_KEEP_DAYS = int(env("ZHIKONG_IMPORT_KEEP_DAYS", "30"))  # a preview that nobody writes
ORPHAN_FILES_HOURS = int(env("ZHIKONG_ORPHAN_FILES_HOURS", "24"))  # files without a row are swept after this

# ---- who is who -----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "core:home"

# Two rulebooks contradict each other (docs/adr/0005-sign-in.md): 等保 demands composition and rotation, ASVS forbids both.
PASSWORD_PROFILE = env("ZHIKONG_PASSWORD_PROFILE", "dengbao")
_PASSWORD_RULES: dict[str, dict[str, int | None]] = {
    "dengbao": {"min_length": 10, "classes": 3, "remembered": 5, "max_age_days": 90},
    "asvs": {"min_length": 12, "classes": 0, "remembered": 0, "max_age_days": None},
}
if PASSWORD_PROFILE not in _PASSWORD_RULES:
    raise ImproperlyConfigured(f"ZHIKONG_PASSWORD_PROFILE must be one of {', '.join(_PASSWORD_RULES)}.")
PASSWORD_RULES = _PASSWORD_RULES[PASSWORD_PROFILE]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"zhikong.hub.core.passwords.{name}"}
    for name in ("Length", "Classes", "Common", "ContextWords", "NotRecent")
]

SECOND_FACTOR = env("ZHIKONG_MFA", "enforced")  # enforced: by role, before any page opens; offered: nobody is made to
if SECOND_FACTOR not in {"enforced", "offered"}:
    raise ImproperlyConfigured("ZHIKONG_MFA must be enforced or offered.")
SESSION_IDLE_MINUTES = int(env("ZHIKONG_SESSION_IDLE_MINUTES", "30"))
SESSION_ABSOLUTE_HOURS = int(env("ZHIKONG_SESSION_ABSOLUTE_HOURS", "12"))
SESSION_TOUCH_SECONDS = 60  # how old the "last seen" of a session may get before it is written again
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_HOURS * 3600

ACCOUNT_ADAPTER = "zhikong.hub.core.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = {
    "login": "",
    "login_failed": "",
}  # counted by axes, per name: one address may be a whole hospital
ACCOUNT_FORMS = {
    "login": "zhikong.hub.core.forms.signin.SignIn",
    "change_password": "zhikong.hub.core.forms.signin.ChangePassword",
    "reauthenticate": "zhikong.hub.core.forms.signin.ConfirmPassword",
    "reset_password": "zhikong.hub.core.forms.signin.AskForReset",
    "reset_password_from_key": "zhikong.hub.core.forms.signin.ResetPassword",
}
MFA_ADAPTER = "zhikong.hub.core.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "zhikong.hub.core.forms.signin.SecondFactor",
    "reauthenticate": "zhikong.hub.core.forms.signin.ConfirmSecondFactor",
    "activate_totp": "zhikong.hub.core.forms.signin.ActivateCodes",
    "deactivate_totp": "zhikong.hub.core.forms.signin.DeactivateCodes",
    "add_webauthn": "zhikong.hub.core.forms.signin.AddPasskey",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # phones' clocks are off by half a minute
MFA_RATE_LIMITS = {"webauthn_login": "300/m/ip"}  # nothing to guess there, and one address may be a whole hospital
MFA_TOTP_ISSUER = "zhikong"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers themselves allow it on localhost only

AXES_FAILURE_LIMIT = int(env("ZHIKONG_SIGN_IN_FAILURES", "5"))
AXES_COOLOFF_TIME = timedelta(minutes=int(env("ZHIKONG_SIGN_IN_LOCK_MINUTES", "15")))
AXES_LOCKOUT_PARAMETERS = ["username"]  # not the address: a hospital behind one address is not locked out
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # which asks for the address
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # or a stranger could keep a person locked out for ever
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_USERNAME_CALLABLE = "zhikong.hub.core.signin.counted_name"
AXES_CLIENT_IP_CALLABLE = "zhikong.hub.core.signin.client_address"
AXES_LOCKOUT_CALLABLE = "zhikong.hub.core.signin.locked_out"
AXES_SENSITIVE_PARAMETERS = ["code", "credential", "oldpassword", "password1", "password2", "csrfmiddlewaretoken"]
AXES_VERBOSE = False

# ---- headers --------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "script-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # asked from beside the server, not through the proxy
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if env_flag("ZHIKONG_BEHIND_PROXY"):  # only when a proxy sets the header itself: else anyone could claim https
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env("ZHIKONG_LOG_LEVEL", "INFO")},
}

# ---- jobs and notifications -----------------------------------------------------------------------------------------
JOB_LEASE_SECONDS = int(env("ZHIKONG_JOB_LEASE_SECONDS", "60"))  # a dead worker's job is taken over after this
JOB_ATTEMPTS = int(env("ZHIKONG_JOB_ATTEMPTS", "3"))
JOB_RETRY_SECONDS = int(env("ZHIKONG_JOB_RETRY_SECONDS", "10"))  # first pause after an error; doubles
JOB_RESULT_DAYS = int(env("ZHIKONG_JOB_RESULT_DAYS", "90"))
DELIVERY_ATTEMPTS = int(env("ZHIKONG_DELIVERY_ATTEMPTS", "12"))  # with the pauses below: 20 hours
DELIVERY_RETRY_SECONDS = int(env("ZHIKONG_DELIVERY_RETRY_SECONDS", "60"))  # first pause; doubles
DELIVERY_RETRY_LIMIT_SECONDS = int(env("ZHIKONG_DELIVERY_RETRY_LIMIT_SECONDS", str(6 * 3600)))  # the longest pause
DELIVERY_TIMEOUT_SECONDS = int(env("ZHIKONG_DELIVERY_TIMEOUT_SECONDS", "10"))
NOTIFICATION_DIGEST_HOUR = int(env("ZHIKONG_DIGEST_HOUR", "8"))
WEBHOOK_PRIVATE = env_flag("ZHIKONG_WEBHOOK_PRIVATE")  # hospital intranets; loopback and link-local stay refused


def mail(url: str) -> dict[str, object]:
    """smtp://user:password@host:port (STARTTLS where port is 587), smtps://..., or nothing: no mail."""
    parts = urlsplit(url)
    if parts.scheme not in {"", "smtp", "smtps"}:
        raise ImproperlyConfigured(f"ZHIKONG_MAIL_URL must begin with smtp:// or smtps://, not {parts.scheme}:")
    return {
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.port == 587,
    }


MAIL_URL = env("ZHIKONG_MAIL_URL", "")
MAIL_IS_ON = bool(MAIL_URL)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if MAIL_IS_ON else 'dummy'}.EmailBackend"
EMAIL_TIMEOUT = DELIVERY_TIMEOUT_SECONDS
DEFAULT_FROM_EMAIL = env("ZHIKONG_MAIL_FROM", "zhikong@localhost")
globals().update(mail(MAIL_URL))

# ---- the shell ------------------------------------------------------------------------------------------------------
CSRF_FAILURE_VIEW = "zhikong.hub.core.failures.csrf_failure"
SEARCH_SHOWN = int(env("ZHIKONG_SEARCH_SHOWN", "10"))  # hits of each kind on the search page
PICKER_SHOWN = int(env("ZHIKONG_PICKER_SHOWN", "20"))
RATE_LIMITS = {  # requests a minute for one person
    "api": int(env("ZHIKONG_API_PER_MINUTE", "300")),
    "exports": int(env("ZHIKONG_EXPORTS_PER_MINUTE", "10")),
    "search": int(env("ZHIKONG_SEARCH_PER_MINUTE", "60")),
    "pickers": int(env("ZHIKONG_PICKERS_PER_MINUTE", "300")),  # one for every few letters typed
}
EXPORT_REASON_ROWS = int(env("ZHIKONG_EXPORT_REASON_ROWS", "1000"))  # more rows leave only with a reason
RETRY_AFTER_OUTAGE = 10  # seconds a client should wait when the database is away (R7: recovers within 10 s)
METRICS_FROM = env_list("ZHIKONG_METRICS_FROM", "127.0.0.0/8,::1")
WORKER_PATIENCE_SECONDS = int(env("ZHIKONG_WORKER_PATIENCE_SECONDS", "120"))  # not ready when a job waits longer
READY_FREE_MB = int(env("ZHIKONG_READY_FREE_MB", "512"))  # not ready with less room on the disk of ZHIKONG_HOME

# ---- the network ----------------------------------------------------------------------------------------------------
PROVINCE = env("ZHIKONG_PROVINCE", "41")  # GB/T 2260 code of the province this site serves
REMINDER_DAYS = int(env("ZHIKONG_REMINDER_DAYS", "15"))  # to answer a reminder; our convention, no source gives one
NOTICE_CPU_SECONDS = int(env("ZHIKONG_NOTICE_CPU_SECONDS", "20"))  # to read one notice; its sender waits for it
BOUNDARIES = env("ZHIKONG_BOUNDARIES", "")  # GeoJSON of the deployer, for the map; without it tiles are drawn
PRODUCT_NAME = _("质控")
FILING_MONTHS = 1  # a change of a centre is filed one level up within this time (豫卫医函〔2024〕96号; ORG-10)
TERM_WARNING_DAYS = int(
    env("ZHIKONG_TERM_WARNING_DAYS", "90")
)  # how early a term's end is shown; our default, no source
API_PAGE_LIMIT = 500  # rows a page; our default
