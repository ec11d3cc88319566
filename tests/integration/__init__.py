"""The installed commands against the sandbox."""
