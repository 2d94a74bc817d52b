"""Lists and one case at volume, on the server: `python -m benchmarks.list [--cases N] [--rounds N]`.

N cases (200,000 by default) with their words, clocks and people, written set-wise into a durable database of its own,
distributed as a district's are: a few units and channels have most of them, two in a hundred are open. Then each
address is asked for many times by somebody who has signed in, through all of Django and without the network, and the
95th percentile is compared with the goal. The floor of the same run is a SELECT of one row by its key.
"""

from __future__ import annotations

from benchmarks._volume import main

# Addresses of a list, with a filter each and together; `{…}` is filled in with what the volume holds.
ADDRESSES = {
    "all": "/desk/cases/",
    "all-page-20": "/desk/cases/?cursor={cursor}",
    "open": "/desk/cases/open/",
    "late": "/desk/cases/late/",
    "closed": "/desk/cases/closed/",
    "reworked": "/desk/cases/reworked/",
    "unit": "/desk/cases/?handler={unit}",
    "unit-rare": "/desk/cases/?handler={rare_unit}",
    "street": "/desk/cases/?place={street}",
    "community": "/desk/cases/?place={community}",
    "channel": "/desk/cases/?channel={channel}",
    "channel-rare": "/desk/cases/?channel={rare_channel}",
    "category-branch": "/desk/cases/?category={branch}",
    "category-leaf": "/desk/cases/?category={leaf}",
    "category-rare": "/desk/cases/?category={rare_leaf}",
    "emergency": "/desk/cases/?urgency=emergency",
    "kind": "/desk/cases/?kind=praise",
    "month-opened": "/desk/cases/?opened_from={first}&opened_to={last}",
    "month-closed": "/desk/cases/closed/?closed_from={first}&closed_to={last}",
    "rework-once": "/desk/cases/?rework=once",
    "street-category": "/desk/cases/?place={street}&category={leaf}",
    "unit-channel-month": "/desk/cases/?handler={unit}&channel={channel}&opened_from={first}&opened_to={last}",
    "nothing-found": "/desk/cases/?handler={rare_unit}&category={rare_leaf}&urgency=emergency",
    "all-columns": "/desk/cases/?columns=text,address,officer,satisfaction,category,channel,closed,state,due",
}
OF_UNIT = {
    "unit-all": "/desk/cases/",
    "unit-open": "/desk/cases/open/",
    "unit-closed": "/desk/cases/closed/",
    "unit-street": "/desk/cases/?place={street}",
}
DETAIL = {"detail": "/desk/cases/{number}/", "detail-open": "/desk/cases/{open_number}/"}
# What a day begins with, and what counts; its cost follows what is open and what was closed in the last 30 days.
OF_SUPERVISOR = {"home-supervisor": "/desk/", "units": "/desk/units/", "unit-page": "/desk/units/{unit}/"}
OF_LEADER = {"home-leader": "/desk/", "figure": "/desk/figures/on-time/"}

if __name__ == "__main__":
    pages = {"paidan": ADDRESSES, "chengban": OF_UNIT, "jiexian": DETAIL, "dudao": OF_SUPERVISOR, "lingdao": OF_LEADER}
    main("list", pages)
