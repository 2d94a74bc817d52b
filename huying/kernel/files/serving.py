"""Giving a stored file to a browser."""

from __future__ import annotations

import logging

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from huying.kernel.errors import Missing
from huying.kernel.files import store
from huying.kernel.files.kinds import BY_MEDIA_TYPE
from huying.kernel.models import StoredFile

logger = logging.getLogger(__name__)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Whatever it is, it runs nothing, loads nothing and is framed by nobody.
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Kept by the browser but asked about each time, because the permission is checked each time.
    "Cache-Control": "private, no-cache",
}


def serve(
    stored: StoredFile, *, inline: bool = False, thumbnail: bool = False, request: HttpRequest | None = None
) -> HttpResponseBase:
    """The file as a download; with `inline` an image is shown in the page, anything else still downloaded.

    Whoever calls this has checked that the user may see the file. With `request` an unchanged file costs a 304.
    `Missing` when there is no thumbnail, or the bytes are gone.
    """
    kind = BY_MEDIA_TYPE.get(stored.media_type)
    if thumbnail and not stored.thumbnail:
        raise Missing("这个附件没有缩略图。")
    etag = f'"{stored.sha256}{"-thumbnail" if thumbnail else ""}"'
    if request is not None and (unchanged := get_conditional_response(request, etag=etag)) is not None:
        return _guarded(unchanged)
    path = (store.thumbnail_path_of if thumbnail else store.path_of)(stored.sha256)
    try:
        file = path.open("rb")
    except FileNotFoundError:
        logger.error("The bytes of attachment %s are gone: %s", stored.pk, path)
        raise Missing("附件的内容找不到了，请联系管理员。") from None
    media_type = "image/jpeg" if thumbnail else stored.media_type if kind else "application/octet-stream"
    response = FileResponse(file, content_type=media_type)
    shown = inline and kind is not None and kind.is_image
    response["Content-Disposition"] = str(content_disposition_header(not (shown or thumbnail), stored.name))
    response["ETag"] = etag
    return _guarded(response)


def _guarded(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in HEADERS.items():
        response[name] = value
    return response
