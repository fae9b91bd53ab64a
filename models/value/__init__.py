"""What customers are worth: how long they stay and what they go on to spend.

Belongs here: lifetime models fitted by maximum likelihood on cohorts and on purchases; numbers in and out.
Does not belong here: the churn score of one customer (``models.scoring``), money of the past (the warehouse).
scipy is imported by the functions that fit.
"""
