"""The feeds, one module each: from the simulated history to the columns of the contract.

Belongs here: naming, typing, late delivery, files. Does not belong here: anything that decides what happened.
"""
