"""Breakers as a file, from a file, and from a preset; always with what changes."""

from collections.abc import Sequence

import streamlit as st
import tomli_w

from app import runtime
from app.components.breaker_editor import review_edit
from app.components.confirm_change import open_change
from app.components.literal_text import literally
from app.components.rule_preview import drilled
from app.page_frame import error_boundary
from app.presenters.rule_outlook import would_act_now
from app.presenters.rule_titles import told_rule_error
from app.uploaded_text import uploaded_text
from etrms_core.breakers.presets import PRESETS
from etrms_core.breakers.rule_document import parse_rules_json, parse_rules_toml, rule_mappings
from etrms_core.breakers.rules import BreakerRule, rule_warnings
from etrms_core.engine.changes import EditRules, replacing_all
from etrms_core.errors import ConfigurationError

ADD = "Add them; those of the same name are replaced"
REPLACE = "Replace all breakers that exist"
MODES = (ADD, REPLACE)
MOST_WARNINGS = 5
# MB, the least that the field knows; what is read is bounded far below it.
LARGEST_UPLOAD = 1


def breaker_transfer() -> None:
    """Draw the presets, the upload and the download."""
    left, right = st.columns(2)
    with left:
        _presets()
    with right:
        _files()


def rules_toml(rules: Sequence[BreakerRule]) -> str:
    """Write breakers as a file that can be imported again."""
    return tomli_w.dumps({"breakers": rule_mappings(rules)})


def _presets() -> None:
    with st.form("breaker_preset", border=True):
        name = st.selectbox(
            "Begin with a preset",
            list(PRESETS),
            index=list(PRESETS).index("balanced"),
            format_func=lambda each: each.replace("_", " ").capitalize(),
            key="preset_name",
        )
        for each in PRESETS.values():
            st.markdown(f"**{each.name.replace('_', ' ').capitalize()}**: {each.description}")
        mode = st.radio("How", MODES, key="preset_mode")
        is_sent = st.form_submit_button("Preview the preset", key="preview_preset")
    if is_sent:
        _review(PRESETS[name].rules, mode)


def _files() -> None:
    rules = runtime.desk().breakers.all()
    with st.form("breaker_import", border=True):
        file = st.file_uploader(
            "Import breakers from a TOML or JSON file",
            type=["toml", "json"],
            key="breaker_file",
            max_upload_size=LARGEST_UPLOAD,
        )
        mode = st.radio("How", MODES, key="import_mode")
        is_sent = st.form_submit_button("Preview the file", key="preview_file")
    if is_sent and file is None:
        st.warning("Choose a file first.")
    elif is_sent and file is not None:
        found = _read(file.getvalue(), is_json=file.name.lower().endswith(".json"))
        if found:
            _review(found, mode)
    st.download_button(
        "Export as TOML",
        lambda: rules_toml(rules),
        file_name="breakers.toml",
        mime="application/toml",
        on_click="ignore",
        icon=":material/download:",
        disabled=not rules,
        key="export_breakers",
    )


def _read(content: bytes, *, is_json: bool) -> tuple[BreakerRule, ...]:
    try:
        text = uploaded_text(content, is_json=is_json)
        found = parse_rules_json(text) if is_json else parse_rules_toml(text)
    except ConfigurationError as error:
        st.error(f"Nothing is changed. {literally(told_rule_error(error))}")
        return ()
    if not found:
        st.error(
            "Nothing is changed. The file holds no breaker: each begins with \\[\\[breakers\\]\\]."
        )
    return found


def import_change(
    existing: Sequence[BreakerRule], rules: Sequence[BreakerRule], mode: str
) -> EditRules:
    """Return the change that takes rules over: beside those that exist, or in their place."""
    if mode == REPLACE:
        return replacing_all(existing, rules)
    known = {rule.rule_id: rule for rule in existing}
    return EditRules(
        tuple((rule.rule_id, rule) for rule in rules if known.get(rule.rule_id) != rule)
    )


def _review(rules: Sequence[BreakerRule], mode: str) -> None:
    open_change()
    import_dialog(tuple(rules), mode)


@st.dialog("Take breakers over", width="large", icon=":material/electric_bolt:")
def import_dialog(rules: tuple[BreakerRule, ...], mode: str) -> None:
    """Show what changes in a dialog."""
    with error_boundary("The change"):
        review_import(rules, mode)


def review_import(rules: Sequence[BreakerRule], mode: str) -> None:
    """Show warnings, each breaker that changes, what happens at once, and ask for it."""
    existing = runtime.desk().breakers.all()
    change = import_change(existing, rules, mode)
    edited = [rule for _, rule in change.edits if rule is not None]
    warnings = [warning for rule in edited for warning in rule_warnings(rule)]
    for warning in warnings[:MOST_WARNINGS]:
        st.warning(literally(warning), icon=":material/warning:")
    review_edit(change, _at_once(edited), label="Save these breakers")


def _at_once(rules: Sequence[BreakerRule]) -> tuple[str, ...]:
    told = []
    for rule in rules:
        report, _ = drilled(rule)
        if report is not None:
            told += [f"{rule.name}: {each}" for each in would_act_now(report)]
    return tuple(told)
