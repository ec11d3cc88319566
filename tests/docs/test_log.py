"""A run logs what the documents show."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.support.documents import ROOT, marked
from tests.support.logs import metrics
from tests.support.tap import clean_environment


def test_a_run_logs_what_the_page_shows() -> None:
    page = ROOT / "docs/operations.md"
    command = re.search(r"`(spott-sandbox[^`]+) > output\.jsonl`", page.read_text())
    assert command
    bin_ = Path(sys.executable).parent
    program, *arguments = shlex.split(command[1])
    run = subprocess.run(
        [bin_ / program, *arguments],
        env={**clean_environment(), "PATH": str(bin_)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    (example,) = metrics(marked(page, "metric"))
    (logged_metric,) = [each for each in metrics(run.stderr) if each["tags"]["stream"] == example["tags"]["stream"]]
    unequal = {"bookmark", "throttled_seconds"}
    assert logged_metric["tags"].keys() == example["tags"].keys()
    assert logged_metric["tags"] | dict.fromkeys(unequal) == example["tags"] | dict.fromkeys(unequal)
    assert {**logged_metric, "value": 0, "tags": 0} == {**example, "value": 0, "tags": 0}
    lines = [line.split(" | ", 3) for line in run.stderr.splitlines()]
    logged = [message for _, _, logger, message in lines if logger.strip() == "tap-spott"]
    assert set(map(without_numbers, marked(page, "log").strip("`\n").splitlines())) <= set(map(without_numbers, logged))


def without_numbers(line: str) -> str:
    """Return a line without numbers, times and the width of columns, which differ between two runs."""
    return re.sub(r"\d[\d,.:TZ-]*", "0", re.sub(r" +", " ", re.sub(r"\d+ min ", "", line)))
