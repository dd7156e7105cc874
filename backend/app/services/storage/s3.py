"""Files in any S3-compatible object storage."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import anyio.to_thread
import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.core.config import Settings
from app.core.errors import NotFound
from app.services.storage.files import (
    SignedUpload,
    StorageKey,
    StorageUnavailable,
    StoredFile,
    content_disposition,
)

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

T = TypeVar("T")
P = ParamSpec("P")


class S3Storage:
    """Any S3-compatible object storage, through boto3 in worker threads.

    URLs for clients are signed for ``STORAGE_PUBLIC_URL``, since the address the
    application reaches the storage at (a container's name) is often not a browser's. The
    bucket is there: its keys need no right to make one.
    """

    def __init__(self, settings: Settings) -> None:
        self._bucket = settings.storage_bucket
        self._client = _s3_client(settings, settings.storage_endpoint_url)
        public_url = settings.storage_public_url
        self._signer = _s3_client(settings, public_url) if public_url else self._client

    async def presign_put(
        self, key: StorageKey, *, size_bytes: int, lifetime: timedelta
    ) -> SignedUpload:
        """Sign a PUT; S3 refuses any other content type and any other length."""
        url = await _in_thread(
            self._signer.generate_presigned_url,
            "put_object",
            Params={
                "Bucket": self._bucket,
                "Key": str(key),
                "ContentType": key.content_type,
                "ContentLength": size_bytes,
            },
            ExpiresIn=int(lifetime.total_seconds()),
        )
        headers = {"Content-Type": key.content_type}
        return SignedUpload("PUT", url, datetime.now(UTC) + lifetime, headers)

    async def presign_post(
        self, key: StorageKey, *, max_bytes: int, lifetime: timedelta
    ) -> SignedUpload:
        """Sign a browser's form upload of one to ``max_bytes`` bytes."""
        signed = await _in_thread(
            self._signer.generate_presigned_post,
            self._bucket,
            str(key),
            Fields={"Content-Type": key.content_type},
            Conditions=[
                {"Content-Type": key.content_type},
                ["content-length-range", 1, max_bytes],
            ],
            ExpiresIn=int(lifetime.total_seconds()),
        )
        expires_at = datetime.now(UTC) + lifetime
        return SignedUpload("POST", signed["url"], expires_at, fields=signed["fields"])

    async def presign_get(
        self, key: StorageKey, *, lifetime: timedelta, download_as: str | None = None
    ) -> str:
        """Sign a GET whose answer carries the content type the key stands for."""
        params = {
            "Bucket": self._bucket,
            "Key": str(key),
            "ResponseContentType": key.content_type,
        }
        if download_as is not None:
            params["ResponseContentDisposition"] = content_disposition(download_as)
        return await _in_thread(
            self._signer.generate_presigned_url,
            "get_object",
            Params=params,
            ExpiresIn=int(lifetime.total_seconds()),
        )

    async def head(self, key: StorageKey) -> StoredFile | None:
        """Return what is stored under the key, or None.

        Raises:
            StorageUnavailable: there is no such bucket, which tells nothing of the file.
        """
        try:
            found = await _in_thread(self._client.head_object, Bucket=self._bucket, Key=str(key))
        except NotFound:
            await self._refuse_without_bucket()
            return None
        return StoredFile(found["ContentLength"], found["ContentType"])

    async def _refuse_without_bucket(self) -> None:
        try:
            await _in_thread(self._client.head_bucket, Bucket=self._bucket)
        except NotFound as error:
            raise StorageUnavailable from error

    async def put(self, key: StorageKey, content: bytes) -> None:
        """Store a file, over one that is there."""
        await _in_thread(
            self._client.put_object,
            Bucket=self._bucket,
            Key=str(key),
            Body=content,
            ContentType=key.content_type,
        )

    async def get(self, key: StorageKey) -> bytes:
        """Return a file whole."""

        def read() -> bytes:
            return self._client.get_object(Bucket=self._bucket, Key=str(key))["Body"].read()

        return await _in_thread(read)

    async def delete(self, key: StorageKey) -> None:
        """Remove a file; one that is not there is as good as removed."""
        await _in_thread(self._client.delete_object, Bucket=self._bucket, Key=str(key))


def _s3_client(settings: Settings, endpoint_url: str) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=settings.storage_region,
        aws_access_key_id=settings.storage_access_key,
        aws_secret_access_key=settings.storage_secret_key.get_secret_value(),
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},  # what self-hosted servers answer to
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 3, "mode": "standard"},
            # Checksum headers are a recent extension that other servers refuse.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


async def _in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking boto3 call in a thread, its failures in our words."""
    try:
        return await anyio.to_thread.run_sync(partial(call, *args, **kwargs))
    except ClientError as error:
        answer = error.response
        is_missing = answer["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND
        if is_missing and answer["Error"]["Code"] != "NoSuchBucket":
            raise NotFound from error
        raise StorageUnavailable from error
    except BotoCoreError as error:
        raise StorageUnavailable from error
