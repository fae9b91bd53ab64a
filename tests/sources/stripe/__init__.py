"""Tests of the sender ``stripe``, whose payloads are written from Stripe's API reference and not from our code."""
