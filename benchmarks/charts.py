"""Bar charts as SVG, written by hand: readable on light and dark pages, with a logarithmic scale where bars differ much."""

import math
from xml.sax.saxutils import escape

STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 } .title { font-weight: 600 } .note { font-size: 11px; fill: #59636e }
.bar { fill: #8c959f } .own { fill: #0969da } .elsewhere { fill: none; stroke: #8c959f; stroke-dasharray: 3 2 } .line { stroke: #d1d9e0 }
.middle { fill-opacity: .3 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .note { fill: #9198a1 } .bar { fill: #6e7681 } .own { fill: #4493f8 } .elsewhere { stroke: #9198a1 } .line { stroke: #3d444d }
}
</style>"""
WIDTH, LEFT, RIGHT, TOP, ROW, BAR = 720, 160, 120, 48, 24, 15


def shown(value, unit):
    """As in 25 ns, 2.5 µs, 0.31 s."""
    if unit == "ns" and value >= 1000:
        return f"{value / 1000:.3g} µs"
    return f"{digits(value)} {unit}"


def digits(value):
    """Three of them, or as many as there are before the point."""
    return f"{value:.3g}" if value < 999.5 else f"{value:.0f}"


def both(value, middle, unit):
    """As in 25 ns (33), 2.5 µs (2.7)."""
    scale = 1000 if unit == "ns" and value >= 1000 else 1
    return shown(value, unit) + (f" ({digits(middle / scale)})" if middle else "")


def chart(title, note, rows, unit, logarithmic):
    """`rows` are (label, value, middle, kind) with kind "own", "bar" or "elsewhere": a bar as long as `value`, a paler one behind it as long
    as `middle` where that is known. A label alone, with value None, is a heading."""
    values = [each for _, value, middle, _ in rows for each in (value, middle) if each]
    room = WIDTH - LEFT - RIGHT
    most = max(values)
    least = 10 ** math.floor(math.log10(min(values))) if logarithmic else 0

    def length(value):
        if logarithmic:
            return max(2, room * math.log10(max(value, least) / least) / math.log10(most / least)) if most > least else room
        return max(2, room * value / most)

    tops, y = [], TOP
    for index, (_, value, _, _) in enumerate(rows):
        y += 8 if value is None and index else 0  # before a heading
        tops.append(y)
        y += ROW
    bottom = y + 4
    height = bottom + (18 if logarithmic else 6)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img" '
             f'aria-label="{escape(title)}">', STYLE,
             f'<text class="title" x="8" y="20">{escape(title)}</text>', f'<text class="note" x="8" y="37">{escape(note)}</text>']
    if logarithmic:
        for power in range(int(math.log10(least)), math.floor(math.log10(most)) + 1):
            x = LEFT + (length(10 ** power) if 10 ** power > least else 0)
            parts.append(f'<line class="line" x1="{x:.0f}" y1="{TOP}" x2="{x:.0f}" y2="{bottom}"/>')
            parts.append(f'<text class="note" x="{x:.0f}" y="{bottom + 13}" text-anchor="middle">{shown(10 ** power, unit)}</text>')
    for (label, value, middle, kind), top in zip(rows, tops):
        centre = top + ROW / 2
        if value is None:
            parts.append(f'<text class="title" x="8" y="{centre + 5:.0f}">{escape(label)}</text>')
            continue
        parts.append(f'<text x="{LEFT - 8}" y="{centre + 4:.0f}" text-anchor="end">{escape(label)}</text>')
        if middle:
            parts.append(f'<rect class="{kind} middle" x="{LEFT}" y="{centre - BAR / 2:.1f}" width="{length(middle):.1f}" height="{BAR}" rx="2"/>')
        parts.append(f'<rect class="{kind}" x="{LEFT}" y="{centre - BAR / 2:.1f}" width="{length(value):.1f}" height="{BAR}" rx="2"/>')
        end = LEFT + length(max(value, middle or 0)) + 6
        parts.append(f'<text x="{end:.0f}" y="{centre + 4:.0f}">{both(value, middle, unit)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
