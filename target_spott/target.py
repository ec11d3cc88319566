"""The target: its settings, and how it processes each type of message."""

import math
from functools import cached_property
from types import FrameType
from typing import IO, Any, ClassVar

from singer_sdk import Sink, Target
from singer_sdk.exceptions import RecordsWithoutSchemaException
from singer_sdk.helpers._packaging import get_package_version
from singer_sdk.helpers.capabilities import PluginCapabilities
from typing_extensions import override

from spott_client.errors import ConfigError
from spott_client.models import Json
from spott_singer.command import Terminated
from spott_singer.config import check_integer_variables, settings_schema
from spott_singer.plugin import SpottPlugin
from target_spott.message_reader import INPUT_HINT, STANDARD_INPUT, InputError, MessageReader
from target_spott.operations import SourceRecord
from target_spott.session import LoadSession
from target_spott.sinks import ClientContactsSink


class RecordBeforeSchemaError(InputError, RecordsWithoutSchemaException):
    """A record comes before the SCHEMA message of its stream."""


class TargetSpott(SpottPlugin, Target):
    """Singer target for Spott: creates and updates client contacts."""

    name = "target-spott"
    package_name = "tap-spott"
    _MAX_RECORD_AGE_IN_MINUTES = math.inf  # the sink buffers no records
    default_sink_class = ClientContactsSink
    capabilities: ClassVar = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    config_jsonschema: ClassVar = settings_schema("target_spott", f"target-spott/{get_package_version('tap-spott')}")

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the SDK's own options
        """Take the options of the SDK's `Target`.

        Raises:
            ConfigValidationError: A setting is invalid.
            ConfigError: An environment variable is invalid.
        """
        self._reader = MessageReader()
        try:
            super().__init__(message_reader=self._reader, **options)
        except ValueError:
            check_integer_variables(self.config_jsonschema, self._env_var_prefix)
            raise

    @cached_property
    def session(self) -> LoadSession:
        """The session, created when the first message needs it."""
        return LoadSession(self.config, host=self)

    def emit_state(self, state: Json) -> None:
        """Write a state to standard output; not in a dry run, so that the next run gets the same records."""
        if not self.config["dry_run"]:
            self._write_state_message(state)

    def interrupt(self, error: BaseException) -> None:
        """Stop reading the input and raise the error."""
        self._reader.interrupt(error)

    @override  # type: ignore[misc] # final, but the SDK has no hook for the end of a run
    def listen(self, file_input: IO[str] | None = None) -> None:
        if self.session.rejects.is_same_file(file_input.fileno() if file_input else STANDARD_INPUT):
            msg = "rejects_path: the input is the same file; rename the input before you send it again"
            raise ConfigError(msg)
        action = "Validating (dry run)" if self.config["dry_run"] else "Writing"
        streams = ", ".join(self.config["contact_streams"])
        self.logger.info("%s client_contacts to %s, from the streams %s", action, self.config["api_url"], streams)
        try:
            with self.session.progress:
                super().listen(file_input)
            self.session.report()
        finally:
            self.session.close()

    @override
    def get_sink_class(self, stream_name: str) -> type[Sink]:
        if stream_name not in self.config["contact_streams"]:
            msg = (
                f"contact_streams: the stream {stream_name!r} is not listed; "
                "add it if its records are client contacts, or deselect it in the tap"
            )
            raise ConfigError(msg)
        return super().get_sink_class(stream_name)

    @override
    def process_endofpipe(self) -> None:
        self.session.dispatcher.finish()
        super().process_endofpipe()

    @classmethod
    @override
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Skip the SDK's settings for targets that load tables: metadata columns, load method and batch size."""
        super(Target, cls).append_builtin_config(config_jsonschema)

    @override
    def _assert_sink_exists(self, stream_name: str) -> None:
        if not self.sink_exists(stream_name):
            msg = f"a record of the stream {stream_name!r} comes before its SCHEMA message; {INPUT_HINT}"
            raise RecordBeforeSchemaError(msg)

    @override
    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        """Process a record; a line of a rejects file (without `type`) needs no SCHEMA message and no stream map."""
        if "type" in message_dict:
            super()._process_record_message(message_dict)
        else:
            keys = message_dict.get("key_properties") or []
            self.session.submit(SourceRecord(message_dict["stream"], keys, message_dict["record"]))

    @override
    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        self.session.dispatcher.checkpoint(message_dict["value"])

    @override
    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        """Do nothing: Spott's API can't delete the contacts that a full-table sync no longer has."""

    @override
    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        msg = "BATCH messages are not supported; remove `batch_config` from the tap's settings"
        raise InputError(msg)

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End by the signal, after the requests in flight. The SDK would exit with status 0."""
        if "session" not in vars(self):
            raise Terminated(signum)
        self.session.dispatcher.fail(Terminated(signum))
