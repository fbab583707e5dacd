# SPDX-License-Identifier: Apache-2.0
"""A hostile OpenAI-compatible upstream: raw sockets on loopback, one thread a connection.

The scenario is the last message's content. What came in is kept in `requests`, and `hung_up` is set
when a client closes a connection while an answer is under way.
"""
import json
import socket
import threading
import time


def chunk(content, finish=None, **extra):
    body = {"id": "up", "object": "chat.completion.chunk", "created": 1, "model": "upstream-model",
            "choices": [{"index": 0, "delta": {"role": "assistant", "content": content},
                         "finish_reason": finish}], "usage": None}
    return json.dumps({**body, **extra}, ensure_ascii=False)


USAGE = json.dumps({"id": "up", "object": "chat.completion.chunk", "created": 1,
                    "model": "upstream-model", "choices": [],
                    "usage": {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15}})
WORDS = ["Grüße", " 水", " 😀", " end"]


def frames(end="\n", space=" ", words=WORDS, done=True):
    out = [f": comment{end}{end}"]
    out += [f"data:{space}{chunk(word)}{end}{end}" for word in words]
    out += [f"data:{space}{chunk('', 'stop')}{end}{end}", f"data:{space}{USAGE}{end}{end}"]
    if done:
        out.append(f"data:{space}[DONE]{end}{end}")
    return "".join(out).encode()


class Upstream:
    def __init__(self):
        self.requests = []
        self.hung_up = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            with connection, connection.makefile("rb") as reader:
                while self._serve_one(connection, reader):
                    pass
        except OSError:
            self.hung_up.set()

    def _serve_one(self, connection, reader):
        line = reader.readline()
        if not line:
            return False
        headers = {}
        while (field := reader.readline()) not in (b"\r\n", b""):
            name, _, value = field.decode().partition(":")
            headers[name.lower()] = value.strip()
        raw = reader.read(int(headers.get("content-length", 0)))
        body = json.loads(raw)
        self.requests.append({"line": line.decode(), "headers": headers, "raw": raw, "body": body})
        scenario = str(body["messages"][-1]["content"]).split(":")
        handler = getattr(self, "_do_" + scenario[0], self._do_plain)
        return handler(connection, body, *scenario[1:])

    @staticmethod
    def _answer(connection, status, body, **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        head += "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        connection.sendall(head.encode() + b"\r\n" + data)
        return True

    @staticmethod
    def _start_stream(connection, chunked=True):
        coding = "Transfer-Encoding: chunked\r\n" if chunked else "Connection: close\r\n"
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                           + coding.encode() + b"\r\n")

    @staticmethod
    def _chunk(connection, data):
        connection.sendall(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _stream(self, connection, data, size=0):
        self._start_stream(connection)
        for i in range(0, len(data), size or len(data)):
            self._chunk(connection, data[i:i + (size or len(data))])
        connection.sendall(b"0\r\n\r\n")
        return True

    def _do_plain(self, connection, body):
        if body.get("stream"):
            return self._stream(connection, frames())
        return self._answer(connection, 200, {
            "id": "up", "object": "chat.completion", "created": 1, "model": "upstream-model",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "".join(WORDS)},
                         "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15}})

    def _do_split(self, connection, body, size, end="lf", space="yes"):
        end = {"lf": "\n", "cr": "\r", "crlf": "\r\n"}[end]
        return self._stream(connection, frames(end, " " if space == "yes" else ""), int(size))

    def _do_reset(self, connection, body, after):
        self._start_stream(connection)
        for i in range(int(after)):
            self._chunk(connection, f"data: {chunk(WORDS[i])}\n\n".encode())
        time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
        return False

    def _do_nodone(self, connection, body):
        return self._stream(connection, frames(done=False))

    def _do_cutframe(self, connection, body):
        self._start_stream(connection, chunked=False)
        connection.sendall(f"data: {chunk('a')}\n\ndata: {chunk('b')}"[:-9].encode())
        return False

    def _do_inband(self, connection, body):
        error = json.dumps({"error": {"message": "overloaded now", "type": "server_error"}})
        return self._stream(connection, f"data: {chunk('a')}\n\ndata: {error}\n\n".encode())

    def _do_stall(self, connection, body, after):
        self._start_stream(connection)
        for i in range(int(after)):
            self._chunk(connection, f"data: {chunk(WORDS[i])}\n\n".encode())
        return self._wait_for_hangup(connection)

    def _do_silent(self, connection, body):
        return self._wait_for_hangup(connection)

    def _do_think(self, connection, body, seconds):
        self._start_stream(connection)
        time.sleep(float(seconds))
        data = frames()
        self._chunk(connection, data)
        connection.sendall(b"0\r\n\r\n")
        return True

    def _do_endless(self, connection, body):
        self._start_stream(connection)
        while True:
            self._chunk(connection, f"data: {chunk('word ')}\n\n".encode())
            time.sleep(0.002)

    def _do_status(self, connection, body, status, retry_after=""):
        headers = {"retry_after": retry_after} if retry_after else {}
        return self._answer(connection, int(status), {"error": {
            "message": f"planned {status}", "type": "x", "param": "temperature",
            "code": "planned_code"}}, **headers)

    def _do_html(self, connection, body):
        return self._answer(connection, 502, b"<html>Bad gateway</html>")

    def _do_wrongtype(self, connection, body):
        return self._answer(connection, 200, {"not": "a stream"})

    def _do_nonsense(self, connection, body):
        connection.sendall(b"\x16\x03\x01\x02 nonsense\r\n\r\n")
        return False

    def _do_headers(self, connection, body):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-Endless: " + b"x" * 1000 + b"\r\n")

    def _do_once(self, connection, body):
        """Answers, then closes a connection that it said it would keep."""
        self._answer(connection, 200, {"id": "x", "object": "chat.completion", "choices": []})
        return False

    def _wait_for_hangup(self, connection):
        connection.settimeout(30)
        try:
            if connection.recv(1) == b"":
                self.hung_up.set()
        except ConnectionError:
            self.hung_up.set()
        return False
