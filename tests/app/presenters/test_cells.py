"""Single shown values."""

from app.presenters.cells import DASH, Tone, tone_of, unknown


def test_an_unknown_value_is_a_dash_with_its_reason() -> None:
    cell = unknown("paper was never read")
    assert (cell.text, cell.help, cell.tone) == (DASH, "paper was never read", Tone.MUTED)


def test_an_unknown_value_without_a_reason_still_explains_itself() -> None:
    assert unknown(None).help == "not known yet"


def test_a_gain_is_good_and_a_loss_is_bad() -> None:
    tones = [tone_of(value) for value in (1.0, -1.0, 0.0, None)]
    assert tones == [Tone.GOOD, Tone.BAD, Tone.PLAIN, Tone.PLAIN]
