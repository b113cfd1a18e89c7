"""The pages, one script per menu entry."""
