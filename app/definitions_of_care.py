"""What the numbers of care mean, in the words that appear on hover, and the steps in words.

Belongs here: explanations for readers of contacts, next steps and predicted topics. Does not belong here: the
calculations (``dbt_project``), the words that all pages share (``app.definitions``).
"""

from __future__ import annotations

CONTACTS = "Tickets by the month in which they were opened. A topic that did not come with a ticket is predicted."
CHURN_AFTER_CONTACT = (
    "Of tickets by customers who paid as that day began: the share without MRR at the close of the 30th day, over the "
    "twelve months to this one. Beside it the same share of everybody who paid. The lift divides the two and needs 30 "
    "tickets. Contact and churn go together here; that one causes the other is not said."
)
STEP = (
    "The most urgent of a few fixed rules that holds, with the numbers it rests on. The rules are a start to argue "
    "with: whether a step keeps customers is not measured yet."
)
