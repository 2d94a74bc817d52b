"""What others say about a unit's work: opinions of reviewers, replies that the centre publishes."""

from __future__ import annotations

from random import Random

from huying.kernel.privacy import mask_text
from huying.simulator.scenes import Scene


def opinion(scene: Scene, chance: Random, *, improper: bool) -> dict[str, object]:
    """Of a third-party reviewer."""
    data: dict[str, object] = {
        "true": chance.random() < 0.9,
        "solved": not improper and chance.random() < 0.4,
        "proper": not improper,
        "responsible": "unit" if improper else chance.choice(("nobody", "reporter", "unclear")),
        "reason": scene.phrase("评价理由 不当" if improper else "评价理由 得当"),
    }
    if improper:
        data["remains"] = scene.phrase("评价还要做")
    return data


def published(scene: Scene, reply: str, open_to_all: bool) -> dict[str, object]:
    """A title tells no person; an enterprise stands in it, so that such a reply goes to the reporter alone."""
    data: dict[str, object] = {"public_reply": reply, "public": False}
    title = scene.title()
    if open_to_all and mask_text(reply) == reply:
        data |= {"public": True, "title": title, "question": f"网友留言反映：{title}。"}
    return data
