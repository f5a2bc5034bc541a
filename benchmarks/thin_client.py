"""Creates projects without Pulumi or boto3: what a script does, and what the local AWS lets through at most.

With one request in flight it is the script that is published with the service: one POST after another. Its connection
is kept open and its key is a bearer key, so nothing but the answers takes time.
"""

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

PATH = "/v1/organization/projects"


def create_all(url: str, key: str, bodies: Sequence[Mapping[str, object]], *, in_flight: int) -> float:
    """Creates them all; seconds from the first request to the last answer. RuntimeError for any answer but 2xx."""
    start = time.perf_counter()
    shares = [bodies[first::in_flight] for first in range(in_flight)]
    with ThreadPoolExecutor(in_flight) as pool:
        for made in [pool.submit(_create, url, key, share) for share in shares if share]:
            made.result()
    return time.perf_counter() - start


def _create(url: str, key: str, bodies: Sequence[Mapping[str, object]]) -> None:
    connection = HTTPConnection(urlsplit(url).netloc)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for body in bodies:
        connection.request("POST", PATH, json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"POST {PATH} was answered {answer.status}: {text.decode(errors='replace')}")
    connection.close()
