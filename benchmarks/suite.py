"""The benchmarks speed, speed-on-one-cpu, details and growth."""

import heapq
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from benchmarks.contenders import (
    AIRBYTE,
    BARE,
    CONTACTS,
    DETAILS,
    DLT_EXTRACT,
    DLT_RUN,
    PLAIN_SDK,
    TAP_SPOTT,
    Contender,
)
from benchmarks.environments import prepare, version
from benchmarks.report import describe_environment, format_table
from benchmarks.runs import Run, run
from benchmarks.sandbox import sandbox

PAGE = 50
MINUTE = 60.0
MEGABYTE = 1e6
LATENCY = 0.18
CONCURRENCY = 8

PEERS = (PLAIN_SDK, AIRBYTE, DLT_RUN, DLT_EXTRACT, BARE)
PEERS_WITH_DETAILS = (PLAIN_SDK, AIRBYTE, DLT_RUN)


@dataclass(frozen=True)
class Sizes:
    """Sizes of the benchmarks.

    Attributes:
        contacts: Contacts in speed, speed-on-one-cpu, profile and personal-data.
        detail_contacts: Contacts in details.
        rate_limits: Requests per minute in details.
        timeout: Seconds until a run of details is killed.
        growth: Contacts in growth.
        rounds: Runs of each contender.
        cost: Contacts in cost.
        fault_contacts: Contacts in faults.
        load_contacts: Contacts in end-to-end.
        baseline: Requirement of another tap-spott to compare with, such as an earlier commit; empty: none.
    """

    contacts: int
    detail_contacts: int
    rate_limits: list[int]
    timeout: float
    growth: list[int]
    rounds: int
    cost: list[int]
    fault_contacts: int
    load_contacts: int
    baseline: str


def taps(sizes: Sizes) -> list[Contender]:
    """Return this tap-spott, and the baseline, named by its version, if there is one."""
    if not sizes.baseline:
        return [TAP_SPOTT]
    baseline = replace(TAP_SPOTT, environment="baseline", requirements=(sizes.baseline,))
    prepare(baseline)
    return [TAP_SPOTT, replace(baseline, name=version(baseline))]


def row_name(measured: str, tap: Contender) -> str:
    """Return the name of a row in a table of tap-spott alone: the baseline's rows show its version, too."""
    return measured if tap == TAP_SPOTT else f"{measured}, {tap.name}"


def speed(sizes: Sizes, *, one_cpu: bool = False) -> str:
    """Return the table of all contenders reading contacts from a sandbox without latency."""
    contenders, expected = [*taps(sizes), *PEERS], {CONTACTS: sizes.contacts}
    with sandbox(sizes.contacts) as server:
        run(BARE, server, expected)  # the sandbox encodes each record on its first request
        results = run_rounds(
            contenders, sizes.rounds, lambda contender: run(contender, server, expected, one_cpu=one_cpu)
        )
    header = ["contender", "seconds", "÷ bare loop", "plain SDK ÷", "CPU s per million", "peak MB", "output"]
    rows = [
        [
            contender.name,
            why_invalid(runs) or _seconds(runs),
            _ratio(runs, results[BARE]),
            _ratio(results[PLAIN_SDK], runs),
            _median(runs, lambda one: one.cpu / sizes.contacts * 1e6, ".0f"),
            _megabytes(runs),
            contender.output_format,
        ]
        for contender, runs in results.items()
    ]
    title = f"{sizes.contacts:,} contacts. {describe_environment(contenders, sizes.rounds)}"
    return f"{title}\n\n{format_table(header, rows)}"


def speed_on_one_cpu(sizes: Sizes) -> str:
    """Return the same table, with each contender on one CPU; Linux only."""
    return speed(sizes, one_cpu=True)


def details(sizes: Sizes) -> str:
    """Return the tables of contacts and their details, from a sandbox with latency and a rate limit."""
    contenders = [*taps(sizes), *PEERS_WITH_DETAILS]
    tables = [_details_at(rate_limit, contenders, sizes) for rate_limit in sizes.rate_limits]
    return "\n\n".join([describe_environment(contenders, sizes.rounds), *tables])


def growth(sizes: Sizes) -> str:
    """Return the table of tap-spott reading more and more contacts."""
    contenders = taps(sizes)
    results = {contacts: _read_contacts(contacts, contenders, sizes.rounds) for contacts in sizes.growth}
    rows, before = [], 0
    for contacts, by_tap in results.items():
        for tap, runs in by_tap.items():
            slope = f"{_slope(results[before][tap], runs, contacts - before):.2f}" if before else ""
            name = row_name(f"{contacts:,}", tap)
            rows.append([name, why_invalid(runs) or _seconds(runs), slope, _megabytes(runs)])
        before = contacts
    header = ["contacts", "seconds", "seconds per 10,000 more", "peak MB"]
    return f"{describe_environment(contenders, sizes.rounds)}\n\n{format_table(header, rows)}"


def ideal_seconds(requests: int, rate_limit: int, concurrency: int = CONCURRENCY, latency: float = LATENCY) -> float:
    """Return the shortest time for a number of requests.

    A new request starts as soon as one ends, unless that would exceed the rate limit in any 60 seconds.
    """
    slots, starts = [0.0] * concurrency, list[float]()
    for number in range(requests):
        earliest = starts[number - rate_limit] + MINUTE if number >= rate_limit else 0.0
        starts.append(max(heapq.heappop(slots), earliest))
        heapq.heappush(slots, starts[-1] + latency)
    return max(slots)


def _details_at(rate_limit: int, contenders: Sequence[Contender], sizes: Sizes) -> str:
    contacts = sizes.detail_contacts

    def run_once(contender: Contender) -> Run:
        # A sandbox per run, because the requests of an earlier run would count against the rate limit for a minute.
        with sandbox(contacts, latency=LATENCY, rate_limit=rate_limit) as server:
            expected = {CONTACTS: contacts, DETAILS: server.candidate_count()}
            requests.append(-(-contacts // PAGE) + expected[DETAILS])
            return run(
                contender, server, expected, rate_limit=rate_limit, concurrency=CONCURRENCY, timeout=sizes.timeout
            )

    requests: list[int] = []
    results = run_rounds(contenders, sizes.rounds, run_once)
    ideal = ideal_seconds(requests[0], rate_limit)
    rows = [["ideal", f"{ideal:.2f}", "1.00", str(requests[0]), "0"]]
    for contender, runs in results.items():
        ratio = _median(runs, lambda one: one.seconds / ideal, ".2f")
        # Invalid runs show their counts, too.
        counts = [
            f"{statistics.median(values):.0f}"
            for values in zip(*((one.requests, one.rate_limited) for one in runs), strict=True)
        ]
        rows.append([contender.name, why_invalid(runs) or _seconds(runs), ratio, *counts])
    title = f"{contacts:,} contacts, latency {LATENCY * 1000:.0f} ms, {rate_limit:,} requests per minute:"
    return title + "\n\n" + format_table(["contender", "seconds", "÷ ideal", "requests", "429s"], rows)


def _read_contacts(contacts: int, contenders: Sequence[Contender], rounds: int) -> dict[Contender, list[Run]]:
    expected = {CONTACTS: contacts}
    with sandbox(contacts) as server:
        run(BARE, server, expected)
        return run_rounds(contenders, rounds, lambda contender: run(contender, server, expected))


def _slope(before: Sequence[Run], runs: Sequence[Run], more: int) -> float:
    """Return the seconds that 10,000 more contacts take."""
    seconds, seconds_before = (statistics.median(one.seconds for one in each) for each in (runs, before))
    return (seconds - seconds_before) / more * 10_000


def run_rounds(
    contenders: Sequence[Contender], rounds: int, run_once: Callable[[Contender], Run]
) -> dict[Contender, list[Run]]:
    """Run every contender once per round, so that a busy machine affects all of them."""
    results: dict[Contender, list[Run]] = {contender: [] for contender in contenders}
    for _ in range(rounds):
        for contender, runs in results.items():
            runs.append(one := run_once(contender))
            print(f"{contender.name}: {one.seconds:.2f} s, {one.memory / MEGABYTE:.0f} MB {one.failure}", flush=True)
    return results


def why_invalid(runs: Sequence[Run]) -> str:
    """Return why the runs are invalid; empty if all are valid."""
    return next((f"invalid: {one.failure}" for one in runs if one.failure), "")


def _seconds(runs: Sequence[Run]) -> str:
    return _median(runs, lambda one: one.seconds, ".2f")


def _megabytes(runs: Sequence[Run]) -> str:
    return _median(runs, lambda one: one.memory / MEGABYTE, ".0f")


def _median(runs: Sequence[Run], measurement: Callable[[Run], float], spec: str) -> str:
    return "" if why_invalid(runs) else format(statistics.median(map(measurement, runs)), spec)


def _ratio(runs: Sequence[Run], others: Sequence[Run]) -> str:
    """Return the median ratio of the runs' times to those of others in the same round."""
    if why_invalid(runs) or why_invalid(others):
        return ""
    ratios = [one.seconds / other.seconds for one, other in zip(runs, others, strict=True)]
    return format(statistics.median(ratios), ".2f")
