"""The style sheet of what Streamlit does not draw by itself.

Colours are pairs for the light and the dark theme; text keeps at least 4.5:1 on its background.
"""

import streamlit as st

STYLE_SHEET = """
:root {
  --et-line: light-dark(#cfd7df, #28323c);
  --et-surface: light-dark(#ffffff, #0b1117);
  --et-quiet: light-dark(#52606d, #9eabb8);
  --et-good: light-dark(#176b45, #6fd3a0);
  --et-bad: light-dark(#a9202f, #ff9a9f);
  --et-warning: light-dark(#8a4b08, #f2b45c);
  --et-good-back: light-dark(#e4f3eb, #0c2a1c);
  --et-bad-back: light-dark(#fbe9ea, #3a1116);
  --et-warning-back: light-dark(#fbf0dd, #33230a);
  --et-plain-back: light-dark(#eef2f6, #161e26);
}

/* Streamlit's own header is empty here; the status bar takes its place. */
[data-testid="stHeader"] { background: transparent; pointer-events: none; }
[data-testid="stHeader"] button { pointer-events: auto; }
[data-testid="stMainBlockContainer"] { max-width: 1680px; padding-top: 0.75rem;
  padding-bottom: 3rem; }
[data-testid="stMarkdownContainer"]:has(> [class^="et-"]) { margin-bottom: 0; }
[data-testid="stMarkdownContainer"] p.et-empty { margin: 0; }

/* Always in reach, and never in the way. */
[data-testid="stBottomBlockContainer"] { max-width: 1680px; padding-top: 0.5rem;
  padding-bottom: 0.75rem; }
.st-key-kill_switch button { background: light-dark(#a9202f, #b3313e);
  border-color: light-dark(#a9202f, #b3313e); }
.st-key-kill_switch button:hover { background: light-dark(#8d1826, #9c2733); }
@media (max-width: 640px) {
  .st-key-kill_switch kbd { display: none; }
  /* One row, in which words rather break than buttons. */
  .st-key-controls { flex-wrap: nowrap; gap: 0.4rem; }
  .st-key-controls > div { flex: 0 1 auto; min-width: 0; }
  .st-key-controls > .st-key-kill_switch { flex-shrink: 0; }
  .st-key-controls button { padding: 0.25rem 0.5rem; }
  .st-key-controls button [data-testid="stMarkdownContainer"] { white-space: normal;
    font-size: 0.85rem; line-height: 1.2; }
  .st-key-controls button span:has(> [data-testid="stIconMaterial"]) { display: none; }
  .et-notice.et-lost { padding-left: 2.75rem; }
  /* The button that opens the menu lies over the first badge. */
  .et-badges:has(> .et-mode) { padding-left: 2.25rem; }
}

/* What a lost connection or a silent monitor leaves on the screen is not to be acted on. The
   attribute is a test hook of Streamlit's; an end-to-end test guards it. */
[data-test-connection-state]:not([data-test-connection-state="CONNECTED"])
  :is(.st-key-page, .et-badges, .et-notice:not(.et-lost), .st-key-controls),
[data-testid="stMain"]:has(.et-desk-stale) .st-key-page {
  opacity: 0.35; filter: grayscale(1);
}
[data-test-connection-state]:not([data-test-connection-state="CONNECTED"])
  .et-badge:not(.et-mode) { display: none; }
[data-testid="stElementContainer"]:has(.et-lost) { display: none; position: sticky; top: 0.5rem;
  z-index: 100; }
[data-test-connection-state]:not([data-test-connection-state="CONNECTED"])
  [data-testid="stElementContainer"]:has(.et-lost) { display: block; }
/* The notice says it in our words; Streamlit's dialog, which holds none of our blocks, speaks of
   itself and of the internet. */
body:has(.et-lost):has([data-test-connection-state]:not([data-test-connection-state="CONNECTED"]))
  [data-testid="stDialog"]:not(:has([data-testid="stVerticalBlock"])) {
  opacity: 0; pointer-events: none;
}

/* The theme's own text on a selected choice has too little contrast in the dark. */
[data-testid="stButtonGroup"] button[data-selected="true"] p {
  color: light-dark(#1d4f80, #8ebdf0);
}

.et-status, .et-cards, .et-table { font-variant-numeric: tabular-nums; }
.et-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
.et-muted, .et-note, .et-footnote { color: var(--et-quiet); }
.et-good { color: var(--et-good); }
.et-bad { color: var(--et-bad); }
.et-warning { color: var(--et-warning); }

.et-status { display: grid; gap: 0.5rem; }
.et-badges { display: flex; flex-wrap: wrap; gap: 0.4rem; align-items: center; }
.et-badge { display: inline-block; padding: 0.1rem 0.6rem; border-radius: 0.3rem;
  background: var(--et-plain-back); font-size: 0.9rem; line-height: 1.6; white-space: nowrap; }
.et-badge.et-good { background: var(--et-good-back); }
.et-badge.et-bad { background: var(--et-bad-back); font-weight: 600; }
.et-badge.et-warning { background: var(--et-warning-back); }
.et-mode { font-weight: 700; letter-spacing: 0.06em; }
.et-paper { background: light-dark(#1d4f80, #2a5f96); color: #ffffff; }
.et-live { background: light-dark(#a9202f, #b3313e); color: #ffffff; }
.et-notice { padding: 0.55rem 0.9rem; border-radius: 0.3rem; border-left: 4px solid currentColor;
  overflow-wrap: anywhere; }
.et-notice.et-bad { background: var(--et-bad-back); font-weight: 600; }
.et-notice.et-warning { background: var(--et-warning-back); }

.et-help { position: relative; cursor: help; }
.et-help:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
.et-help:hover::after, .et-help:focus::after { content: attr(data-help); position: absolute;
  left: 0; top: calc(100% + 0.3rem); z-index: 50; width: max-content; max-width: min(18rem, 70vw);
  padding: 0.45rem 0.65rem; border-radius: 0.3rem; border: 1px solid var(--et-line);
  background: light-dark(#18222d, #d8dfe6); color: light-dark(#ffffff, #0b1117);
  font-size: 0.82rem; font-weight: 400; line-height: 1.4; letter-spacing: normal;
  white-space: normal; text-align: left; pointer-events: none; }
.et-number .et-help::after { left: auto; right: 0; }
/* Where there is little room the sentence spans what surrounds the word. */
.et-card, .et-badges { position: relative; }
:is(.et-card, .et-badges) .et-help { position: static; }
.et-card .et-help::after { left: 0; right: 0; top: 2.3rem; width: auto; max-width: none; }

.et-fit { container-type: inline-size; }
.et-cards { display: grid; gap: 0.75rem; grid-template-columns: repeat(6, minmax(0, 1fr)); }
.et-card { border: 1px solid var(--et-line); border-radius: 0.4rem; background: var(--et-surface);
  padding: 0.8rem 0.9rem 0.7rem; min-width: 0; }
.et-card-title { display: inline-block; font-size: 0.9rem; font-weight: 500; line-height: 1.4;
  color: var(--et-quiet); }
.et-figure { font-size: 1.55rem; font-weight: 600; line-height: 1.35; overflow-wrap: anywhere; }
.et-lines { margin: 0.35rem 0 0; }
.et-line { display: flex; flex-wrap: wrap; justify-content: space-between; column-gap: 0.5rem;
  font-size: 0.86rem; line-height: 1.55; }
.et-line dt { font-weight: 400; color: var(--et-quiet); }
.et-line dd { margin: 0; overflow-wrap: anywhere; }
@container (max-width: 1240px) { .et-cards { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
@container (max-width: 640px) { .et-cards { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@container (max-width: 640px) { .et-figure { font-size: 1.25rem; } }
@container (max-width: 300px) { .et-cards { grid-template-columns: minmax(0, 1fr); } }

[data-testid="stMarkdownContainer"] table.et-table { width: 100%; margin: 0;
  border-collapse: collapse; font-size: 0.92rem; }
table.et-table :is(th, td) { padding: 0.45rem 0.6rem; border: 0;
  border-bottom: 1px solid var(--et-line); text-align: left; vertical-align: top; }
table.et-table thead th { font-size: 0.82rem; font-weight: 500; color: var(--et-quiet);
  white-space: nowrap; }
table.et-table tbody th { font-weight: 600; }
table.et-table tbody tr:last-child :is(th, td) { border-bottom: 0; }
table.et-table :is(th, td).et-number { text-align: right; }
table.et-table tbody :is(th, td):not(.et-wide) .et-value { white-space: nowrap; }
.et-wide { overflow-wrap: anywhere; }
.et-note { display: block; font-size: 0.82rem; font-weight: 400; line-height: 1.35; }
.et-label { display: none; }
.et-stale { opacity: 0.75; filter: grayscale(1); }
.et-bar { display: inline-block; vertical-align: middle; width: 4.5rem; height: 0.4rem;
  margin-left: 0.5rem; border-radius: 0.2rem; background: var(--et-plain-back);
  box-shadow: inset 0 0 0 1px var(--et-line); overflow: hidden; }
.et-bar-fill { display: block; height: 100%; background: light-dark(#3f86c4, #5a9fdc); }
.et-bad + .et-bar .et-bar-fill { background: var(--et-bad); }
.et-warning + .et-bar .et-bar-fill { background: var(--et-warning); }
.et-footnote { font-size: 0.86rem; }
.et-sentences { padding-bottom: 0.75rem; }
[data-testid="stMarkdownContainer"] :is(p.et-sentence, .et-outlook p) { margin: 0 0 0.25rem; }

/* One table for each breaker, beside its menu; their columns stand below each other. */
@container (min-width: 761px) {
  .et-rule table.et-table { table-layout: fixed; }
  .et-rule table.et-table thead th { white-space: normal; }
  .et-rule table.et-table thead th:first-child { width: 29%; }
  .et-rule table.et-table thead th:nth-child(2) { width: 15%; }
  .et-rule table.et-table :is(th, td) .et-value { white-space: normal; }
  .et-rule table.et-table tbody tr:not(:first-child) :is(th, td) { padding-block: 0.15rem;
    font-weight: 400; }
  .et-rule table.et-table tbody tr:has(+ tr) :is(th, td) { border-bottom: 0; }
  .et-rule table.et-table tbody tr:last-child :is(th, td) {
    border-bottom: 1px solid var(--et-line); }
  .et-rule:not(.et-first) thead { visibility: collapse; }
  .et-rule:not(.et-first) thead th { padding-block: 0; border: 0; line-height: 0; }
}

.et-log-out { margin: 0; }
.et-log-out button { font: inherit; font-size: 0.9rem; color: inherit; background: transparent;
  padding: 0.25rem 0.75rem; border: 1px solid var(--et-line); border-radius: 0.3rem;
  cursor: pointer; }
.et-log-out button:hover { background: var(--et-plain-back); }
.et-log-out button:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }

/* On a narrow screen every row is a card: its name on top, the values below their labels. */
@container (max-width: 760px) {
  table.et-table, table.et-table tbody { display: block; }
  table.et-table thead { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }
  table.et-table tbody tr { display: grid; position: relative; gap: 0.35rem 0.75rem;
    grid-template-columns: repeat(auto-fill, minmax(6.25rem, 1fr)); padding: 0.6rem 0.75rem;
    margin-bottom: 0.6rem; border: 1px solid var(--et-line); border-radius: 0.4rem;
    background: var(--et-surface); }
  table.et-table tbody :is(th, td) { padding: 0; border: 0; min-width: 0; text-align: left; }
  table.et-table tbody :is(th, td).et-number { text-align: left; }
  table.et-table tbody :is(th, td.et-wide) { grid-column: 1 / -1; }
  table.et-table tbody td .et-label { display: block; font-size: 0.8rem;
    color: var(--et-quiet); }
  table.et-table .et-cell { overflow-wrap: anywhere; }
  table.et-table tbody th .et-note { display: inline; margin-left: 0.5rem; }
  table.et-table .et-help { position: static; }
  table.et-table .et-help::after { left: 0.5rem; right: 0.5rem; width: auto; max-width: none; }
  .et-bar { margin-left: 0; width: 100%; max-width: 6rem; }
}
"""


def install_style() -> None:
    """Put the style sheet into the page."""
    # A dialog lies outside of what carries the theme, from which our colours follow.
    dialogs = f"[role='dialog'] {{ color-scheme: {st.context.theme.type or 'light dark'}; }}"
    st.html(f"<style>{STYLE_SHEET}\n{dialogs}</style>")
