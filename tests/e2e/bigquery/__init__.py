"""Programs for environments of their own: nothing here can be imported by the tests."""
