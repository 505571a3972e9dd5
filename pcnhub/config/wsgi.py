"""The WSGI application: `granian --interface wsgi pcnhub.config.wsgi:application`, or any other WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pcnhub.config.settings")
application = get_wsgi_application()
