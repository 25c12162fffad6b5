"""The campaign: random programs, each computed in several ways that must agree; see `__main__`."""
