"""A local Spott: a server of the documented API over generated data, slow, limited or faulty on demand."""

from spott_sandbox.process import Sandbox, SandboxError

__all__ = ["Sandbox", "SandboxError"]
