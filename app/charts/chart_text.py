"""Text from data inside figures."""


def plain_text(text: str) -> str:
    """Write text so that Plotly takes no markup in it for its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
