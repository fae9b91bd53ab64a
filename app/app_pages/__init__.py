"""The pages of the dashboards, one module each, run from top to bottom by Streamlit.

Belongs here: what a page shows and in which order. Does not belong here: SQL (``app.queries``), charts
(``app.charts``), the frame that pages share (``app.layout``).
"""
