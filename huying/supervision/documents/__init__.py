"""Documents of the ladder as Word files in official form."""
