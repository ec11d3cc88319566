"""The streams: their declarations, their schemas, and how a list or its details become records."""
