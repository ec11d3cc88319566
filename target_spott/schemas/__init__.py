"""JSON schemas of request bodies."""
