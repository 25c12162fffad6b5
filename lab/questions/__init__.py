"""The seventeen questions, by subject."""
