"""A local server that truncates, refuses, stalls or sends another file."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """Serves files by path; `faults` lists what goes wrong, request by request.

    `starts` is the first byte of each request, `paths` its file.
    """

    daemon_threads = True

    def __init__(self, files: Mapping[str, bytes]):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.faults, self.starts, self.paths = dict(files), [], [], []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        fault = self.server.faults.pop(0) if self.server.faults else None
        fault = fault if self.path in self.server.files else 404
        content = self.server.files.get(self.path, b"")[:: -1 if fault == "other" else 1]
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        self.server.starts.append(start)
        self.server.paths.append(self.path)
        if isinstance(fault, int) or start >= len(content):
            self.send_error(fault if isinstance(fault, int) else 416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        rest = content[start:]
        half = rest[: len(rest) // 2]
        self.send_header("Content-Length", str(len(half) if fault == "short" else len(rest)))
        self.end_headers()
        self.wfile.write(rest if fault in (None, "other") else half)
        self.wfile.flush()
        if fault == "stalls":
            self.server.released.wait(20)


@contextmanager
def serving(files: Mapping[str, bytes]) -> Iterator[Server]:
    """Run a server during the block."""
    server = Server(files)
    with running(server):
        try:
            yield server
        finally:
            server.released.set()


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[None]:
    """Answer requests during the block."""
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
