"""Any metric of the semantic layer by the filters, down to the rows behind it.

Belongs here: choosing the metric. Does not belong here: the chart and the way down (``app.parts``).
"""

from __future__ import annotations

import streamlit as st

from app import address, formatting, layout
from app.parts import metric_chart
from app.view import current_view
from pipelines.readings.metrics import metrics, models_of

view = current_view()
layout.page_header(view, "Explore", "Which number, of whom, against what, and what is it made of?")
if not layout.lacks(view, *layout.SLICING):
    known = metrics()
    name = address.choose(
        "Metric",
        list(known),
        key="metric",
        default="mrr",
        format_func=lambda each: known[each].label,
        width=340,
    )
    st.caption(formatting.plain(known[name].description))
    metric_chart.show(view, name, key="explore", height=380, at="at")
    layout.sources(models_of(known[name])[0].table)
