"""From marts to churn scores, with the backtest that says how far to trust them."""
