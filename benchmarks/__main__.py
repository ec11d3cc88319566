"""The command line."""

import argparse
from dataclasses import asdict, fields

from benchmarks import chart, report
from benchmarks.contenders import BARE, TAP_SPOTT
from benchmarks.cost import cost
from benchmarks.environments import prepare
from benchmarks.reverse_etl import reverse_etl
from benchmarks.suite import EVERYBODY, Sizes, details, growth, speed

BENCHMARKS = {"speed": speed, "details": details, "growth": growth, "reverse-etl": reverse_etl, "cost": cost}
ALONE = {"growth", "reverse-etl", "cost"}
SMALL = Sizes(
    contacts=5_000, people=120, quotas=[1_500, 80], limit=120, growth=[1_000, 5_000, 20_000], rounds=1, cost=[500]
)
FULL = Sizes(
    contacts=50_000,
    people=600,
    quotas=[1_500, 400],
    limit=240,
    growth=[5_000, 50_000, 200_000],
    rounds=3,
    cost=[1_000, 5_000, 20_000],
)


def main() -> None:
    """Run the benchmarks that are asked for, and print their tables."""
    options = _options()
    names = options.only or list(BENCHMARKS)
    for contender in [TAP_SPOTT, BARE] if ALONE.issuperset(names) else EVERYBODY:
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
        description="Measure tap-spott beside its peers, against the sandbox. The first time, each contender is "
        "installed in benchmarks/.venv.",
        epilog="Defaults are small, to try it out in some minutes; those of --full, which takes about an hour, are in "
        "brackets.",
    )
    add = parser.add_argument
    add("--full", action="store_true", help="the sizes of README.md, whose tables are replaced")
    add("--only", action="append", choices=BENCHMARKS, help="this benchmark only; may be repeated")
    for field in fields(Sizes):
        small, full = getattr(SMALL, field.name), getattr(FULL, field.name)
        kind, count = (int, "+") if isinstance(small, list) else (type(small), None)
        add(
            f"--{field.name}",
            type=kind,
            nargs=count,
            metavar="N",
            help=f"{HELP[field.name]}: {_spelled(small)} [{_spelled(full)}]",
        )
    return parser.parse_args()


def _spelled(default: object) -> str:
    return " ".join(map(str, default)) if isinstance(default, list) else str(default)


HELP = {
    "contacts": "contacts in speed",
    "people": "contacts whose details are read too in details",
    "quotas": "requests a minute in details",
    "limit": "seconds after which a run of details is stopped",
    "growth": "contacts in growth",
    "rounds": "how often each contender runs",
    "cost": "contacts in cost",
}

if __name__ == "__main__":
    main()
