"""Scripts that run in other environments. The tests can't import them."""
