"""flask serve: the HTTP server, the live process and the worker, run together and ended together."""

from .lifeline import end_with_service
from .service import Service, address, flask_command, require_free_port, server_command

__all__ = ["Service", "address", "end_with_service", "flask_command", "require_free_port", "server_command"]
