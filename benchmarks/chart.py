"""Draw the benchmark chart from the table *Speed* in benchmarks/README.md: `python3 -m benchmarks.chart`."""

import re
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.report import README

CHART = README.parents[1] / "docs/images/benchmark.svg"
WIDTH, ROW, BAR = 720, 30, 18
"""Pixels: the picture's width, the distance from one bar to the next, and a bar's height."""
TOP, LEFT, LONGEST = 58, 190, 440
"""Pixels: the space above the first bar, the space left of the bars, and the longest bar's width."""

# The picture has its own background: a page can be dark although the browser prefers light.
STYLE = """\
text { font: 14px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
.background { fill: #ffffff; stroke: #d1d9e0 }
.title { font-weight: 600; font-size: 15px }
.note { fill: #59636e; font-size: 12px }
.bar { fill: #818b98 }
.own { fill: #0969da }
.own-name { font-weight: 600 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.background { fill: #0d1117; stroke: #3d444d }
.note { fill: #9198a1 }
.bar { fill: #656c76 }
.own { fill: #4493f8 }
}"""


def chart() -> str:
    """Return the chart as SVG: one bar per contender, proportional to its seconds."""
    contacts, rows = _figures(README.read_text("utf-8"))
    slowest = max(seconds for _, seconds in rows)
    figures = "; ".join(f"{name} {seconds:.1f}" for name, seconds in rows)
    height = TOP + ROW * len(rows) + 10
    bars = "\n".join(
        _bar(name, seconds, seconds / slowest * LONGEST, TOP + ROW * at) for at, (name, seconds) in enumerate(rows)
    )
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img">
<title>Seconds to read {contacts} contacts: {escape(figures)}</title>
<style>
{STYLE}
</style>
<rect class="background" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6"/>
<text class="title" x="16" y="25">Seconds to read {contacts} contacts (less is better)</text>
<text class="note" x="16" y="43">The server responds at once; medians of whole processes.</text>
{bars}
</svg>
"""


def _figures(text: str) -> tuple[str, list[tuple[str, float]]]:
    """Return the number of contacts, and the seconds of each contender with a valid run, but not of the baseline."""
    table = text.partition("<!-- speed -->\n")[2].partition("<!-- end -->")[0]
    rows = re.findall(r"^\| (?!tap-spott \d)([^|]+?) \| (\d+\.\d+) \|", table, re.MULTILINE)
    return table.split(" contacts.")[0], [(name, float(seconds)) for name, seconds in rows]


def _bar(name: str, seconds: float, width: float, y: int) -> str:
    own, baseline = name == "tap-spott", y + BAR - 4
    return f"""\
<text class="{"own-name" if own else "name"}" x="{LEFT - 12}" y="{baseline}" text-anchor="end">{escape(name)}</text>
<rect class="bar{" own" if own else ""}" x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2"/>
<text x="{LEFT + width + 8:.1f}" y="{baseline}">{seconds:.1f}</text>"""


def write(path: Path = CHART) -> None:
    """Write the chart to its file."""
    path.write_text(chart(), "utf-8")


if __name__ == "__main__":
    write()
