"""The product's settings with what tests need different. Services start before Django looks for them."""

import os

from tests import services

os.environ.update(services.environment(), TENON_DEMO="1")

from config.settings import *  # noqa: E402, F403
from config.settings import REST_FRAMEWORK, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
REST_FRAMEWORK = REST_FRAMEWORK | {
    "DEFAULT_THROTTLE_RATES": {"anon": None, "user": None, "login": None, "machines": None}
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
AXES_ENABLED = False  # `client.login` has no request to count failures on; its own test turns it on
