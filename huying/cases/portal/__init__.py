"""Residents and enterprises: report without an account, follow by number and code, answer, rate, ask again."""
