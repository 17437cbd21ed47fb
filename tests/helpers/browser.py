"""A headless Chromium that opens files, over its debugging pipe: no driver and no port."""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--headless", "--no-sandbox", "--no-first-run", "--disable-quic", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--hide-scrollbars", "--mute-audio",
    "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",  # WebGL without a graphics card
    "--host-resolver-rules=MAP * ~NOTFOUND",  # the network is off
    "--remote-debugging-pipe",
)  # fmt: skip
PATIENCE = 120  # seconds, on a busy machine


def find_chromium() -> str | None:
    """The browser's program; None where none is installed."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


class Page:
    """One page in a browser of its own.

    Attributes
    ----------
    errors : what the page's console has of errors and uncaught exceptions.
    """

    def __init__(self, width: int = 1440, height: int = 900):
        self.errors: list[str] = []
        self._numbers, self._rest = itertools.count(1), b""
        self._folder = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        self._process = subprocess.Popen(
            [find_chromium(), *SWITCHES, f"--user-data-dir={self._folder.name}", f"--window-size={width},{height}"],
            preexec_fn=lambda: (os.dup2(to_browser, 103), os.dup2(from_browser, 104), os.dup2(103, 3), os.dup2(104, 4)),
            close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = None
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for part in ("Page", "Runtime", "Log"):
            self._call(f"{part}.enable")

    def __enter__(self) -> "Page":
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._write)
        os.close(self._read)
        self._folder.cleanup()

    def open(self, path: Path) -> None:
        """Open a file, and wait until it is loaded."""
        self._call("Page.navigate", url=Path(path).resolve().as_uri())
        self.wait_for("document.readyState === 'complete'")

    def resize(self, width: int, height: int = 900, *, dark: bool = False, printed: bool = False) -> None:
        """Show the page in a window of another size, in dark colours or as on paper."""
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._call("Emulation.setEmulatedMedia", media="print" if printed else "", features=scheme)

    def evaluate(self, expression: str) -> object:
        """The value of a JavaScript expression."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"].get("exception", {}).get("description", str(answer)))
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until an expression is true."""
        until = time.monotonic() + PATIENCE
        while not self.evaluate(expression):
            assert time.monotonic() < until, f"not true within {PATIENCE} s: {expression}"
            time.sleep(0.05)

    def drag(self, start: tuple[float, float], end: tuple[float, float], n_steps: int = 6) -> None:
        """Press the mouse at a point of the window, move it to another, and let go."""
        self.point_at(*start)
        self._mouse("mousePressed", *start, button="left", clickCount=1)
        for step in range(1, n_steps + 1):
            point = (a + (b - a) * step / n_steps for a, b in zip(start, end, strict=True))
            self._mouse("mouseMoved", *point, button="left", buttons=1)
        self._mouse("mouseReleased", *end, button="left", clickCount=1)

    def point_at(self, x: float, y: float) -> None:
        """Move the mouse to a point of the window."""
        self._mouse("mouseMoved", x, y)

    def screenshot(self, *, is_complete: bool = False) -> bytes:
        """The page as a PNG: what the window shows, or all of it."""
        return base64.b64decode(self._call("Page.captureScreenshot", captureBeyondViewport=is_complete)["data"])

    def pdf(self, *, outline: bool = False) -> bytes:
        """The page as it is printed, with its headings as an outline if wanted."""
        wanted = {"generateTaggedPDF": outline, "generateDocumentOutline": outline}
        return base64.b64decode(self._call("Page.printToPDF", printBackground=True, **wanted)["data"])

    def _mouse(self, kind: str, x: float, y: float, **pressed: object) -> None:
        self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **pressed)

    def _call(self, method: str, **parameters: object) -> dict:
        number, session = next(self._numbers), getattr(self, "_session", None)
        message = {"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive(method)
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self._note(answer)

    def _note(self, event: dict) -> None:
        parameters = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            self.errors.append(str(parameters["exceptionDetails"].get("exception", {}).get("description", parameters)))
        elif event.get("method") == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"]["text"])
        elif event.get("method") == "Runtime.consoleAPICalled" and parameters["type"] == "error":
            self.errors.append(str(parameters["args"]))

    def _receive(self, method: str) -> dict:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], PATIENCE)
            assert ready, f"no answer to {method} within {PATIENCE} s"
            piece = os.read(self._read, 2**20)
            assert piece, f"the browser ended at {method}"
            self._rest += piece
        first, self._rest = self._rest.split(b"\0", 1)
        return json.loads(first)
