"""A report as one page that needs nothing else: the table of claims, and for each its words, scope, controls, certificate."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path

from wnproof import __version__
from wnproof.errors import WnproofError
from wnproof.report.verified import Row, by_paper

FIGURES = "figures"
_TEMPLATE = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>wnproof: {{ rows|length }} claims</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
  table { border-collapse: collapse; width: 100%; }
  td, th { text-align: left; padding: .15rem .6rem .15rem 0; vertical-align: top; }
  tr + tr { border-top: 1px solid #eee; } pre { white-space: pre-wrap; font: inherit; } img { max-width: 100%; }
  .proved { color: #0a6e31; } .certified { color: #0b5c8a; } .supported { color: #7a5b00; }
  .undecided { color: #777; } .refuted, .missed { color: #b00020; } section { margin: 2.5rem 0; } dt { font-weight: 600; }
</style>
<h1>{{ rows|length }} claims, {{ controls }} controls</h1>
<p>wnproof {{ version }}. Every <span class="proved">proved</span>, <span class="certified">certified</span> and
<span class="refuted">refuted</span> on this page was read from its certificate by the checker when the page was made;
<span class="supported">supported</span> claims rest on seeded runs and promise nothing.</p>
<table>
<tr><th>claim<th>verdict<th>controls caught<th>in one line
{% for paper, own in papers.items() %}{% for row in own %}
<tr><td><a href="#{{ row.slug }}">{{ row.slug }}</a><td class="{{ row.rigor.value }}">{{ row.rigor.value }}
<td>{{ row.caught }}/{{ row.controls|length }}<td>{{ row.title }}
{% endfor %}{% endfor %}
</table>
{% for row in rows %}
<section id="{{ row.slug }}">
<h2>{{ row.slug }}</h2>
<pre>{{ row.text }}</pre>
<dl>
<dt>verdict<dd class="{{ row.rigor.value }}">{{ row.rigor.value }}{% if row.grade %} ({{ row.grade }}){% endif %}
{%- if row.certificate %}: <a href="{{ row.certificate }}">certificate</a>{% endif %}
{% if row.rigor != row.requires %}<dt>required<dd>{{ row.requires.value }}{% endif %}
{% if row.scope %}<dt>scope<dd>{{ row.scope }}{% endif %}
{% if row.reason %}<dt>reason<dd>{{ row.reason }}{% endif %}
<dt>source<dd>{{ row.source }}
<dt>controls<dd><ul>
{% for name, verdict, caught in row.controls %}
<li{% if not caught %} class="missed"{% endif %}>{{ name }}: {{ verdict }}{% if not caught %}, not caught{% endif %}
{% endfor %}</ul>
</dl>
</section>
{% endfor %}
{% for name, data in figures.items() %}<figure><img alt="{{ name }}" src="data:image/svg+xml;base64,{{ data }}">
<figcaption>{{ name }}</figcaption></figure>
{% endfor %}
</html>
"""


def page(rows: Sequence[Row], figures: Mapping[str, bytes] | None = None) -> str:
    """The page; figures are SVG files by name, shown as pictures, so that nothing in them runs.

    Raises: WnproofError E-MISSING where Jinja2 is not installed.

    >>> from wnproof.verdict import Rigor
    >>> row = Row("core/one", "1 < 2.", "derived", Rigor.PROVED, Rigor.PROVED, "", "", "", (), "certificates/core--one.json")
    >>> "1 &lt; 2." in page([row])
    True
    """
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError:
        raise WnproofError("E-MISSING", "the page is made by Jinja2", help="pip install 'wnproof[report]'") from None
    template = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(_TEMPLATE)
    return template.render(
        rows=rows,
        papers=by_paper(rows),
        controls=sum(len(row.controls) for row in rows),
        version=__version__,
        figures={name: b64encode(data).decode() for name, data in (figures or {}).items()},
    )


def figures_of(folder: Path) -> dict[str, bytes]:
    """The SVG files in the folder's ``figures``, by name."""
    return {path.stem: path.read_bytes() for path in sorted((folder / FIGURES).glob("*.svg"))}
