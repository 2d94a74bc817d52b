"""Pages on which limits, categories, channels, danger words and message templates are set."""

PERMISSION = "matters.configure"
