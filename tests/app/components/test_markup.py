"""Markup and its escaping."""

from app.components.markup import Html, badge, cell_markup, classes, explained, joined, tag
from app.presenters.cells import Cell, Tone


def test_text_is_escaped_and_markup_is_not() -> None:
    inner = tag("b", "<script>")
    assert tag("p", inner, " & ") == "<p><b>&lt;script&gt;</b> &amp; </p>"


def test_attributes_are_escaped_and_named_with_hyphens() -> None:
    assert tag("a", "x", data_help='"><script>') == (
        '<a data-help="&quot;&gt;&lt;script&gt;">x</a>'
    )


def test_line_breaks_do_not_end_the_markup() -> None:
    assert "\n" not in tag("p", "first\n\nsecond")


def test_a_cell_shows_note_bar_and_tone() -> None:
    drawn = cell_markup(Cell("1%", note="of 5%", tone=Tone.WARNING, share=0.2))
    assert '<span class="et-value et-warning">1%</span>' in drawn
    assert "width:20.0%" in drawn
    assert '<span class="et-note">of 5%</span>' in drawn


def test_an_explained_value_can_be_reached_by_keyboard_and_read_aloud() -> None:
    drawn = explained("\N{EN DASH}", "never read")
    assert 'tabindex="0"' in drawn
    assert 'data-help="never read"' in drawn
    assert '<span class="et-hidden"> (never read)</span>' in drawn


def test_a_badge_carries_its_tone() -> None:
    assert badge(Cell("Fresh", tone=Tone.GOOD)).startswith('<span class="et-badge et-good">')


def test_content_is_joined_without_separators() -> None:
    assert joined([Html("<i>a</i>"), "<b>"]) == "<i>a</i>&lt;b&gt;"
    assert classes("a", "", "b") == "a b"
