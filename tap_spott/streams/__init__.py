"""The streams: their declarations, their schemas, and how a list or its details become records."""

from tap_spott.streams.base import DetailStream, ListStream
from tap_spott.streams.definitions import STREAMS

__all__ = ["STREAMS", "DetailStream", "ListStream"]
