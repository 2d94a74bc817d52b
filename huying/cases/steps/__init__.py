"""What each step of a case checks and records beside moving it. Hooks get whole batches."""
