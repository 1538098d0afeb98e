"""A client that can be cut off: raw bytes on a socket."""

from __future__ import annotations

import json
import socket
from typing import Any
from uuid import uuid4

from tests.orders.shop import Shop


class Placement:
    """One intention to place an order: its request, and how often it must be told until someone answers."""

    def __init__(self, shop: Shop, port: int, quote_id: str) -> None:
        self.client_order_id, self.port = f"app-{uuid4()}", port
        body = json.dumps({"quote_id": quote_id, "client_order_id": self.client_order_id}).encode()
        head = [
            "POST /v1/orders HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: {shop.customer['Authorization']}",
            f"Idempotency-Key: {uuid4()}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        self.request = "\r\n".join(head).encode() + b"\r\n\r\n" + body

    def cut_after_sending(self, sent: int) -> None:
        """Send so many bytes of the request and hang up."""
        with self._connect() as connection:
            connection.sendall(self.request[:sent])

    def cut_after_reading(self, read: int) -> None:
        """Send all of the request, read so many bytes of the answer, and hang up."""
        with self._connect() as connection:
            connection.sendall(self.request)
            while read > 0 and (got := connection.recv(read)):
                read -= len(got)

    def send(self) -> tuple[int, dict[str, Any]]:
        """Send the request whole and return status and body. Raises OSError where nobody answers whole."""
        with self._connect() as connection:
            connection.sendall(self.request)
            answer = b""
            while got := connection.recv(65_536):
                answer += got
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head:
            raise ConnectionError("no answer")
        try:
            return int(head.split(b" ")[1]), json.loads(body)
        except ValueError as error:
            raise ConnectionError("half an answer") from error

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 10)
