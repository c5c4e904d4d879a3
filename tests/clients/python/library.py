"""What the library promises to every client, with Python's (Debian's python3-socketio), as library.mjs has it.

    library.py <transport: websocket|polling|upgrade> <address>
"""

import os
import sys
import threading
import urllib.parse

import socketio

TRANSPORT, ADDRESS = sys.argv[1:3]
TRANSPORTS = ["polling", "websocket"] if TRANSPORT == "upgrade" else [TRANSPORT]
LIMIT = 10
SIZES = [0, 1, 126, 10_000, 65_536]
AUTH = {"token": "ключ", "nested": {"list": [1, None]}}


class Inbox:
    """The events of one namespace, so that a test can wait for one that has come already."""

    def __init__(self, client, namespace):
        self.client = client
        self.namespace = namespace
        self.events = []
        self.changed = threading.Condition()
        for name in ("welcome", "echo", "answered"):
            client.on(name, self._keeper(name), namespace=namespace)
        # What a handler returns is the acknowledgement; a tuple is several arguments.
        client.on("question", lambda *values: values, namespace=namespace)

    def _keeper(self, name):
        def keep(*values):
            with self.changed:
                self.events.append((name, list(values)))
                self.changed.notify_all()
        return keep

    def take(self, name):
        with self.changed:
            came = self.changed.wait_for(lambda: any(n == name for n, _ in self.events), LIMIT)
            assert came, f"no {name} in {self.namespace}; got {self.events}"
            index = next(i for i, (n, _) in enumerate(self.events) if n == name)
            return self.events.pop(index)[1]

    def emit(self, name, *values):
        self.client.emit(name, values, namespace=self.namespace)

    def ask(self, name, *values):
        return self.client.call(name, values, namespace=self.namespace, timeout=LIMIT)


def pattern(size):
    return bytes((i * 7 + size) & 0xFF for i in range(size))


def job(inbox):
    values = ["Grüße 😀 \u2028 €", {"nested": [1, -2.5, None, True, {"deep": []}]}, 1_700_000_000_000, ""]
    inbox.emit("echo", *values)
    expect(inbox.take("echo"), values)
    for size in SIZES:
        data = pattern(size)
        inbox.emit("echo", "before", {"here": data}, "äfter")
        expect(inbox.take("echo"), ["before", {"here": data}, "äfter"])
        expect(inbox.ask("ack", data, "x"), (data, "x"))
        expect(inbox.ask("ack", "only text"), "only text")
        inbox.emit("ask", data, "y")
        expect(inbox.take("answered"), [data, "y"])
    several = [pattern(3), [pattern(0), {"last": pattern(200)}]]
    inbox.emit("echo", *several)
    expect(inbox.take("echo"), several)


def expect(actual, expected):
    assert actual == expected, f"{shortened(actual)} instead of {shortened(expected)}"


def shortened(value):
    return repr(value)[:500]


def main():
    client = socketio.Client(reconnection=False)
    root, custom = Inbox(client, "/"), Inbox(client, "/custom")
    query = urllib.parse.urlencode({"name": "Jörg & 😀", "role": "visitor"})
    client.connect(
        f"{ADDRESS}/?{query}", auth=AUTH, transports=TRANSPORTS, namespaces=["/", "/custom"], wait_timeout=LIMIT)
    for inbox in (root, custom):
        expect(inbox.take("welcome"), ["Jörg & 😀", "visitor", AUTH])
        job(inbox)
    expect(root.ask("transport"), "polling" if TRANSPORT == "polling" else "websocket")
    leave(client)


def leave(client):
    """What disconnect() does, but waiting for it: that one leaves and drops the connection in the same moment."""
    for packet in ("1/custom,", "1"):
        client.eio.send(packet)
    client.eio.queue.join()
    client.eio.disconnect()


threading.Timer(20, lambda: os._exit(2)).start()
try:
    main()
except BaseException as error:
    print(repr(error), file=sys.stderr)
    os._exit(1)
os._exit(0)
