# SPDX-License-Identifier: Apache-2.0
"""An upstream whose certificate nobody vouches for gets neither the request nor our key."""
import pathlib
import socket
import ssl
import subprocess
import sys
import threading

import requests

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from testbed import Testbed  # noqa: E402


def test_untrusted_certificates_are_refused(tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                    "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    received = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) as tls:
                    received.append(tls.recv(100))
            except OSError:
                pass

    threading.Thread(target=serve, daemon=True).start()
    with Testbed(f"https://localhost:{listener.getsockname()[1]}/v1") as bed:
        answer = requests.post(bed.url + "/v1/chat/completions",
                               json={"model": "hosted", "messages": [{}]})
    listener.close()
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "tls"
    assert not any(received)
