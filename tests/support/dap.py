"""A front end that speaks DAP to `gdb -i=dap`, as VS Code does: requests, answers, events.

client.request("stackTrace", threadId=1)    the body of the answer; a DapError where gdb refuses
client.wait_for("stopped")                  the body of the next event of that name
"""

import json
import selectors
import subprocess
import time

SECONDS = 60


class DapError(Exception):
    pass


class Client:
    def __init__(self, command, environment=None):
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)
        self._bytes = b""
        self._number = 0
        self._answers, self._events = {}, []
        self.output = ""

    def __enter__(self):
        return self

    def __exit__(self, *_details):
        self._process.kill()
        self._process.communicate()
        self._selector.close()

    def send(self, command, **arguments):
        self._number += 1
        words = json.dumps({"seq": self._number, "type": "request", "command": command, "arguments": arguments})
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(words.encode()) + words.encode())
        self._process.stdin.flush()
        return self._number

    def answer_to(self, number):
        while number not in self._answers:
            self._take_message()
        answer = self._answers.pop(number)
        if not answer["success"]:
            raise DapError(answer.get("message"), self.output)
        return answer.get("body") or {}

    def request(self, command, **arguments):
        return self.answer_to(self.send(command, **arguments))

    def wait_for(self, name):
        while True:
            for event in self._events:
                if event["event"] == name:
                    self._events.remove(event)
                    return event.get("body") or {}
            self._take_message()

    def _take_message(self):
        head = self._until(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(self._bytes) < length:
            self._read()
        message, self._bytes = json.loads(self._bytes[:length].decode()), self._bytes[length:]
        if message["type"] == "response":
            self._answers[message["request_seq"]] = message
        elif message["type"] == "event" and message["event"] == "output":
            self.output += message["body"]["output"]
        elif message["type"] == "event":
            self._events.append(message)

    def _until(self, mark):
        while mark not in self._bytes:
            self._read()
        head, self._bytes = self._bytes.split(mark, 1)
        return head

    def _read(self):
        deadline = time.monotonic() + SECONDS
        if not self._selector.select(max(deadline - time.monotonic(), 0)):
            raise DapError("gdb says nothing", self.output)
        data = self._process.stdout.read1(65536)
        if not data:
            raise DapError("gdb has ended: %s" % self._process.stderr.read().decode(errors="replace"), self.output)
        self._bytes += data
