"""What follows from a change, written down in the change's own transaction and carried out a moment later.

    emit("matters.moved", [{"matter": 17}])          # with the change
    @handler("matters.moved")                        # in the owner room's tasks.py
    def notify(payloads: list[Payload]) -> None: …   # gets many at once

The row is deleted in the transaction that carries out its effects, so a kill at any moment neither loses nor repeats
them. For the same reason a handler only writes to the database: it defers jobs, publishes live events, updates rows.
Whatever talks to the outside is a job (`kernel.jobs`).
"""

from huying.kernel.outbox.dispatch import MOST_LISTED, Backlog, backlog, dispatch_once, drain, release_set_aside
from huying.kernel.outbox.emit import Handler, Payload, emit, handler
from huying.kernel.outbox.leader import DISPATCHING, TICKING, Leadership, is_led
from huying.kernel.outbox.loop import run_dispatcher
from huying.kernel.outbox.periodic import periodic, run_due

__all__ = [
    "DISPATCHING",
    "MOST_LISTED",
    "TICKING",
    "Backlog",
    "Handler",
    "Leadership",
    "Payload",
    "backlog",
    "dispatch_once",
    "drain",
    "emit",
    "handler",
    "is_led",
    "periodic",
    "release_set_aside",
    "run_dispatcher",
    "run_due",
]
