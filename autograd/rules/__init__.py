"""The rules: every operation once, with its local derivatives."""
