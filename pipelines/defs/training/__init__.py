"""Weekly training of the champions of the churn score."""
