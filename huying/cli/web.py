"""One web process; started by `huying serve` with the number of the listening socket it inherits."""

from __future__ import annotations

import socket
import sys

import uvicorn

from huying.cli.children import hold_lifeline


def main() -> None:
    hold_lifeline()
    listener = socket.socket(fileno=int(sys.argv[1]))
    uvicorn.Server(
        uvicorn.Config(
            "config.asgi:application",
            access_log=False,  # the request log is ours: with request id, without personal data
            log_config=None,  # through our own formatter, which masks
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=2,  # live streams never end by themselves
            timeout_keep_alive=15,
        )
    ).run(sockets=[listener])


if __name__ == "__main__":
    main()
