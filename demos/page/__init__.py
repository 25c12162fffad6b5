"""What the pages of all lessons share: parts, plots, templates, data sets, and how a lesson runs."""
