"""Personal data: what is masked, who is erased, and everything that is held about one person.

Belongs here: the secret key, masks, the registry of erased people, erasing and giving access.
Does not belong here: the lake's files and commits (``pipelines.lake``), what is published when.
"""
