"""What is broken on purpose, to see that nothing acknowledged is lost."""
