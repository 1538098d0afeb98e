"""The WSGI entry point: `gunicorn wsgi:app`; `flask` finds it too."""

import sys

from service import create_app
from service.config import ConfigError

try:
    app = create_app()
except ConfigError as error:
    # One sentence for the operator. 4 is how gunicorn's workers say that trying again is of no use.
    print(f"sayso: {error}", file=sys.stderr)  # noqa: T201
    sys.exit(4)
