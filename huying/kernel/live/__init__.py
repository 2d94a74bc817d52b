"""Live pages: who has news, never what the news is.

    publish(["holder:12", "matter:9"])       # in an outbox handler, or in the transaction of a change

A page names the channels that it shows (`/live/?channel=…`), the registered function says which of them this user may
hear, and a server-sent event names those that have news. The page then asks again through its ordinary address, with
its ordinary permission check. So nothing leaks here but that something happened.
"""

from huying.kernel.live.channels import authorise_by, publish
from huying.kernel.live.serving import application

__all__ = ["application", "authorise_by", "publish"]
