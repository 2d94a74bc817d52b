"""Django's settings, derived from `config.environment`. Nothing here is read from anywhere else."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.functional import SimpleLazyObject

from config.environment import Environment
from huying.kernel import logs
from huying.kernel.postgres import server_of

ENV = Environment()
BASE_DIR = Path(__file__).resolve().parent.parent


def database_from_url(url: str) -> dict[str, Any]:
    """Translate a libpq URL (several hosts and query options allowed) into Django's dictionary."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError("DATABASE_URL 必须以 postgresql:// 开头")
    hosts = [h.rpartition(":") if ":" in h else (h, "", "") for h in parts.netloc.rpartition("@")[2].split(",") if h]
    options: dict[str, Any] = {"connect_timeout": 5, **dict(parse_qsl(parts.query))}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or ",".join(h[0].strip("[]") for h in hosts),
        "PORT": options.pop("port", "") or ",".join(h[2] for h in hosts if h[2]),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }


def kept_secret(name: str) -> str:
    """A secret made on first use and kept beside the other keys."""
    path = ENV.keys_path / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_name(f".{name}.{os.getpid()}")
        temporary.write_text(secrets.token_urlsafe(50))
        temporary.chmod(0o600)
        with suppress(FileExistsError):
            os.link(temporary, path)  # whoever is first wins, all others read
        temporary.unlink()
    return path.read_text()


# Made when it is first asked for: to print a help text, or to refuse a mistyped data directory, writes nothing.
SECRET_KEY = ENV.secret_key.get_secret_value() or SimpleLazyObject(lambda: kept_secret("session.key"))
DEBUG = ENV.debug
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENV.csrf_trusted_origins

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "django_htmx",
    "huying.kernel",
    "huying.ui",
    "huying.places",
    "huying.people",
    "huying.matters",
    "huying.knowledge",
    "huying.cases",
    "huying.supervision",
    "huying.dockets",
    "huying.callouts",
    "huying.gateways",
    "huying.web",
]

MIDDLEWARE = [
    "huying.kernel.probes.Probes",
    "huying.kernel.logs.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "huying.ui.csp.ContentSecurityPolicyMiddleware",
    "huying.kernel.api.ApiMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "huying.people.middleware.ActorMiddleware",
    "huying.ui.middleware.PagesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "huying.ui.context.frame",
            ],
            "builtins": ["huying.ui.templatetags.ui"],
        },
    },
]

# The embedded server's address is known before it runs, so that nothing is started by importing this file.
DATABASES = {"default": database_from_url(ENV.database_url or server_of(ENV.data_dir).url)}
if ENV.process == "web" and ENV.pool_max_size:
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": ENV.pool_max_size, "timeout": 10}
DIRECT_DATABASE = database_from_url(ENV.direct_database_url) if ENV.direct_database_url else None

METRICS_TOKEN = ENV.metrics_token.get_secret_value()

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["huying.people.sign_in.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "huying.people.passwords.Strength"}]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
SECOND_FACTOR_ROLES = ENV.second_factor_roles
LOGIN_URL = "people:sign-in"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # files are served from where the build leaves them, with their .br and .gz
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/dist/assets/.+-[\w-]{8}\.\w+$"  # the name holds a digest of the content
MEDIA_ROOT = ENV.media_path
MAX_ATTACHMENT_BYTES = ENV.max_attachment_mb * 1024 * 1024
MAX_REQUEST_BYTES = 10 * MAX_ATTACHMENT_BYTES
FILE_UPLOAD_HANDLERS = [
    "huying.kernel.files.uploads.RequestLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# Personal data: where the keys are, and with which cipher new values are written.
KEYS_DIR = ENV.keys_path
CIPHER = ENV.cipher

SESSION_ENGINE = "huying.people.sessions"
SESSION_COOKIE_AGE = ENV.session_hours * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.secure_cookies
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if ENV.secure_cookies else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "huying.ui.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

DISTRICT_CODE = ENV.district_code
DISTRICT_NAME = ENV.district_name
NUMBER_PREFIX = ENV.number_prefix
SMS_PLATFORM, SMS_URL, SMS_KEY, SMS_SIGN = ENV.sms_platform, ENV.sms_url, ENV.sms_key, ENV.sms_sign
SMS_SECRET, SMS_CALLBACK_TOKEN = ENV.sms_secret.get_secret_value(), ENV.sms_callback_token.get_secret_value()
SMS_MAPPING, SMS_SECONDS = ENV.sms_mapping, ENV.sms_seconds
# The console gives way once a platform is there.
MESSAGE_CHANNELS = [
    "huying.gateways.sms.channel.Sms" if SMS_PLATFORM and channel == "huying.matters.channels.Console" else channel
    for channel in ENV.channels
]
DRAFTING_URL, DRAFTING_MODEL = ENV.drafting_url, ENV.drafting_model
DRAFTING_KEY, DRAFTING_SECONDS = ENV.drafting_key.get_secret_value(), ENV.drafting_seconds

LOGGING = logs.configuration(ENV.log_format, ENV.log_level)
