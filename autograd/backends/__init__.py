"""How a program becomes a function: one file for each language that it can be written in."""
