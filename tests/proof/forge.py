"""A process that has the program loaded, from which workers are forked: what is to be killed with -9 starts in a moment.

Each is a process with connections of its own, as dead when it is killed as one that was started from nothing. Only the
database differs between them; where other settings do, `killing.harness` lets another forge do it.

    python -m tests.proof.forge FD    # the socket on which it is asked
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
import traceback
from typing import Any

MODULES = ("tests.proof.worker_harness", "tests.proof.write_back_harness", "pcnhub.config.urls")


def main(asked: socket.socket) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "pcnhub.config.settings"
    import django

    django.setup()
    for module in MODULES:
        importlib.import_module(module)
    gc.freeze()  # what is loaded is not looked at again by each of them
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here
    while True:
        message, descriptors, _, _ = socket.recv_fds(asked, 65536, 2)
        if not message:
            return
        child = os.fork()
        if not child:
            asked.close()
            os._exit(_become(json.loads(message), *descriptors))
        for descriptor in descriptors:
            os.close(descriptor)
        asked.sendall(f"{child}\n".encode())


def _become(wanted: dict[str, Any], output: int, errors: int) -> int:
    """Run the module's `main` as `python -m` would, with these ends; its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    from django.db import connections

    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = wanted["database"]
    sys.argv = [wanted["module"], *wanted["options"]]
    try:
        importlib.import_module(wanted["module"]).main()
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:  # noqa: BLE001 - told to whoever reads the other end
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
