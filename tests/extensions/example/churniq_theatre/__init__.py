"""An extension as a business writes it: a sender, a column of its own, a model on it and a metric of that."""
