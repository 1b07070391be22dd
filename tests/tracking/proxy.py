"""An HTTP proxy on loopback that drops, delays and fails requests, one by one."""

import http.client
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

Fate = Callable[[str, str], str]  # method and path -> pass, refuse, lose, late, error or hang
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Proxy:
    """A proxy in front of the server at `port`. `fate` decides what happens to a request:

    pass      nothing
    refuse    the connection breaks before the server gets the request
    lose      the server carries the request out, and its answer is lost
    late      it is passed on after half a second
    error     status 500
    hang      no answer for as long as the proxy runs
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.fate: Fate = lambda *_: "pass"
        self.requests: list[tuple[str, str, str]] = []
        self.closed = threading.Event()
        self._server = ProxyServer(self)
        self.uri = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()


class ProxyServer(ThreadingHTTPServer):
    """The HTTP server of a proxy."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Ignores clients that hang up."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    """Handles the requests of a connection, one after the other."""

    server: "ProxyServer"
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        proxy = self.server.proxy
        fate = proxy.fate(self.command, self.path)
        proxy.requests.append((self.command, self.path, fate))
        body = self._body()
        if fate == "hang":
            proxy.closed.wait()
        elif fate == "late":
            time.sleep(0.5)
        elif fate == "error":
            self._answer(500, [], b"broken")
        answer = self._carry_out(body) if fate in {"pass", "late", "lose"} else None
        if answer and fate != "lose":
            self._answer(*answer)
        elif fate != "error":
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any  # noqa: N815

    def _carry_out(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes] | None:
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.proxy.port, timeout=60)
        try:
            upstream.request(self.command, self.path, body, dict(self.headers))
            answer = upstream.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except OSError:  # the server is down
            return None
        finally:
            upstream.close()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            del self.headers["Transfer-Encoding"]
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass
