"""Loaded before Django's settings are read."""
