"""The pages: each is a model (state, no widgets) and a view (widgets, no rules)."""

from pupiltrack_portal.pages.opening import open_page

__all__ = ["open_page"]
