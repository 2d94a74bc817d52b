"""What the steps of call-outs and of responses do beside moving."""
