"""The WSGI application: `granian --interface wsgi pcnhub.config.wsgi:application`, or any other WSGI server."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pcnhub.config.settings")
application = get_wsgi_application()
# Now, not with the first request: pages that can't be loaded end the process where somebody sees it. Left for later, each request
# is answered with a failure, for Django's own page about failures is among what can't be loaded, and so is its line in the log.
get_resolver().url_patterns  # noqa: B018 - to load it is all that is wanted
