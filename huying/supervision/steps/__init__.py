"""What the steps of supervisions and instructions do beside moving."""
