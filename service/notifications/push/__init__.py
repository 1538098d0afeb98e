"""Web push leaves here: encrypted for one device (RFC 8291), signed as this service (RFC 8292), handed to the device's
push service at an address that was looked up and checked."""

from .sending import Answer, PushServices, as_text

__all__ = ["Answer", "PushServices", "as_text"]
