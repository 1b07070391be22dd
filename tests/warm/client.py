"""Stands in for `python`, `dvc` and `makemore` in PATH: has server.py run the command, and ends as the command ends.

Each is a copy of this file whose first line names the real interpreter (tests/warm/__init__.py). It imports next to
nothing, so it starts in a hundredth of a second. What the server does not run, the real program does.
"""

import _signal  # type: ignore[import-not-found,unused-ignore]
import _socket
import marshal
import os
import sys


def main() -> None:
    """Sends the server the command, its folder, environment and streams; then waits, and passes signals on."""
    program = os.path.basename(sys.argv[0])  # noqa: PTH119 (pathlib takes long to import)
    server = _socket.socket(_socket.AF_UNIX)
    server.connect(os.path.join(os.path.dirname(sys.argv[0]), "socket"))  # noqa: PTH118, PTH120
    request = marshal.dumps((program, sys.argv[1:], os.getcwd(), dict(os.environ)))  # noqa: PTH109
    streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    server.sendmsg([len(request).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
    server.sendall(request)
    child = int.from_bytes(server.recv(4), "big")
    if not child:
        real = os.path.join(os.path.dirname(sys.executable), program)  # noqa: PTH118, PTH120
        os.execv(real, [real, *sys.argv[1:]])  # noqa: S606
    for number in (_signal.SIGINT, _signal.SIGTERM):
        _signal.signal(number, lambda number, _: os.kill(child, number))
    status = int.from_bytes(server.recv(4), "big", signed=True)
    if status < 0:  # a signal ended the child
        if -status != _signal.SIGKILL:
            _signal.signal(-status, _signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


if __name__ == "__main__":
    main()
