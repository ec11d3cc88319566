"""The command `spott-sandbox`."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, NoReturn, get_args

import msgspec

from spott_sandbox.process import DEFAULT_KEY, Sandbox, SandboxError
from spott_sandbox.settings import FaultKind, Settings, merge

_EPILOG = """\
examples:
  spott-sandbox --contacts 100000 --quota 600
  spott-sandbox --fault 503=0.05 --fault reset=0.01 --latency 0.2
  spott-sandbox -- tap-spott --test

With a command after --, the sandbox runs on a free port while the command does, which finds
TAP_SPOTT_API_URL and TAP_SPOTT_API_KEY in its environment, and the same for TARGET_SPOTT.
The exit status is the command's.

Every setting can be changed while the sandbox runs: PATCH /_sandbox/settings, with underscores in the names.
"""
_EXTRA = ("starlette", "uvicorn")
_COMMAND_NOT_FOUND = 127
_KILLED = 128
_PLUGINS = ("TAP_SPOTT", "TARGET_SPOTT")
# Windows has no SIGHUP.
_PASSED_ON = [signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command.

    Args:
        arguments: What follows the command's name; None for the arguments of the process.

    Raises:
        SystemExit: Always, with the exit status.
    """
    own, command = _split(sys.argv[1:] if arguments is None else arguments)
    parser = _parser()
    options = vars(parser.parse_args(own))
    start = {name: options.pop(name) for name in ("contacts", "seed", "dirty", "api_key", "port", "child")}
    options = {name: value for name, value in options.items() if value is not None}
    try:
        merge(Settings(), options)
    except msgspec.ValidationError as error:
        parser.error(str(error))
    if not all(map(find_spec, _EXTRA)):
        sys.exit("spott-sandbox: its server is an extra: pip install 'tap-spott[sandbox]'")
    sys.exit(_serve(start, options) if command is None else _run_beside(start, options, command, parser))


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str] | None]:
    if "--" not in arguments:
        return list(arguments), None
    place = list(arguments).index("--")
    return list(arguments[:place]), list(arguments[place + 1 :])


def _serve(start: dict[str, Any], settings: dict[str, Any]) -> int:
    """Serve in this process until it is told to stop."""
    from spott_sandbox.dataset import draw_world  # noqa: PLC0415 - `-- COMMAND` has no use for it
    from spott_sandbox.report import Report  # noqa: PLC0415 - `-- COMMAND` has no use for it
    from spott_sandbox.server import end_with_parent, listen, serve  # noqa: PLC0415 - `-- COMMAND` has no use for it
    from spott_sandbox.state import State  # noqa: PLC0415 - `-- COMMAND` has no use for it

    if start["child"]:
        end_with_parent()
    try:
        listener = listen(start["port"])
    except OSError as error:
        sys.stderr.write(f"spott-sandbox: port {start['port']} cannot be used: {error.strerror}\n")
        return 1
    state = State(draw_world(start["contacts"], start["seed"], dirty=start["dirty"]), start["api_key"])
    state.change_settings(settings)
    host, port = listener.getsockname()
    sys.stdout.write(f"http://{host}:{port} key {start['api_key']}\n")
    sys.stdout.flush()
    if start["child"]:
        serve(state, listener)
    else:
        with Report(state).telling:
            serve(state, listener)
    return 0


def _run_beside(
    start: dict[str, Any], settings: dict[str, Any], command: list[str], parser: argparse.ArgumentParser
) -> int:
    """Run a command beside a sandbox and return its exit status."""
    if not command:
        parser.error("no command after --")
    world = {name: start[name] for name in ("contacts", "seed", "dirty", "api_key")}
    try:
        with Sandbox(**world, **settings) as sandbox:
            address = {"API_URL": sandbox.url, "API_KEY": sandbox.api_key}
            return _run(command, {f"{of}_{name}": value for of in _PLUGINS for name, value in address.items()})
    except SandboxError as error:
        parser.error(str(error))


def _run(command: list[str], environment: dict[str, str]) -> int:
    try:
        process = subprocess.Popen(command, env=os.environ | environment)  # noqa: S603 - the user's own command
    except OSError as error:
        sys.stderr.write(f"spott-sandbox: {command[0]}: {error.strerror}\n")
        return _COMMAND_NOT_FOUND
    for number in _PASSED_ON:
        signal.signal(number, lambda received, _: _pass_on(process, received))
    status = process.wait()
    return status if status >= 0 else _KILLED - status


def _pass_on(process: subprocess.Popen[bytes], number: int) -> None:
    # A terminal sends Ctrl-C to every process in the foreground: the command has it already.
    if number != signal.SIGINT or not sys.stdin.isatty():
        process.send_signal(number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spott-sandbox",
        usage="spott-sandbox [options] [-- COMMAND ...]",
        description="A local Spott: the documented API over generated data.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=None,
        allow_abbrev=False,
    )
    _add_start_options(parser.add_argument_group("data and address (fixed at the start)"))
    _add_speed_options(parser.add_argument_group("speed and quota"))
    _add_fault_options(parser.add_argument_group("faults"))
    _add_data_options(parser.add_argument_group("changes and answers"))
    _add_documentation_options(parser.add_argument_group("where the documentation leaves a choice"))
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
    add("--seed", type=int, default=1, metavar="N", help="the same seed gives the same data (default: 1)")
    add("--dirty", action="store_true", help="add records that break the documentation's word")
    add(
        "--port",
        type=_count,
        default=8710,
        metavar="N",
        help="port on 127.0.0.1; 0: any free one (default: 8710)",
    )
    add("--api-key", default=DEFAULT_KEY, metavar="KEY", help=f"key to ask for (default: {DEFAULT_KEY})")
    add("--child", action="store_true", help=argparse.SUPPRESS)


def _add_speed_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--latency", type=float, metavar="SECONDS", help="wait before each answer (default: 0)")
    add("--jitter", type=float, metavar="SECONDS", help="wait up to so much longer (default: 0)")
    add(
        "--quota",
        type=int,
        metavar="N",
        help="requests in any 60 seconds, above which: 429; 0: no limit (default)",
    )
    add("--retry-after", metavar="FORM", help="Retry-After of a 429: seconds (default), date or none")
    add("--ratelimit-headers", action="store_true", default=None, help="send X-RateLimit-* headers")
    add("--no-gzip", dest="gzip", action="store_false", default=None, help="never compress answers")


def _add_fault_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    kinds = ", ".join(get_args(FaultKind))
    add(
        "--fault",
        dest="faults",
        action=_Pairs,
        type=_rate,
        metavar="KIND=RATE",
        help=f"share of requests (0 to 1) to spoil; may be repeated. Kinds: {kinds}",
    )
    add(
        "--fault-limit",
        action=_Pairs,
        type=_limit,
        metavar="KIND=N",
        help="stop a kind after N requests; may be repeated",
    )
    add("--fault-paths", metavar="REGEX", help="paths to spoil (default: all of the API's)")
    add("--fault-seed", type=int, metavar="N", help="the same seed spoils the same requests (default: 0)")
    add("--hang-seconds", type=float, metavar="SECONDS", help="how long a hang lasts (default: 3600)")
    add("--drip-seconds", type=float, metavar="SECONDS", help="wait after each byte of a drip (default: 1)")
    add("--redirect-to", metavar="URL", help="where a redirect leads")


def _add_data_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--churn", type=float, metavar="RATE", help="chance (0 to 1) that a record of the list changes before an answer"
    )
    add(
        "--clock-offset",
        type=float,
        metavar="SECONDS",
        help="how far the sandbox's clock is ahead (default: 0)",
    )
    add("--no-date-header", dest="date_header", action="store_false", default=None, help="send no Date header")
    add("--order", metavar="ORDER", help="of lists: watermark (default), newest_first or shuffled")
    add("--forbidden", action="append", metavar="PATH", help="answer 403 under this path; may be repeated")
    add("--absent", action="append", metavar="PATH", help="answer 404 under this path; may be repeated")
    add("--missing", action="append", metavar="ID", help="answer 404 for this record's detail; may be repeated")


def _add_documentation_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--documentation", metavar="VERSION", help="newer (default) or older, for paths and fields that differ")
    add(
        "--candidates-family",
        metavar="FAMILY",
        help="how GET /candidates pages: cursor, has_more or page_info (default)",
    )
    add(
        "--no-undocumented-until",
        dest="undocumented_until",
        action="store_false",
        default=None,
        help="ignore modifiedUntil where only others' code shows it",
    )
    add(
        "--last-page",
        metavar="FORM",
        help="the last page's cursor where nothing else tells the end: missing, null (default) or empty",
    )
    add(
        "--no-last-cursor",
        dest="last_cursor",
        action="store_false",
        default=None,
        help="no cursor beside hasMore: false",
    )


class _Pairs(argparse.Action):
    """Collects KIND=VALUE options in a dictionary."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - argparse calls it so
        namespace: argparse.Namespace,
        values: Any,  # noqa: ANN401 - argparse calls it so
        option_string: str | None = None,  # noqa: ARG002 - argparse calls it so
    ) -> None:
        setattr(namespace, self.dest, (getattr(namespace, self.dest) or {}) | dict([values]))


def _pair(text: str, number: Callable[[str], float]) -> tuple[str, float]:
    kind, _, value = text.partition("=")
    if kind not in get_args(FaultKind):
        message = f"unknown kind {kind!r}"
        raise argparse.ArgumentTypeError(message)
    try:
        return kind, number(value)
    except ValueError as error:
        message = f"{value!r} is not a number that fits {kind}"
        raise argparse.ArgumentTypeError(message) from error


def _rate(text: str) -> tuple[str, float]:
    return _pair(text, float)


def _limit(text: str) -> tuple[str, float]:
    return _pair(text, int)


def _count(text: str) -> int:
    if not text.isdecimal():
        message = f"{text!r} is not a whole number from 0"
        raise argparse.ArgumentTypeError(message)
    return int(text)
