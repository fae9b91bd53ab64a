"""The dashboards as they are served: Streamlit's application behind the guard.

Belongs here: joining the two. Does not belong here: pages (``streamlit_app``), who is refused
(``pipelines.services.guard``).
"""

from pathlib import Path

from streamlit.starlette import App

from pipelines.services.guard import guard
from pipelines.settings import Settings

app = App(Path(__file__).parent / "streamlit_app.py", middleware=guard(Settings()))
