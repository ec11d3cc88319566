"""The benchmarks: which contenders run against which sandbox, and what of it the tables say."""

import heapq
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
from benchmarks.report import provenance, table
from benchmarks.runs import Run, run
from benchmarks.sandbox import sandbox

PAGE = 50
MINUTE = 60.0
MEGABYTE = 1e6
LATENCY = 0.18
IN_FLIGHT = 8

EVERYBODY = (TAP_SPOTT, PLAIN_SDK, AIRBYTE, DLT_RUN, DLT_EXTRACT, BARE)
WITH_DETAILS = (TAP_SPOTT, PLAIN_SDK, AIRBYTE, DLT_RUN)


@dataclass(frozen=True)
class Sizes:
    """How much is read.

    Attributes:
        contacts: In benchmark 1.
        people: Contacts whose details are read too, in benchmark 2.
        quotas: Requests a minute, in benchmark 2.
        limit: Seconds after which a run of benchmark 2 is stopped.
        growth: Contacts, in benchmark 3.
        rounds: How often each contender runs.
        cost: Contacts, in benchmark 6.
    """

    contacts: int
    people: int
    quotas: list[int]
    limit: float
    growth: list[int]
    rounds: int
    cost: list[int]


def speed(sizes: Sizes) -> str:
    """Benchmarks 1 and 4: contacts from a server that answers at once."""
    expected = {CONTACTS: sizes.contacts}
    with sandbox(sizes.contacts) as server:
        run(BARE, server, expected)  # the sandbox spells each record the first time it is asked for
        runs = _in_turn(EVERYBODY, sizes.rounds, lambda contender: run(contender, server, expected))
    header = ["", "seconds", "÷ bare loop", "plain SDK ÷", "CPU s per million", "peak MB", "writes"]
    rows = [
        [
            contender.name,
            _fault(own) or _seconds(own),
            _ratio(own, runs[BARE]),
            _ratio(runs[PLAIN_SDK], own),
            _median(own, lambda one: one.cpu / sizes.contacts * 1e6, ".0f"),
            _megabytes(own),
            contender.writes,
        ]
        for contender, own in runs.items()
    ]
    return f"{sizes.contacts:,} contacts. {provenance(EVERYBODY, sizes.rounds)}\n\n{table(header, rows)}"


def details(sizes: Sizes) -> str:
    """Benchmark 2: contacts and their details, from a server that takes its time and has a quota."""
    return "\n\n".join([provenance(WITH_DETAILS, sizes.rounds), *(_under(quota, sizes) for quota in sizes.quotas)])


def growth(sizes: Sizes) -> str:
    """Benchmark 3: tap-spott, contacts only, from few to many."""
    own = {contacts: _alone(contacts, sizes.rounds) for contacts in sizes.growth}
    seconds = {contacts: statistics.median(one.seconds for one in runs) for contacts, runs in own.items()}
    rows, before = [], 0
    for contacts, runs in own.items():
        more = (seconds[contacts] - seconds[before]) / (contacts - before) * 10_000 if before else None
        rows.append([f"{contacts:,}", _fault(runs) or _seconds(runs), f"{more:.2f}" if more else "", _megabytes(runs)])
        before = contacts
    header = ["contacts", "seconds", "seconds for each 10,000 more", "peak MB"]
    return f"{provenance([TAP_SPOTT], sizes.rounds)}\n\n{table(header, rows)}"


def ideal(requests: int, quota: int, in_flight: int = IN_FLIGHT, latency: float = LATENCY) -> float:
    """Return the seconds that requests take when no slot is ever idle but for the quota, in any 60 seconds."""
    slots, starts = [0.0] * in_flight, list[float]()
    for number in range(requests):
        earliest = starts[number - quota] + MINUTE if number >= quota else 0.0
        starts.append(max(heapq.heappop(slots), earliest))
        heapq.heappush(slots, starts[-1] + latency)
    return max(slots)


def _under(quota: int, sizes: Sizes) -> str:
    def once(contender: Contender) -> Run:
        # A sandbox of its own, because what an earlier run asked for counts against the quota for a minute.
        with sandbox(sizes.people, latency=LATENCY, quota=quota) as server:
            expected = {CONTACTS: sizes.people, DETAILS: server.candidates()}
            needed.append(-(-sizes.people // PAGE) + expected[DETAILS])
            return run(contender, server, expected, quota=quota, concurrency=IN_FLIGHT, limit=sizes.limit)

    needed: list[int] = []
    runs = _in_turn(WITH_DETAILS, sizes.rounds, once)
    best = ideal(needed[0], quota)
    rows = [["the ideal", f"{best:.2f}", "1.00", str(needed[0]), "0"]]
    for contender, own in runs.items():
        ratio = _median(own, lambda one: one.seconds / best, ".2f")
        # Counts say something of void runs too.
        asked = [
            f"{statistics.median(counts):.0f}"
            for counts in zip(*((one.requests, one.refused) for one in own), strict=True)
        ]
        rows.append([contender.name, _fault(own) or _seconds(own), ratio, *asked])
    title = f"{sizes.people:,} contacts and their details at {LATENCY * 1000:.0f} ms, {quota:,} requests a minute:"
    return title + "\n\n" + table(["", "seconds", "÷ ideal", "requests", "429s"], rows)


def _alone(contacts: int, rounds: int) -> list[Run]:
    expected = {CONTACTS: contacts}
    with sandbox(contacts) as server:
        run(BARE, server, expected)
        return _in_turn([TAP_SPOTT], rounds, lambda contender: run(contender, server, expected))[TAP_SPOTT]


def _in_turn(
    contenders: Sequence[Contender], rounds: int, once: Callable[[Contender], Run]
) -> dict[Contender, list[Run]]:
    """Let each contender run once, then each once more, so that a busy minute of the machine hits all."""
    runs: dict[Contender, list[Run]] = {contender: [] for contender in contenders}
    for _ in range(rounds):
        for contender, own in runs.items():
            own.append(one := once(contender))
            print(f"{contender.name}: {one.seconds:.2f} s, {one.memory / MEGABYTE:.0f} MB {one.fault}", flush=True)
    return runs


def _fault(runs: Sequence[Run]) -> str:
    """Return why the figures are void, if they are."""
    return next((f"void: {one.fault}" for one in runs if one.fault), "")


def _seconds(runs: Sequence[Run]) -> str:
    return _median(runs, lambda one: one.seconds, ".2f")


def _megabytes(runs: Sequence[Run]) -> str:
    return _median(runs, lambda one: one.memory / MEGABYTE, ".0f")


def _median(runs: Sequence[Run], figure: Callable[[Run], float], spelling: str) -> str:
    return "" if _fault(runs) else format(statistics.median(map(figure, runs)), spelling)


def _ratio(runs: Sequence[Run], others: Sequence[Run]) -> str:
    """Return how much longer runs took than others in the same round."""
    if _fault(runs) or _fault(others):
        return ""
    ratios = [one.seconds / other.seconds for one, other in zip(runs, others, strict=True)]
    return format(statistics.median(ratios), ".2f")
