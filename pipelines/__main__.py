"""``python -m pipelines``: the command line, for whoever starts it without the script that an installation makes.

Belongs here: nothing else. Does not belong here: commands (``pipelines.cli``).
"""

from pipelines.cli import program

if __name__ == "__main__":
    program()
