"""An independent reference of the default definitions, for tests only.

Belongs here: the slow, exact answer to what a history of events means, and small adversarial histories.
Does not belong here: anything that is read from, or shared with, the dbt project.
"""

from .feeds import write_feeds
from .histories import random_history
from .reference import Result, compute
from .state import Event, FxRate

__all__ = ["Event", "FxRate", "Result", "compute", "random_history", "write_feeds"]
