"""Live pages: who has news, never what the news is.

    publish(["holder:12", "matter:9"])       # in an outbox handler, or in the transaction of a change

A page names the channels that it shows (`/live/?channel=…`), the registered function says which of them this user may
hear, and a server-sent event names those that have news. The page then asks again through its ordinary address, with
its ordinary permission check. So nothing leaks here but that something happened.

A page that very many look at at once has what it shows sent along instead: `feeds`.
"""

from huying.kernel.live.channels import authorise_by, publish
from huying.kernel.live.feeds import Feed, feed
from huying.kernel.live.serving import application

__all__ = ["Feed", "application", "authorise_by", "feed", "publish"]
