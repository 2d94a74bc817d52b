"""Pages of dockets and of their work."""
