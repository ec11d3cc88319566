"""The target: its settings, and what its messages come to."""

from __future__ import annotations

from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import Sink, Target
from singer_sdk import typing as th
from singer_sdk.exceptions import RecordsWithoutSchemaException
from singer_sdk.helpers._packaging import get_package_version
from singer_sdk.helpers.capabilities import PluginCapabilities
from typing_extensions import override

from spott_client.errors import ConfigError
from spott_singer.command import Terminated
from spott_singer.config import check_integer_variables, connection_settings
from spott_singer.plugin import SpottPlugin
from target_spott.message_reader import ASK_THE_TAP, STANDARD_INPUT, InputError, MessageReader
from target_spott.operations import Source
from target_spott.sinks import ClientContacts

if TYPE_CHECKING:
    from types import FrameType

    from target_spott.session import Run


class RecordBeforeSchemaError(InputError, RecordsWithoutSchemaException):
    """A record has come before the SCHEMA message of its stream."""


class TargetSpott(SpottPlugin, Target):
    """Singer target for Spott: creates and updates client contacts."""

    name = "target-spott"
    package_name = "tap-spott"
    default_sink_class = ClientContacts
    message_reader_class = MessageReader
    capabilities: ClassVar = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    config_jsonschema: ClassVar = th.PropertiesList(
        *connection_settings(user_agent=f"target-spott/{get_package_version('tap-spott')}"),
        th.Property(
            "on_error",
            th.StringType,
            allowed_values=["continue", "stop"],
            default="continue",
            title="On error",
            description="After a bad record: `continue` with the others, or `stop`. It goes to the rejects file.",
        ),
        th.Property(
            "dry_run",
            th.BooleanType,
            default=False,
            title="Dry run",
            description="Validate everything and write to the outcomes file what would be sent, but send nothing.",
        ),
        th.Property(
            "rejects_path",
            th.StringType,
            default="rejects.jsonl",
            title="Rejects file",
            description="File to which bad records are added, each with the reason, as JSON lines.",
        ),
        th.Property(
            "outcomes_path",
            th.StringType,
            default="outcomes.jsonl",
            title="Outcomes file",
            description="File to which is added what was done, with the ids of new contacts, as JSON lines. "
            "Keep it: it is how a repeated run knows what has been created.",
        ),
        th.Property(
            "contact_streams",
            th.ArrayType(th.StringType),
            default=["client_contacts"],
            title="Contact streams",
            description="The streams whose records are client contacts.",
        ),
        additional_properties=False,
    ).to_dict()

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - whatever the SDK takes
        """Take what the SDK's target takes.

        Raises:
            ConfigValidationError: A setting can't be worked with.
            ConfigError: The environment can't.
        """
        try:
            super().__init__(**options)
        except ValueError:
            check_integer_variables(self.config_jsonschema, self._env_var_prefix)
            raise
        cast("MessageReader", self.message_reader).rejected = self._take_again

    @cached_property
    def run(self) -> Run:
        """What becomes of the records, made when the first message needs it."""
        from target_spott.session import Run  # noqa: PLC0415 - `--about` sends nothing

        on_failure = cast("MessageReader", self.message_reader).interrupt
        return Run(self.config, write_state=self._write_state_message, on_failure=on_failure)

    @override  # type: ignore[misc] # final, but there is no other place that knows the end of a run
    def listen(self, file_input: IO[str] | None = None) -> None:
        if self.run.rejects.is_same_file(file_input.fileno() if file_input else STANDARD_INPUT):
            msg = "rejects_path: this file is also the input, which would never end; rename it before it is sent again"
            raise ConfigError(msg)
        streams = ", ".join(self.config["contact_streams"])
        work = "Looking at what would be written" if self.config["dry_run"] else "Writing"
        self.logger.info("%s to %s: client_contacts, from the streams %s", work, self.config["api_url"], streams)
        try:
            with self.run.telling:
                super().listen(file_input)
            self.run.sum_up()
        finally:
            self.run.close()

    @override
    def get_sink_class(self, stream_name: str) -> type[Sink]:
        if stream_name not in self.config["contact_streams"]:
            msg = (
                f"The stream {stream_name!r} is not among contact_streams. "
                "Add it there if its records are client contacts, else deselect it in the tap."
            )
            raise ConfigError(msg)
        return super().get_sink_class(stream_name)

    @override
    def process_endofpipe(self) -> None:
        self.run.finish()
        super().process_endofpipe()

    @classmethod
    @override
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Leave out what the SDK adds for targets: there are no tables here, no metadata columns and no batches."""
        super(Target, cls).append_builtin_config(config_jsonschema)

    @override
    def _assert_sink_exists(self, stream_name: str) -> None:
        if not self.sink_exists(stream_name):
            msg = f"is a record of {stream_name!r}, whose SCHEMA message has not come. {ASK_THE_TAP}"
            raise RecordBeforeSchemaError(msg)

    @override
    def _handle_max_record_age(self) -> None:
        """Do nothing: no record waits here, and each state is written as soon as it holds."""

    @override
    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        self.run.checkpoint(message_dict["value"])

    @override
    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        """Do nothing: Spott's API deletes no contacts, so none can be deleted that were not in a run."""

    @override
    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        msg = "is a BATCH message, which this target does not read: turn batches off in the tap"
        raise InputError(msg)

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End by the signal, once what is under way has come to its end. The SDK ends with status 0."""
        if "run" not in vars(self):
            raise Terminated(signum)
        self.run.fail(Terminated(signum))

    def _take_again(self, line: dict[str, Any]) -> None:
        """Take a record from a line of a rejects file."""
        self.run.take(Source(line["stream"], line.get("key_properties") or [], line["record"]))
