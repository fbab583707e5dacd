# SPDX-License-Identifier: Apache-2.0
"""A web site on loopback, made of a dictionary; remembers what was asked of it and when."""
import http.server
import threading
import time


class Site:
    """pages: path to HTML text, or to (status, headers, bytes)."""

    def __init__(self, pages=None, address="127.0.0.1"):
        self.pages = pages or {}
        self.requests = []  # (path, monotonic time, headers)
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                site.requests.append((self.path, time.monotonic(), dict(self.headers)))
                page = site.pages.get(self.path, (404, {}, b"not here"))
                if isinstance(page, str):
                    page = 200, {"Content-Type": "text/html; charset=utf-8"}, page.encode()
                status, headers, body = page
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):  # clients that were killed
                pass

        self.server = Server((address, 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://{address}:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def paths(self):
        return [path for path, _, _ in list(self.requests)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def html(title, text, links=()):
    anchors = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    return (f"<!doctype html><html lang=en><head><title>{title}</title></head><body><main>"
            f"<h1>{title}</h1><p>{text}</p><ul>{anchors}</ul></main></body></html>")
