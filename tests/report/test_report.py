"""The report of a run: certificates are checked again, words are escaped, the summary block is replaced and nothing else."""

from __future__ import annotations

import html
import json
import sys

import pytest

from wnproof import cli
from wnproof.claims.claim import REGISTRY, select, verify
from wnproof.errors import WnproofError
from wnproof.report.page import figures_of, page
from wnproof.report.summary import BEGIN, END, summary, update
from wnproof.report.verified import read
from wnproof.runs.verification import CERTIFICATES, REPORT, save
from wnproof.verdict import Rigor

SLUGS = ("core/blowup", "core/relu-homog", "shilton-2023/tanh-radius")


@pytest.fixture(scope="module")
def results():
    return verify(*SLUGS)


@pytest.fixture
def folder(results, tmp_path):
    save(tmp_path, results)
    return tmp_path


def test_rows_say_what_was_found(folder):
    select()
    rows = read(folder)
    assert [row.slug for row in rows] == list(SLUGS)
    assert [row.rigor for row in rows] == [Rigor.PROVED, Rigor.PROVED, Rigor.SUPPORTED]
    for row in rows:
        entry = REGISTRY[row.slug]
        assert (row.text, row.source, row.requires) == (entry.text, entry.source, entry.requires)
        assert row.caught == len(row.controls) >= 2
        assert bool(row.certificate) == (row.rigor is Rigor.PROVED)


def test_what_an_engine_computed_has_no_certificate_and_is_certified_only(tmp_path):
    save(tmp_path, verify("dukler-2020/a-posteriori"))
    (row,) = read(tmp_path)
    assert (row.rigor, row.grade, row.certificate) == (Rigor.CERTIFIED, "computed", "")
    assert "not replayed by the checker" in row.reason
    assert "| **all** | 1 | 1 | 3 of 3 |" in summary([row])


def rewritten(folder, **changes):
    written = json.loads((folder / REPORT).read_text())
    written["claims"][0] |= changes
    (folder / REPORT).write_text(json.dumps(written))


def swapped(folder):
    names = sorted((folder / CERTIFICATES).iterdir())
    names[0].write_bytes(names[0].read_bytes().replace(b'"verdict":"proved"', b'"verdict":"refuted"'))


def _proved_by_an_engine(folder):
    """Only what is certified may come without a certificate."""
    rewritten(folder, grade="computed")
    (folder / CERTIFICATES / "core--blowup.json").unlink()


SPOILED = {
    "no run": (lambda f: (f / REPORT).unlink(), "E-IO"),
    "no JSON": (lambda f: (f / REPORT).write_text("{"), "E-VALUE"),
    "no report": (lambda f: (f / REPORT).write_text('{"claims": [{}]}'), "E-VALUE"),
    "a list": (lambda f: (f / REPORT).write_text("[]"), "E-VALUE"),
    "unknown verdict": (lambda f: rewritten(f, verdict="sure"), "E-VALUE"),
    "refuted instead": (lambda f: rewritten(f, verdict="refuted"), "E-CERT-MISMATCH"),
    "proved by an engine": (_proved_by_an_engine, "E-IO"),
    "no certificate": (lambda f: (f / CERTIFICATES / "core--blowup.json").unlink(), "E-IO"),
    "spoiled certificate": (swapped, "E-CERT-INVALID"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_nothing_is_shown_that_does_not_check_out(folder, name):
    spoil, code = SPOILED[name]
    spoil(folder)
    with pytest.raises(WnproofError) as caught:
        read(folder)
    assert caught.value.code.startswith(code[:6]), caught.value


def test_the_page_has_every_word_and_no_foreign_markup(folder):
    rewritten(folder, text="1 < 2 <script>alert(1)</script>")
    (folder / "figures").mkdir()
    (folder / "figures" / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(2)</script></svg>")
    text = page(read(folder), figures_of(folder))
    assert "<script" not in text
    assert "1 &lt; 2 &lt;script&gt;" in text
    assert 'src="data:image/svg+xml;base64,' in text
    assert "http" not in text.replace("http-equiv", ""), "nothing is loaded from elsewhere"
    for row in read(folder):
        for words in (row.slug, row.source, *(name for name, _, _ in row.controls)):
            assert html.escape(words, quote=False).replace("&#34;", '"') in html.escape(html.unescape(text), quote=False)
        assert (f'href="{row.certificate}"' in text) == bool(row.certificate)


def test_without_jinja2_it_says_what_to_install(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(WnproofError, match=r"wnproof\[report\]") as caught:
        page(read(folder))
    assert caught.value.exit_code == 7


def test_the_summary_is_put_between_its_marks(folder, tmp_path):
    rows = read(folder)
    path = tmp_path / "README.md"
    path.write_text(f"# before\n\n{BEGIN}\nold\n{END}\n\nafter\n")
    assert update(path, rows)
    assert path.read_text() == f"# before\n\n{BEGIN}\n{summary(rows)}\n{END}\n\nafter\n"
    assert not update(path, rows)
    controls = sum(len(row.controls) for row in rows)
    assert summary(rows).splitlines()[-1].replace(" ", "") == f"|**all**|3|2|1|{controls}of{controls}|"
    path.write_text(f"{END}\n{BEGIN}\n")
    with pytest.raises(WnproofError, match="no place for the table"):
        update(path, rows)


def test_the_command(folder, capsys):
    assert cli.run(["report", str(folder)]) == 0
    assert (folder / "index.html").read_text().startswith("<!DOCTYPE html>")
    assert cli.run(["report", str(folder), "--table"]) == 0
    assert "| core | 2 | 2 |" in capsys.readouterr().out
    assert cli.run(["report", str(folder / "none")]) == 7
