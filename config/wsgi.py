"""Pages and API."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("HUYING_PROCESS", "web")
application = get_wsgi_application()
# Now and not at the first request: it would wait for it, and a mistake there must stop the start
get_resolver().url_patterns  # noqa: B018
