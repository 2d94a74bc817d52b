"""Keys of the states of call-outs and responses, for the tables and for what their steps do."""

DRAFTED, ANALYSING, APPROVING, ISSUED, RATING = "drafted", "analysing", "approving", "issued", "rating"
FILED, WITHDRAWN, DOCKETED, HANDED_OVER = "filed", "withdrawn", "docketed", "handed_over"
CALLABLE_BACK = (DRAFTED, ANALYSING, APPROVING, ISSUED)

WAITING, RESPONDED, ARRIVED, CONFERRING, HANDLING = "waiting", "responded", "arrived", "conferring", "handling"
DECLINED, FED_BACK, ACCEPTED = "declined", "fed_back", "accepted"
RATED, RELEASED, CANCELLED = "rated", "released", "cancelled"
AT_WORK = (RESPONDED, ARRIVED, CONFERRING, HANDLING)
UNANSWERED = (WAITING, *AT_WORK, DECLINED, FED_BACK)  # until the caller has accepted
LIVE = (*UNANSWERED, ACCEPTED)
