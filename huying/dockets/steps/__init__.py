"""What the steps do beside moving."""
