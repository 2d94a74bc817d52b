"""Posts of grid workers go along when a grid is redrawn, so that no grid is left without its worker."""

from __future__ import annotations

from huying.people.models import Post
from huying.places.redraw import Redrawn, movers


@movers.register("posts")
def move_posts(redrawn: Redrawn) -> int:
    """Whoever held an ended grid now holds the one that took it over; of a grid that was split alone in its community,
    all parts. Returns how many posts changed."""
    heirs: dict[int, set[int]] = {old: {place.grid_id} for old, place in redrawn.heirs.items() if old in redrawn.ended}
    ended_of: dict[int, list[int]] = {}
    for old in heirs:
        ended_of.setdefault(redrawn.heirs[old].community_id, []).append(old)
    for place in redrawn.index.places:
        if place.grid_id in redrawn.opened and len(ended := ended_of.get(place.community_id, [])) == 1:
            heirs[ended[0]].add(place.grid_id)
    held = Post.grids.through.objects.filter(place_id__in=heirs, post__in=Post.objects.at(redrawn.day))
    wanted = {(row.post_id, new) for row in held for new in heirs[row.place_id]}
    links = Post.grids.through
    links.objects.bulk_create(
        [links(post_id=post, place_id=place) for post, place in sorted(wanted)], ignore_conflicts=True
    )
    changed = {post for post, _ in wanted}
    held.delete()
    return len(changed)
