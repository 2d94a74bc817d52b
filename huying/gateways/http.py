"""One request to an outside system, and what can be said of it when no answer came.

Connections are kept and used again, certificates verified, no redirect followed, nothing tried twice: whether something
may be repeated only its sender knows. The whole of a request is bounded in time and in bytes.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

import urllib3
from urllib3 import exceptions

MOST_BYTES = 500_000
CONNECT_SECONDS = 5.0
KEPT = 16  # connections to one host


class NotSent(Exception):
    """It has surely not reached the other side."""


class Unclear(Exception):
    """It may have reached the other side, and may have been done."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


class Client:
    """Safe to use from several threads."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._pool = urllib3.PoolManager(
            maxsize=KEPT, retries=False, cert_reqs="CERT_REQUIRED", headers={"User-Agent": "Huying"}
        )

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """
        Raises:
            NotSent, Unclear
        """
        deadline = time.monotonic() + self._seconds
        timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, self._seconds), read=self._seconds)
        try:
            response = self._pool.request(
                method,
                url,
                body=body,
                headers=dict(headers),
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except (exceptions.NewConnectionError, exceptions.ConnectTimeoutError, exceptions.LocationValueError) as error:
            raise NotSent("连接不上") from error
        except exceptions.SSLError as error:
            if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in error.args):
                raise NotSent("对方的证书不可信") from error
            raise Unclear("安全连接中断") from error
        except (exceptions.HTTPError, OSError) as error:
            raise Unclear("没有等到回应") from error
        return Answer(response.status, self._read(response, deadline))

    @staticmethod
    def _read(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
        body = b""
        try:
            for piece in response.stream(8192):
                body += piece
                if len(body) > MOST_BYTES or time.monotonic() > deadline:
                    raise Unclear("回应太长或者太慢")
        except (exceptions.HTTPError, OSError) as error:
            raise Unclear("回应没有收全") from error
        finally:
            if response.status is not None and not response.closed:
                response.drain_conn() if len(body) <= MOST_BYTES and time.monotonic() <= deadline else response.close()
            response.release_conn()
        return body
