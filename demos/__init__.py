"""One program per question a person asks; each runs as ``python -m demos.NAME``."""
