"""A local Spott server: the documented API over generated data, with rate limits, latency and faults on demand."""

from spott_sandbox.process import Sandbox, SandboxError

__all__ = ["Sandbox", "SandboxError"]
