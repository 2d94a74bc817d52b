"""Everything of the kernel that registers itself with workers; the job runner imports every room's `tasks`."""

from huying.kernel import jobs, live

__all__ = ["jobs", "live"]
