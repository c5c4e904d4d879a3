"""The main job with Python's Socket.IO client (Debian's python3-socketio), as main-job.mjs has it.

    main_job.py <transport: websocket|polling|upgrade> <REST address> <gateway address>
"""

import json
import os
import sys
import threading
import urllib.parse
import urllib.request

import socketio

TRANSPORT, REST, GATEWAY = sys.argv[1:4]
TRANSPORTS = ["polling", "websocket"] if TRANSPORT == "upgrade" else [TRANSPORT]
LIMIT = 20


class Socket:
    """A connection that remembers every event, so that a test can wait for one that has come already."""

    def __init__(self, **parameters):
        self.events = []
        self.changed = threading.Condition()
        self.client = socketio.Client(reconnection=False)
        for name in ("chat:message", "system:event", "system:error", "queue:snapshot"):
            self.client.on(name, self._keeper(name))
        self.client.connect(
            GATEWAY + "/?" + urllib.parse.urlencode(parameters), transports=TRANSPORTS, wait_timeout=LIMIT)

    def _keeper(self, name):
        def keep(payload):
            with self.changed:
                self.events.append((name, payload))
                self.changed.notify_all()
        return keep

    def first(self, name, matches):
        def find():
            # In a tuple, since a payload may be an empty list.
            return next(((p,) for n, p in self.events if n == name and matches(p)), None)
        with self.changed:
            found = self.changed.wait_for(find, LIMIT)
            assert found, f"no {name} as expected; got {self.events[-5:]}"
            return found[0]

    def ask(self, name, payload):
        return self.client.call(name, payload, timeout=LIMIT)

    def sequences(self):
        numbers = []
        for name, payload in self.events:
            if name == "chat:message":
                numbers.append(payload["message"]["sequence"])
            elif name == "system:event" and payload["type"] != "SESSION_READY" and payload["sequence"] is not None:
                numbers.append(payload["sequence"])
        return numbers

    def close(self):
        self.client.disconnect()


def post(path, body):
    request = urllib.request.Request(
        REST + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=LIMIT) as response:
        return json.load(response)


def main():
    me = f"py-{TRANSPORT}-{os.getpid()}"
    queue = Socket(role="agent", scope="queue", fingerprint=me)
    queue.first("queue:snapshot", lambda _: True)

    session = post("/api/customer/sessions", {"fingerprint": me, "displayName": "Jane Doe"})
    conversation = session["conversationId"]
    queue.first("queue:snapshot", lambda entries: any(e["conversationId"] == conversation for e in entries))

    # By fingerprint alone: whatever conversation this visitor has.
    customer = Socket(role="customer", fingerprint=me)
    ready = customer.first("system:event", lambda e: e["type"] == "SESSION_READY")
    assert ready["conversationId"] == conversation and ready["status"] == "QUEUED", ready

    post(f"/api/agent/conversations/{conversation}/accept", {"agentId": me, "displayName": "Ashik"})
    customer.first("system:event", lambda e: e["type"] == "CONVERSATION_ASSIGNED")
    agent = Socket(role="agent", conversationId=conversation)
    agent.first("system:event", lambda e: e["type"] == "SESSION_READY")
    customer.first("system:event", lambda e: e["type"] == "CONVERSATION_CONNECTED")

    post(f"/api/customer/conversations/{conversation}/messages", {"content": "Grüße 😀"})
    agent.first("chat:message", lambda e: e["message"]["content"] == "Grüße 😀")
    sent = agent.ask("chat:send", {"content": "How can I help?", "clientMessageId": "a-1"})
    again = agent.ask("chat:send", {"content": "How can I help?", "clientMessageId": "a-1"})
    assert sent["message"]["id"] == again["message"]["id"]
    customer.first("chat:message", lambda e: e["message"]["id"] == sent["message"]["id"])

    closed = customer.ask("conversation:close", {"reason": "done"})["conversation"]
    assert closed["status"] == "CLOSED" and closed["closedBy"] == "CUSTOMER", closed
    for socket in (customer, agent):
        socket.first("system:event", lambda e: e["type"] == "CONVERSATION_CLOSED")
    last = closed["lastSequence"]
    assert customer.sequences() == list(range(2, last + 1)), customer.sequences()

    for socket in (queue, customer, agent):
        socket.close()
    print(f"ok: python3-socketio over {TRANSPORT}")


threading.Timer(60, lambda: os._exit(2)).start()
try:
    main()
except BaseException as error:
    print(repr(error), file=sys.stderr)
    os._exit(1)
os._exit(0)
