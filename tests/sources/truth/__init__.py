"""Cases of each sender's truth table: what a sender sends, by the name of the row of ``docs/senders/<sender>.md``."""
