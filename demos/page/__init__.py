"""What the pages of all lessons share: parts, plots, templates, data sets and the command line."""
