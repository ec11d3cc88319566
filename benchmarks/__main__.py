"""The benchmarks' command line."""

import argparse
import os
from dataclasses import asdict, fields

from benchmarks import chart, report
from benchmarks.contenders import BARE, TAP_SPOTT
from benchmarks.cost import cost
from benchmarks.end_to_end import end_to_end
from benchmarks.environments import prepare
from benchmarks.faults import faults
from benchmarks.personal_data import personal_data
from benchmarks.profile import profile
from benchmarks.reverse_etl import reverse_etl
from benchmarks.suite import PEERS, Sizes, details, growth, speed, speed_on_one_cpu

BENCHMARKS = {
    "speed": speed,
    "speed-on-one-cpu": speed_on_one_cpu,
    "profile": profile,
    "details": details,
    "growth": growth,
    "faults": faults,
    "reverse-etl": reverse_etl,
    "cost": cost,
    "personal-data": personal_data,
    "end-to-end": end_to_end,
}
if not hasattr(os, "sched_setaffinity"):  # only Linux can restrict a process to one CPU
    del BENCHMARKS["speed-on-one-cpu"]
WITHOUT_PEERS = {"profile", "growth", "faults", "reverse-etl", "cost", "personal-data", "end-to-end"}
SMALL = Sizes(
    contacts=5_000,
    detail_contacts=120,
    rate_limits=[1_500, 80],
    timeout=120,
    growth=[1_000, 5_000, 20_000],
    rounds=1,
    cost=[500],
    fault_contacts=200,
    load_contacts=1_000,
    baseline="",
)
FULL = Sizes(
    contacts=50_000,
    detail_contacts=600,
    rate_limits=[1_500, 400],
    timeout=240,
    growth=[5_000, 50_000, 200_000],
    rounds=3,
    cost=[300, 3_000, 20_000],
    fault_contacts=900,
    load_contacts=20_000,
    baseline="",
)


def main() -> None:
    """Run the selected benchmarks and print their tables; with `--full`, also write the tables to README.md."""
    options = _options()
    names = options.only or list(BENCHMARKS)
    for contender in [TAP_SPOTT, *([BARE] if WITHOUT_PEERS.issuperset(names) else PEERS)]:
        prepare(contender)
    given = {field.name: getattr(options, field.name) for field in fields(Sizes)}
    sizes = asdict(FULL if options.full else SMALL) | {name: value for name, value in given.items() if value}
    for name in names:
        text = BENCHMARKS[name](Sizes(**sizes))
        print(f"\n{text}\n", flush=True)
        if options.full:
            report.write(name, text)
    if options.full:
        chart.write()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m benchmarks",
        description="Compare tap-spott with other extractors, all against the sandbox. The first run installs each "
        "contender in benchmarks/.venv.",
        epilog="Default sizes are small and take a few minutes. Sizes in brackets are those of --full, which takes "
        "about an hour.",
    )
    add = parser.add_argument
    add("--full", action="store_true", help="use the sizes of README.md, and replace its tables")
    add("--only", action="append", choices=BENCHMARKS, help="run only this benchmark; may be repeated")
    for field in fields(Sizes):
        small, full = getattr(SMALL, field.name), getattr(FULL, field.name)
        type_, count = (int, "+") if isinstance(small, list) else (type(small), None)
        add(
            f"--{field.name.replace('_', '-')}",
            type=type_,
            nargs=count,
            metavar="REQUIREMENT" if type_ is str else "N",
            help=f"{HELP[field.name]}: {_format_default(small)} [{_format_default(full)}]",
        )
    return parser.parse_args()


def _format_default(default: object) -> str:
    return " ".join(map(str, default)) if isinstance(default, list) else str(default or "none")


HELP = {
    "contacts": "contacts in speed, speed-on-one-cpu, profile and personal-data",
    "detail_contacts": "contacts in details",
    "rate_limits": "requests per minute in details",
    "timeout": "seconds until a run of details is killed",
    "growth": "contacts in growth",
    "rounds": "runs of each contender",
    "cost": "contacts in cost",
    "fault_contacts": "contacts in faults",
    "load_contacts": "contacts in end-to-end",
    "baseline": "requirement of another tap-spott to compare with, such as an earlier commit",
}

if __name__ == "__main__":
    main()
