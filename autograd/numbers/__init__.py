"""The number types that a rule runs on: their common operators, dual numbers, and numbers that count."""
