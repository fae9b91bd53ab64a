"""What runs the assets: one job, a daily schedule, and a sensor on the inbox."""
