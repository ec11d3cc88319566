"""Headless Chromium, driven by its DevTools protocol."""

import base64
import json
import os
import shutil
import subprocess
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import ProxyHandler, Request, build_opener

from websockets.sync.client import ClientConnection, connect

from demo.fleet import wait_for

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """A browser with one page. As a context manager, it ends with the block."""

    def __init__(self, folder: Path, width: int = 1440, height: int = 900) -> None:
        """Start Chromium with its profile in a new folder, and a window of this size in pixels."""
        assert CHROMIUM
        flags = ["--headless=new", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")  # Chromium's sandbox refuses to run as root
        with (folder.parent / f"{folder.name}.log").open("wb") as log:
            self._process = subprocess.Popen(
                [CHROMIUM, *flags, f"--user-data-dir={folder}", f"--window-size={width},{height}"],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        port_file = folder / "DevToolsActivePort"
        wait_for(lambda: port_file.exists() and "\n" in port_file.read_text(), seconds=60)
        port = port_file.read_text().split("\n")[0]
        request = Request(f"http://127.0.0.1:{port}/json/new?about:blank", method="PUT")
        with build_opener(ProxyHandler({})).open(request) as response:
            address = json.load(response)["webSocketDebuggerUrl"]
        self._stack = ExitStack()
        self._socket: ClientConnection = self._stack.enter_context(connect(address, max_size=None, proxy=None))
        self._numbers = count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()
        self._process.terminate()
        self._process.wait()

    def open(self, url: str, *texts: str) -> None:
        """Open a page, and wait until it shows all these texts."""
        self._call("Page.navigate", url=url)
        try:
            wait_for(lambda: all(text in self.text() for text in texts), seconds=60)
        except TimeoutError:
            raise AssertionError(self.text()) from None

    def text(self) -> str:
        """Return the text that the page shows."""
        result = self._call("Runtime.evaluate", expression="document.body?.innerText ?? ''")
        text: str = result["result"]["value"]
        return text

    def save_screenshot(self, path: Path) -> None:
        """Save what the window shows as PNG."""
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"]))

    def _call(self, method: str, **params: object) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(timeout=60))
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
