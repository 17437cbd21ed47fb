"""A local server that speaks enough of the hub's API to fetch a model from it: its commit, its tree and its files."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from helpers.loopback import running

COMMIT = "c0ffee" + "0" * 34
BRANCHES = ("main", "refined")
LARGE = (".safetensors", ".bin")
REFUSALS = {  # what the hub answers: status, its code, its message
    "gated": (403, "GatedRepo", "Access to this model is restricted."),
    "private": (401, "RepoNotFound", "Repository not found"),
    "missing": (404, "RepoNotFound", "Repository not found"),
    "no revision": (404, "RevisionNotFound", "Invalid rev id"),
    "down": (503, None, "Service unavailable"),
}


class Hub(ThreadingHTTPServer):
    """Models by name, each a folder or one of `REFUSALS`; `requests` lists the paths that were requested."""

    daemon_threads = True

    def __init__(self, models: Mapping[str, Path | str]):
        super().__init__(("127.0.0.1", 0), Handler)
        self.models, self.requests = dict(models), []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        self.server.requests.append(path)
        parts = path.removeprefix("/api/models").strip("/").split("/")
        name, rest = "/".join(parts[:2]), parts[2:]
        model = self.server.models.get(name, "missing")
        if model == "gated" and path.startswith("/api/models"):  # its card and list of files are public
            self._list({"config.json": 2}, rest)
        elif isinstance(model, str):
            self._refuse(model)
        elif path.startswith("/api/models"):
            self._list({file.name: file.stat().st_size for file in model.iterdir()}, rest, model)
        else:
            self._file(model / rest[-1])

    def _list(self, sizes: Mapping[str, int], rest: list[str], model: Path | None = None) -> None:
        if rest[:1] == ["refs"]:
            branches = [{"name": name, "ref": f"refs/heads/{name}", "targetCommit": COMMIT} for name in BRANCHES]
            self._json({"branches": branches, "tags": [], "converts": []})
        elif rest and rest[1] not in (*BRANCHES, COMMIT):
            self._refuse("no revision")
        elif rest[:1] == ["tree"]:
            entries = [{"type": "file", "path": name, "size": n, "oid": oid(name, n)} for name, n in sizes.items()]
            self._json(entries)
        else:
            self._json({"id": "x", "sha": COMMIT, "siblings": [{"rfilename": name} for name in sizes]})

    def _file(self, path: Path) -> None:
        content = path.read_bytes()
        self.send_response(200)
        self.send_header("X-Repo-Commit", COMMIT)
        large = path.suffix in LARGE  # the hub names them by their content
        self.send_header("ETag", f'"{sha256(content).hexdigest() if large else oid(path.name, len(content))}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def _refuse(self, refusal: str) -> None:
        status, code, message = REFUSALS[refusal]
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", message)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, answer: object) -> None:
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)


def oid(name: str, size: int) -> str:
    """A stand-in for the hash of a file."""
    return sha1(f"{name} {size}".encode()).hexdigest()


@contextmanager
def serving_hub(models: Mapping[str, Path | str]) -> Iterator[Hub]:
    """Run a hub during the block."""
    hub = Hub(models)
    with running(hub):
        yield hub
