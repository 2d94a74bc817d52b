"""Everything of the kernel that registers itself with workers; the job runner imports every room's `tasks`."""

from huying.kernel import files, health, idempotency, jobs, live, retention
from huying.kernel.files import held

__all__ = ["files", "health", "held", "idempotency", "jobs", "live", "retention"]
