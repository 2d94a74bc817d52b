"""Pages of call-outs and of the responses to them."""
