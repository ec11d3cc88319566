"""The `spott-sandbox` command."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from typing import Any, NoReturn, get_args

import msgspec

from spott_sandbox.process import DEFAULT_KEY, Sandbox, SandboxError
from spott_sandbox.settings import FaultKind, Settings, merge_settings

_EPILOG = """\
examples:
  spott-sandbox --contacts 100000 --quota 600
  spott-sandbox --fault 503=0.05 --fault reset=0.01 --latency 0.2
  spott-sandbox -- tap-spott --test

With a command after --, the sandbox listens on a free port until the command ends. The command finds
TAP_SPOTT_API_URL, TAP_SPOTT_API_KEY, TARGET_SPOTT_API_URL and TARGET_SPOTT_API_KEY in its environment.
spott-sandbox exits with the command's exit status.

To change settings while the sandbox runs, send PATCH /_sandbox/settings. Setting names have underscores.
"""
_EXTRA_MODULES = ("starlette", "uvicorn")
_COMMAND_NOT_FOUND = 127
_KILLED = 128
_PLUGINS = ("TAP_SPOTT", "TARGET_SPOTT")
# Windows has no SIGHUP.
_FORWARDED_SIGNALS = [signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command.

    Args:
        arguments: The command-line arguments; None for those of the process.

    Raises:
        SystemExit: Always, with the exit status.
    """
    own_arguments, command = _split_command(sys.argv[1:] if arguments is None else arguments)
    parser = _parser()
    options = vars(parser.parse_args(own_arguments))
    start = {name: options.pop(name) for name in ("contacts", "seed", "dirty", "api_key", "port", "child")}
    settings = {name: value for name, value in options.items() if value is not None}
    try:
        merge_settings(Settings(), settings)
    except msgspec.ValidationError as error:
        parser.error(str(error))
    if not all(map(find_spec, _EXTRA_MODULES)):
        sys.exit("spott-sandbox: server not installed; run pip install 'tap-spott[sandbox]'")
    sys.exit(_serve(start, settings) if command is None else _run_with_sandbox(start, settings, command, parser))


def _split_command(arguments: Sequence[str]) -> tuple[list[str], list[str] | None]:
    if "--" not in arguments:
        return list(arguments), None
    index = list(arguments).index("--")
    return list(arguments[:index]), list(arguments[index + 1 :])


def _serve(start: dict[str, Any], settings: dict[str, Any]) -> int:
    """Serve in this process until a signal stops it, and return the exit status."""
    from spott_sandbox.dataset import generate_dataset  # noqa: PLC0415 - `-- COMMAND` does not need it
    from spott_sandbox.report import Report  # noqa: PLC0415 - `-- COMMAND` does not need it
    from spott_sandbox.server import exit_with_parent, listen, serve  # noqa: PLC0415 - `-- COMMAND` does not need it
    from spott_sandbox.state import State  # noqa: PLC0415 - `-- COMMAND` does not need it

    if start["child"]:
        exit_with_parent()
    try:
        listener = listen(start["port"])
    except OSError as error:
        sys.stderr.write(f"spott-sandbox: --port {start['port']}: {error.strerror}; choose another port\n")
        return 1
    state = State(generate_dataset(start["contacts"], start["seed"], dirty=start["dirty"]), start["api_key"])
    state.update_settings(settings)
    host, port = listener.getsockname()
    sys.stdout.write(f"http://{host}:{port} key {start['api_key']}\n")
    sys.stdout.flush()
    if start["child"]:
        serve(state, listener)
    else:
        with Report(state):
            serve(state, listener)
    return 0


def _run_with_sandbox(
    start: dict[str, Any], settings: dict[str, Any], command: list[str], parser: argparse.ArgumentParser
) -> int:
    """Run a command with a sandbox and return the command's exit status."""
    if not command:
        parser.error("no command after --")
    data = {name: start[name] for name in ("contacts", "seed", "dirty", "api_key")}
    try:
        with Sandbox(**data, **settings) as sandbox:
            connection = {"API_URL": sandbox.url, "API_KEY": sandbox.api_key}
            variables = {f"{plugin}_{name}": value for plugin in _PLUGINS for name, value in connection.items()}
            return _run(command, variables)
    except SandboxError as error:
        parser.error(str(error))


def _run(command: list[str], variables: dict[str, str]) -> int:
    try:
        process = subprocess.Popen(command, env=os.environ | variables)  # noqa: S603 - the user's own command
    except OSError as error:
        sys.stderr.write(f"spott-sandbox: {command[0]}: {error.strerror}\n")
        return _COMMAND_NOT_FOUND
    for number in _FORWARDED_SIGNALS:
        signal.signal(number, lambda received, _: _forward_signal(process, received))
    status = process.wait()
    return status if status >= 0 else _KILLED - status


def _forward_signal(process: subprocess.Popen[bytes], number: int) -> None:
    # A terminal sends Ctrl-C to every process in the foreground, so the command already has it.
    if number != signal.SIGINT or not sys.stdin.isatty():
        process.send_signal(number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spott-sandbox",
        usage="spott-sandbox [options] [-- COMMAND ...]",
        description="Run a local Spott: the documented API over generated data.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=None,
        allow_abbrev=False,
    )
    _add_start_options(parser.add_argument_group("data and address (fixed at the start)"))
    _add_speed_options(parser.add_argument_group("latency and rate limit"))
    _add_fault_options(parser.add_argument_group("faults"))
    _add_data_options(parser.add_argument_group("mutations and responses"))
    _add_documentation_options(parser.add_argument_group("where the documentation is ambiguous"))
    return parser


def _add_start_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--contacts",
        type=_count,
        default=5000,
        metavar="N",
        help="client contacts to generate, and other records in proportion (default: 5000)",
    )
    add("--seed", type=int, default=1, metavar="N", help="seed of the data: the same seed, the same data (default: 1)")
    add("--dirty", action="store_true", help="add records that violate the documentation")
    add("--port", type=_count, default=8710, metavar="N", help="port on 127.0.0.1; 0: any free one (default: 8710)")
    add("--api-key", default=DEFAULT_KEY, metavar="KEY", help=f"API key that requests need (default: {DEFAULT_KEY})")
    add("--child", action="store_true", help=argparse.SUPPRESS)


def _add_speed_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--latency", type=float, metavar="SECONDS", help="delay of each response (default: 0)")
    add("--jitter", type=float, metavar="SECONDS", help="maximum random delay in addition (default: 0)")
    add("--quota", type=int, metavar="N", help="maximum requests in any 60 seconds, then 429; 0: no limit (default)")
    add("--retry-after", metavar="FORM", help="Retry-After of a 429: seconds (default), date or none")
    add("--ratelimit-headers", action="store_true", default=None, help="send X-RateLimit-* headers")
    add("--no-gzip", dest="gzip", action="store_false", default=None, help="don't compress responses")


def _add_fault_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    kinds = ", ".join(get_args(FaultKind))
    add(
        "--fault",
        dest="faults",
        action=_Pairs,
        type=partial(_pair, float),
        metavar="KIND=RATE",
        help=f"share of requests (0 to 1) with this fault; repeatable. Kinds: {kinds}",
    )
    add(
        "--fault-limit",
        action=_Pairs,
        type=partial(_pair, int),
        metavar="KIND=N",
        help="maximum faults of a kind; repeatable",
    )
    add("--fault-paths", metavar="REGEX", help="paths with faults (default: all of the API)")
    add("--fault-seed", type=int, metavar="N", help="seed of the faults: the same seed, the same faults (default: 0)")
    add("--hang-seconds", type=float, metavar="SECONDS", help="delay of a hang (default: 3600)")
    add("--drip-seconds", type=float, metavar="SECONDS", help="delay after each byte of a drip (default: 1)")
    add("--redirect-to", metavar="URL", help="Location of a redirect")


def _add_data_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--churn", type=float, metavar="RATE", help="chance (0 to 1) that a request changes a record of its list")
    add("--clock-offset", type=float, metavar="SECONDS", help="how far the sandbox's clock is ahead (default: 0)")
    add("--no-date-header", dest="date_header", action="store_false", default=None, help="don't send a Date header")
    add("--order", metavar="ORDER", help="order of lists: watermark (default), newest_first or shuffled")
    add("--forbidden", action="append", metavar="PATH", help="respond with 403 under this path; repeatable")
    add("--absent", action="append", metavar="PATH", help="respond with 404 under this path; repeatable")
    add("--missing", action="append", metavar="ID", help="respond with 404 to this record's detail; repeatable")


def _add_documentation_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--documentation", metavar="VERSION", help="paths and fields of the newer (default) or older documentation")
    add(
        "--candidates-pagination",
        metavar="STYLE",
        help="pagination of GET /candidates: cursor, has_more or page_info (default)",
    )
    add(
        "--no-undocumented-until",
        dest="undocumented_until",
        action="store_false",
        default=None,
        help="ignore modifiedUntil on lists for which only third-party clients send it",
    )
    add(
        "--last-page",
        metavar="FORM",
        help="cursor on the last page, on lists without hasMore: missing, null (default) or empty",
    )
    add(
        "--no-last-cursor",
        dest="last_cursor",
        action="store_false",
        default=None,
        help="send no cursor with hasMore: false",
    )


class _Pairs(argparse.Action):
    """Collects repeated KIND=VALUE options in a dictionary."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - argparse requires the parameter
        namespace: argparse.Namespace,
        values: Any,  # noqa: ANN401 - argparse defines the type
        option_string: str | None = None,  # noqa: ARG002 - argparse requires the parameter
    ) -> None:
        setattr(namespace, self.dest, (getattr(namespace, self.dest) or {}) | dict([values]))


def _pair(number: Callable[[str], float], text: str) -> tuple[str, float]:
    kind, _, value = text.partition("=")
    if kind not in get_args(FaultKind):
        message = f"unknown kind {kind!r}"
        raise argparse.ArgumentTypeError(message)
    try:
        return kind, number(value)
    except ValueError as error:
        message = f"{kind}: {value!r} is not a valid number"
        raise argparse.ArgumentTypeError(message) from error


def _count(text: str) -> int:
    if not text.isdecimal():
        message = f"{text!r} is not a whole number from 0"
        raise argparse.ArgumentTypeError(message)
    return int(text)
