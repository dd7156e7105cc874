"""PostgreSQL in a container, by testcontainers, where a Docker engine answers."""

import docker
from docker.errors import DockerException, ImageNotFound
from requests.exceptions import RequestException
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import testcontainers_config

from tests.servers import Server

SECONDS_OF_SILENCE = 60
"""A pull that says nothing for this long is given up."""

SECONDS_TO_START = 60

FORGETFUL = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300"


class DockerUnusable(Exception):
    """Docker does not answer, or the image cannot be had."""


def start_container(version: int) -> Server:
    """Start a throw-away server in a container.

    Raises:
        DockerUnusable: there is no engine, or no way to the image from here.
    """
    image = f"postgres:{version}"
    try:
        client = docker.from_env(timeout=SECONDS_OF_SILENCE)
    except (DockerException, RequestException) as error:
        raise DockerUnusable("Docker does not answer") from error
    try:
        if not has_image(client, image):
            raise DockerUnusable(f"Docker answers, but has no image {image} and cannot pull it")
        # The reaper removes the container should this process be killed.
        reaper = testcontainers_config.ryuk_image
        testcontainers_config.ryuk_disabled = not has_image(client, reaper)
        container = PostgresContainer(
            image, username="postgres", password="postgres", dbname="postgres", driver=None
        ).with_command(f"postgres {FORGETFUL}")
    except (DockerException, RequestException) as error:
        raise DockerUnusable("Docker does not answer") from error
    finally:
        client.close()
    testcontainers_config.max_tries = SECONDS_TO_START
    try:
        container.start()
    except (DockerException, RequestException, TimeoutError) as error:
        container.stop()
        raise DockerUnusable(f"Docker answers, but {image} does not start") from error
    dsn = f"{container.get_connection_url()}?sslmode=disable"
    return Server(dsn, f"container {image}", container.stop)


def has_image(client: docker.DockerClient, image: str) -> bool:
    """Tell whether an image is there, after pulling it when it was not."""
    try:
        client.images.get(image)
    except ImageNotFound:
        try:
            client.images.pull(image)
        except (DockerException, RequestException):
            return False
    return True
