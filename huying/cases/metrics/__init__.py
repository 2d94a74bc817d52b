"""Metrics of this room (考核指标): which rows they count, what is left out and why, and what they mean."""
