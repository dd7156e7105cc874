"""The pages `/docs` and `/redoc`, made of files that this API serves itself.

FastAPI's own load their scripts from elsewhere: without the Internet they stay blank, and
with it somebody else's script runs where people paste their tokens.
"""

from pathlib import Path

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

FILES = Path(fastapi_offline.__file__).with_name("static")
FILES_PATH = "/docs/files"

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline';"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src blob:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
"""Both pages begin with a few lines of script of their own; ReDoc searches in a worker."""


def install_docs_pages(app: FastAPI, openapi_url: str) -> None:
    """Serve both pages and their files, below no prefix."""
    swagger = get_swagger_ui_html(
        openapi_url=openapi_url,
        title=app.title,
        swagger_js_url=f"{FILES_PATH}/swagger-ui-bundle.js",
        swagger_css_url=f"{FILES_PATH}/swagger-ui.css",
        swagger_favicon_url=f"{FILES_PATH}/favicon.png",
    )
    redoc = get_redoc_html(
        openapi_url=openapi_url,
        title=app.title,
        redoc_js_url=f"{FILES_PATH}/redoc.standalone.js",
        redoc_favicon_url=f"{FILES_PATH}/favicon.png",
        with_google_fonts=False,
    )
    pages = {"/docs": swagger, "/redoc": redoc}

    async def show(request: Request) -> HTMLResponse:
        return HTMLResponse(pages[request.url.path].body, headers=HEADERS)

    for path in pages:
        app.add_route(path, show, include_in_schema=False)
    app.mount(FILES_PATH, StaticFiles(directory=FILES), name="docs-files")
