"""How a record of the API becomes a record of a stream: attributes unwrapped, then conformed to the schema."""
