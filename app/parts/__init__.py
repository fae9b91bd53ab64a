"""The parts of pages that are too much to show at once, one module each.

Belongs here: what one part of a page shows; the page runs only the part that is asked for. Does not belong here: pages
(``app.app_pages``), SQL (``app.queries``), charts (``app.charts*``).
"""
