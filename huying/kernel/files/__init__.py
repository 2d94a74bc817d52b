"""Attachments: accepted after a look at what they really are, stored under their digest, served so that they can do no
harm.

    stored = accept(upload, uploader="user:7")     # a StoredFile; a Refusal says in Chinese what to do
    return serve(stored, inline=True, request=request)

What the room that owns a file allows, it decides itself before it calls `serve`.
"""

from huying.kernel.files.accepting import accept
from huying.kernel.files.kinds import ACCEPTED, accept_attribute
from huying.kernel.files.serving import serve
from huying.kernel.files.store import sweep_loose, sweep_unreferenced

__all__ = ["ACCEPTED", "accept", "accept_attribute", "serve", "sweep_loose", "sweep_unreferenced"]
