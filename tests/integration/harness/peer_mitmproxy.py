"""For mitmdump in reverse mode: does to every request the next of what is listed, and writes down what that was.

PEER_FAULTS names the faults, in their order; PEER_LOG the file that gets a line of JSON for each request. A request with a field
X-Peer-Fault gets that one instead, the first time that its run is seen. From the first request without one on, every seventh
connection is closed at once.
"""

import asyncio
import json
import os
from itertools import cycle

from mitmproxy import http

FAULTS = cycle(os.environ["PEER_FAULTS"].split(","))
LOG = open(os.environ["PEER_LOG"], "a", buffering=1)
DELAY_S = 0.25  # less than the time-out of the calls
TOO_LONG_S = 1.5  # more


def cut(data: bytes) -> list[bytes]:
    """Half of a chunk of the answer, and what remains is never sent: the flow is killed at the end of the answer."""
    half = data[: len(data) // 2]
    return [half] if half else []  # an empty chunk would be the last


class Peer:
    def __init__(self):
        self.mixing = False
        self.connections = 0
        self.met = set()

    def client_connected(self, client):
        self.connections += self.mixing
        if self.mixing and self.connections % 7 == 0:
            client.error = "closed before a byte was read"

    async def requestheaders(self, flow: http.HTTPFlow):
        flow.metadata["fault"] = self.fault_for(flow.request.headers)

    def fault_for(self, headers):
        named, run = headers.get("x-peer-fault"), headers.get("idempotency-key")
        if not named:
            self.mixing = True
            return next(FAULTS)
        again = run in self.met
        self.met.add(run)
        return "none" if again else named

    async def request(self, flow: http.HTTPFlow):
        fault = flow.metadata["fault"]
        LOG.write(json.dumps({
            "run": flow.request.headers.get("idempotency-key"),
            "attempt": flow.request.headers.get("x-edgecron-attempt"),
            "job": flow.request.headers.get("x-edgecron-job"),
            "fault": fault,
        }) + "\n")
        if fault == "kill-before":
            flow.kill()
        elif fault == "delay-before":
            await asyncio.sleep(DELAY_S)
        elif fault == "hold-before":
            await asyncio.sleep(TOO_LONG_S)

    async def responseheaders(self, flow: http.HTTPFlow):
        if flow.metadata["fault"] == "cut":
            flow.response.stream = cut

    async def response(self, flow: http.HTTPFlow):
        fault = flow.metadata["fault"]
        if fault in ("kill-after", "cut"):
            flow.kill()
        elif fault == "delay-after":
            await asyncio.sleep(DELAY_S)
        elif fault in ("hold-after", "kill-late"):
            await asyncio.sleep(TOO_LONG_S)
            if fault == "kill-late":
                flow.kill()


addons = [Peer()]
