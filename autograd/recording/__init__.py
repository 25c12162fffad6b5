"""What records: `Value` and `Tensor`, NumPy's functions on them, and `Symbol`, which writes formulas."""
