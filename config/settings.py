"""All settings, from the environment. deploy/README.md lists the variables; with none set this is a demo."""

import secrets
from pathlib import Path

from csp.constants import NONE
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from environ import Env

from config.broker import celery_url, with_database
from config.csp import STRICT
from config.logs import json_logging
from config.roles import ROLES as ROLES

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = Env()


def given(name: str, default: str) -> str:
    """The variable's value; an empty one counts as not set."""
    return str(env.str(name, default="")).strip() or default


DATABASE_URL = given("DATABASE_URL", "")
DEBUG = env.bool("DEBUG", default=False)
# Demo mode creates users with a known password and does without HTTPS. Never on where a database was named.
TENON_DEMO = env.bool("TENON_DEMO", default=not DATABASE_URL)
HTTPS = env.bool("HTTPS", default=not (TENON_DEMO or DEBUG))


def _secret_key() -> str:
    key = given("SECRET_KEY", "")
    if key:
        return key
    if not (TENON_DEMO or DEBUG):
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it to 50 or more random characters and keep it."
        )
    file = VAR_DIR / "secret_key"
    if not file.exists():
        VAR_DIR.mkdir(exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(64))
    return file.read_text().strip()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# The company's own currency, as its ISO code. Ledgers keep every amount in it as well.
BASE_CURRENCY = given("BASE_CURRENCY", "EUR")
# What open purchases mean when a work order is closed: "block" it, "warn" (somebody must confirm, which is recorded),
# or "ignore" them. Their cost then lands as late.
OPEN_PURCHASES_AT_CLOSING = given("OPEN_PURCHASES_AT_CLOSING", "block")
# Wrong passwords at signing before one has to wait, and for how long.
SIGNING_FAILURE_LIMIT = env.int("SIGNING_FAILURE_LIMIT", default=5)
SIGNING_COOLOFF_MINUTES = env.int("SIGNING_COOLOFF_MINUTES", default=15)

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "config.apps.TenonAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "simple_history",
    "django_htmx",
    "import_export",
    "django_structlog",
    "axes",
    "csp",
    "core",
    "cmms",
    "procurement",
    "linkage",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.csp.SectionPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "core.middleware.RequestIdMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "core.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# ---- PostgreSQL and Redis

_database = Env.db_url_config(DATABASE_URL or "postgresql:///tenon")
# A socket folder is named as ?host=/folder, where both libpq and this file find it.
_database["HOST"] = _database.get("OPTIONS", {}).pop("host", _database["HOST"])
if env.bool("DATABASE_POOL", default=False):
    _database.setdefault("OPTIONS", {})["pool"] = {
        "min_size": 1,
        "max_size": env.int("DATABASE_POOL_SIZE", default=8),
    }
else:
    _database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    _database["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = given("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        # A database of its own: clearing the cache must never empty the queue.
        "LOCATION": given("CACHE_URL", with_database(REDIS_URL, 1)),
        "KEY_PREFIX": "tenon",
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# ---- Background jobs

CELERY_BROKER_URL = celery_url(REDIS_URL)
CELERY_RESULT_BACKEND = celery_url(REDIS_URL)
CELERY_RESULT_EXPIRES = 24 * 3600
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# A job counts as done only when it ended; one whose worker died is handed out again.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Seconds after which a job that nobody finished is handed out again: longer than the longest job.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": env.int("TASK_VISIBILITY_TIMEOUT", default=300),
    # Look for such jobs every five seconds; the default is every hundred.
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "unacked_mutex_expire": 30,
}
CELERY_TASK_DEFAULT_QUEUE = "tenon"
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_TASK_ROUTES: dict[str, dict[str, str]] = {}
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "resume-match-runs": {
        "task": "procurement.resume_match_runs",
        "schedule": 60.0,  # seconds
        "options": {"expires": 60},
    },
    "deliver-outbox": {
        "task": "core.deliver_outbox",
        "schedule": 60.0,  # seconds
        "options": {"expires": 60},
    },
    "generate-due-orders": {
        "task": "cmms.generate_due_orders",
        "schedule": 900.0,  # seconds; days begin at different times at different sites
        "options": {"expires": 900},
    },
    "find-long-stops": {
        "task": "cmms.check_open_stops",
        "schedule": 60.0,  # seconds
        "options": {"expires": 60},
    },
}
CELERY_TIMEZONE = "UTC"
DJANGO_STRUCTLOG_CELERY_ENABLED = True

# ---- People

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "core.backends.RoleBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "core:login"
LOGIN_REDIRECT_URL = "core:home"
LOGOUT_REDIRECT_URL = "core:login"
AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # failed logins are counted in the cache; its tables stay empty
AXES_LOCKOUT_CALLABLE = "core.views.session.locked_out"

# ---- Security

SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)/"]  # asked from inside, before the proxy
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {"DIRECTIVES": STRICT | {"frame-src": [NONE]}}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # an order of some hundred lines in one form

# ---- Files

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "media/"
MEDIA_ROOT = Path(given("MEDIA_ROOT", str(VAR_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# ---- Language, time, mail

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
# Where this site is reached from outside, for links in e-mails and on labels.
SITE_URL = given("SITE_URL", "http://localhost:8000").rstrip("/")
# How often somebody without a login may report: by address, by link, and how often pages are looked at.
REPORT_RATES = {
    "visitor": given("REPORT_RATE_VISITOR", "10/hour"),
    "link": given("REPORT_RATE_LINK", "60/hour"),
    "look": given("REPORT_RATE_LOOK", "120/min"),
}
DEFAULT_FROM_EMAIL = given("DEFAULT_FROM_EMAIL", "tenon@localhost")

# ---- API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.MultiPartParser",
        "rest_framework.parsers.FormParser",
    ],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "core.api.pagination.StandardCursorPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.ProblemAutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
        "rest_framework.throttling.ScopedRateThrottle",
    ],
    # Behind our proxy the caller's address is the last one it names; otherwise a named one is anybody's claim.
    "NUM_PROXIES": 1 if env.bool("BEHIND_PROXY", default=False) else 0,
    "DEFAULT_THROTTLE_RATES": {
        "anon": given("API_RATE_ANONYMOUS", "120/min"),
        "user": given("API_RATE_USER", "6000/min"),
        "login": given("API_RATE_LOGIN", "30/min"),
        "machines": given("API_RATE_MACHINES", "1200/min"),
    },
    "EXCEPTION_HANDLER": "core.api.problems.problem_exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
FILTERS_EMPTY_CHOICE_LABEL = "Any"
SPECTACULAR_SETTINGS = {
    "TITLE": "Tenon API",
    "DESCRIPTION": "Work orders and purchasing, joined.",
    "VERSION": "1.0.0",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    # One name for each set of choices, whatever the fields that use it are called.
    "ENUM_NAME_OVERRIDES": {
        "WorkRequestStatusEnum": "cmms.choices.WorkRequestStatus",
        "WorkOrderStatusEnum": "cmms.choices.WorkOrderStatus",
        "WorkOrderTypeEnum": "cmms.choices.WorkOrderType",
        "OperationStatusEnum": "cmms.choices.OperationStatus",
        "AssetDocumentKindEnum": "cmms.choices.places.DocumentKind",
        "SignOffEnum": "cmms.choices.SignOff",
        "SignatureMeaningEnum": "cmms.choices.SignatureMeaning",
        "PointKindEnum": "cmms.choices.PointKind",
        "NonconformanceStatusEnum": "cmms.choices.NonconformanceStatus",
        "LaborKindEnum": "cmms.choices.LaborKind",
        "RequestLineKindEnum": "cmms.choices.RequestLineKind",
        "MovementKindEnum": "cmms.choices.MovementKind",
        "PlanTypeEnum": "cmms.choices.PLAN_TYPES",
        "PlanStatusEnum": "cmms.choices.PlanStatus",
        "RevisionStatusEnum": "cmms.choices.RevisionStatus",
        "CycleStatusEnum": "cmms.choices.CycleStatus",
        "PlanTriggerEnum": "cmms.choices.PlanTrigger",
        "MeterReadingKindEnum": "cmms.choices.ReadingKind",
        "CostReasonEnum": "cmms.choices.CostReason",
        "SupplierStatusEnum": "procurement.choices.SupplierStatus",
        "MatchLevelEnum": "procurement.choices.MatchLevel",
        "BoughtLineKindEnum": "procurement.choices.LineKind",
        "BuyingDestinationEnum": "procurement.choices.Destination",
        "RequisitionStatusEnum": "procurement.choices.RequisitionStatus",
        "OrderStatusEnum": "procurement.choices.OrderStatus",
        "ApprovalDecisionEnum": "procurement.choices.ApprovalDecision",
        "ReceiptKindEnum": "procurement.choices.ReceiptKind",
        "InvoiceKindEnum": "procurement.choices.InvoiceKind",
        "InvoiceSourceEnum": "procurement.choices.InvoiceSource",
        "InvoiceStatusEnum": "procurement.choices.InvoiceStatus",
        "InvoiceLineKindEnum": "procurement.choices.InvoiceLineKind",
        "HoldKindEnum": "procurement.choices.HoldKind",
        "HoldBlocksEnum": "procurement.choices.HoldBlocks",
        "HoldStatusEnum": "procurement.choices.HoldStatus",
        "MatchRunStatusEnum": "procurement.choices.MatchRunStatus",
    },
}

# ---- Admin

UNFOLD = {
    "SITE_TITLE": "Tenon",
    "SITE_HEADER": "Tenon",
    "SITE_SUBHEADER": "Work orders and purchasing, joined",
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("brand/tenon.svg"),
    "STYLES": [lambda request: static("app/admin.css")],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("brand/tenon.svg")},
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": True,
    "SIDEBAR": {"show_search": True, "show_all_applications": True},
    "COLORS": {
        "primary": {
            "50": "oklch(97.5% .012 205)",
            "100": "oklch(94% .025 205)",
            "200": "oklch(88% .045 205)",
            "300": "oklch(80% .065 205)",
            "400": "oklch(72% .08 205)",
            "500": "oklch(56% .08 205)",
            "600": "oklch(45% .075 205)",
            "700": "oklch(39% .065 205)",
            "800": "oklch(33% .055 205)",
            "900": "oklch(27% .045 205)",
            "950": "oklch(20% .035 205)",
        },
    },
}

# ---- Logs

LOGGING = json_logging(level=given("LOG_LEVEL", "INFO"))
