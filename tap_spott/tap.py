"""The tap: its settings, its streams, and the sync of all of them."""

import gc
import sys
from functools import cached_property, reduce
from io import StringIO
from operator import getitem
from types import FrameType
from typing import IO, Any, ClassVar, cast

import click
from singer_sdk import Stream, Tap
from singer_sdk.helpers._packaging import get_package_version
from singer_sdk.helpers.capabilities import PluginCapabilities
from typing_extensions import override

from spott_client.errors import ConfigError
from spott_client.timestamps import format_timestamp
from spott_singer.command import read_json_file
from spott_singer.config import check_integer_variables, check_pseudonym_key, settings_schema
from spott_singer.plugin import SpottPlugin
from spott_singer.pseudonyms import KINDS, pseudonym
from tap_spott.catalog import check_catalog, not_a_catalog
from tap_spott.message_writer import BufferedMessageWriter
from tap_spott.records.personal_data import PersonalDataPolicy, kinds_of
from tap_spott.session import SyncSession
from tap_spott.state import check_fingerprint, check_state
from tap_spott.streams.base import ANNOTATED_SCHEMAS, SCHEMAS, DetailStream, SpottStream
from tap_spott.streams.definitions import STREAMS
from tap_spott.sync.detail_reader import DetailSpec

GC_THRESHOLD = 50_000
"""Objects allocated and not yet freed before the garbage collector runs; some pages of records hold so many."""


class TapSpott(SpottPlugin, Tap):
    """Singer tap for Spott, the CRM and applicant tracking system for recruitment agencies."""

    name = "tap-spott"
    message_writer_class = BufferedMessageWriter
    # BATCH would write deselected columns in clear.
    capabilities: ClassVar = [
        capability for capability in Tap.capabilities if capability is not PluginCapabilities.BATCH
    ]
    config_jsonschema: ClassVar = settings_schema("tap_spott", f"tap-spott/{get_package_version('tap-spott')}")

    def __init__(self, *, catalog: Any = None, **options: Any) -> None:  # noqa: ANN401 - whatever the SDK takes
        """Take what the SDK's tap takes.

        Raises:
            ConfigValidationError: A setting is invalid.
            ConfigError: An environment variable, the catalog or the state is invalid.
        """
        try:
            super().__init__(catalog=check_catalog(catalog, SCHEMAS, [stream.name for stream in STREAMS]), **options)
        except (AttributeError, KeyError, TypeError, ValueError):
            check_integer_variables(self.config_jsonschema, self._env_var_prefix)
            if catalog is None:
                raise
            raise not_a_catalog() from None

    @cached_property
    def session(self) -> SyncSession:
        """What the streams share."""
        detail_specs: dict[str, list[DetailSpec]] = {}
        for stream in STREAMS:
            if issubclass(stream, DetailStream):
                detail_specs.setdefault(stream.parent.name, []).append(stream.spec())
        return SyncSession(self.config, detail_specs)

    @override  # type: ignore[misc] # final, but there is no other place that knows the end of a sync
    def sync_all(self) -> None:
        gc.set_threshold(GC_THRESHOLD, 20, 20)  # records have no reference cycles: scanning them frees nothing
        self.logger.info("Reading %s: %s", self.config["api_url"], self._plan() or "nothing, as no stream is selected")
        try:
            with self.session.progress:
                super().sync_all()
        finally:
            cast("BufferedMessageWriter", self.message_writer).flush()
        self.session.failures.raise_if_any()

    def _plan(self) -> str:
        """Return which streams will be read, and since when."""
        plan: dict[str, list[str]] = {}
        for stream in (cast("SpottStream", stream) for stream in self.streams.values() if stream.selected):
            since = f"since {format_timestamp(stream.start)}" if stream.start else "from the beginning"
            plan.setdefault(since, []).append(stream.name)
        return "; ".join(f"{since} {', '.join(names)}" for since, names in plan.items())

    @override  # type: ignore[misc] # final, but the SDK's would test deselected streams, which an account may not have
    def run_connection_test(self) -> bool:
        """Test the selected streams."""
        passed = self.run_sync_dry_run(1, [stream for stream in self.streams.values() if stream.selected])
        self.session.failures.raise_if_any()
        return passed

    @property
    @override
    def streams(self) -> dict[str, Stream]:
        """The streams, all lists before all details; the SDK would sort them by name."""
        streams = super().streams
        return {stream.name: streams[stream.name] for stream in STREAMS}

    @property
    @override
    def catalog_dict(self) -> dict[str, Any]:
        """The catalog, with the kinds of personal data in the metadata of each property."""
        catalog = super().catalog_dict
        for stream in catalog["streams"]:
            schema = ANNOTATED_SCHEMAS.get_schema(stream["tap_stream_id"])
            for part in stream["metadata"]:
                kinds = kinds_of(reduce(getitem, part["breadcrumb"], schema))
                part["metadata"]["personal-data"] = sorted(kinds)
        return catalog

    @override
    def discover_streams(self) -> list[Stream]:
        return [stream(self, self.session) for stream in STREAMS]

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        keys = {stream.name: stream.replication_key for stream in STREAMS if stream.replication_key}
        checked = check_state(state, keys)
        policy = PersonalDataPolicy.from_config(self.config)
        check_fingerprint(checked, [stream.name for stream in STREAMS], policy.fingerprint if policy else None)
        super().load_state(checked)

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End by the signal. The SDK ends with status 0, and writes from inside the handler, between half a message."""
        cast("BufferedMessageWriter", self.message_writer).stop(signum)

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        option = click.Option(
            ["--pseudonym"],
            type=click.Choice(KINDS),
            callback=cls.print_pseudonyms,
            expose_value=False,
            help="Print the pseudonym of each line of standard input: a name, an email address or a phone number.",
        )
        command.params.append(option)
        return command

    @classmethod
    def print_pseudonyms(cls, ctx: click.Context, _: click.Parameter, kind: str | None) -> None:
        """Print a pseudonym for each line of standard input, which no process list or shell history shows.

        Raises:
            ConfigError: The key is missing or too short.
        """
        if kind is None:
            return
        config = ctx.params["config"]
        tap = cls(config=config.config, parse_env_config=config.parse_env, validate_config=False, setup_mapper=False)
        for error in check_pseudonym_key(tap.config):
            raise ConfigError(error)
        key = str(tap.config["pseudonym_key"]).encode()
        for line in sys.stdin:
            click.echo(pseudonym(key, kind, line))
        ctx.exit()

    @classmethod
    @override
    def invoke(cls, *, state: IO[str] | None = None, catalog: IO[str] | None = None, **options: Any) -> None:
        super().invoke(
            state=state and StringIO(read_json_file("--state", state)),
            catalog=catalog and StringIO(read_json_file("--catalog", catalog)),
            **options,
        )
