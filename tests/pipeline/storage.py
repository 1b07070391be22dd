"""An S3 bucket on loopback (moto's server), and what DVC needs in its environment to use it as a remote."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3  # type: ignore[import-untyped]
import requests
from moto.server import ThreadedMotoServer

BUCKET = "results"
URL = f"s3://{BUCKET}/makemore"


class Bucket:
    """An empty bucket; `environment` is for the processes that use it."""

    def __init__(self, port: int) -> None:
        self.environment: dict[str, Any] = {
            "AWS_ACCESS_KEY_ID": "someone",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        }
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id="someone",
            aws_secret_access_key="secret",  # noqa: S106
        )
        self._client.create_bucket(Bucket=BUCKET)

    def delete(self, md5: str) -> None:
        """Deletes the object with this hash from DVC's files."""
        key = f"makemore/files/md5/{md5[:2]}/{md5[2:]}"
        self._client.head_object(Bucket=BUCKET, Key=key)  # fails if there is none
        self._client.delete_object(Bucket=BUCKET, Key=key)


@contextmanager
def bucket() -> Iterator[Bucket]:
    """A bucket that exists in the block. It is empty: moto keeps what an earlier server of this process stored."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        port = server.get_host_and_port()[1]
        requests.post(f"http://127.0.0.1:{port}/moto-api/reset", timeout=60).raise_for_status()
        yield Bucket(port)
    finally:
        server.stop()
