"""Metrics of call-outs (呼应指标): which rows they count, what is left out and why, and what they mean."""
