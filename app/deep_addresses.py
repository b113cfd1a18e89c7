"""Addresses with several parts, at which there is never a page."""

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# Below these others answer. Streamlit's page looks for them below its own address first, too, and
# must be told that they are not there.
OTHERS = frozenset({"_stcore", "api", "app", "auth", "component", "media", "static"})
NOT_FOUND = "/not_found"


class DeepAddresses:
    """Leads them to one with a single part, since Streamlit answers with an empty page there."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or lead it away."""
        if scope["type"] == "http" and is_deep(scope["path"]):
            await RedirectResponse(NOT_FOUND)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def is_deep(path: str) -> bool:
    """Whether an address has several parts and belongs to nobody else."""
    parts = [part for part in path.split("/") if part]
    return len(parts) > 1 and OTHERS.isdisjoint(parts)
