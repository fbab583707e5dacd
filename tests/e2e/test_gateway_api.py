# SPDX-License-Identifier: Apache-2.0
"""Everything of the gateway but chat: embeddings, models, keys, documents, crawls, limits, logs."""
import base64
import hashlib
import json
import pathlib
import socket
import struct
import sys

import openai
import pytest
import requests

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from testbed import Testbed  # noqa: E402


@pytest.fixture(scope="module")
def bed():
    with Testbed() as testbed:
        yield testbed
        assert testbed.stop() == 0


@pytest.fixture(scope="module")
def client(bed):
    return openai.OpenAI(base_url=bed.url + "/v1", api_key="unused", max_retries=0)


def test_embeddings_are_bit_equal_in_both_encodings(bed, client):
    texts = [f"text {i} äöü" for i in range(50)]
    floats = client.embeddings.create(model="test-embedder", input=texts, encoding_format="float")
    default = client.embeddings.create(model="test-embedder", input=texts)  # base64 on the wire
    raw = requests.post(bed.url + "/v1/embeddings", json={
        "model": "test-embedder", "input": texts, "encoding_format": "base64"}).json()
    for i, text in enumerate(texts):
        packed = base64.b64decode(raw["data"][i]["embedding"])
        assert struct.pack("<32f", *floats.data[i].embedding) == packed
        assert struct.pack("<32f", *default.data[i].embedding) == packed
        assert floats.data[i].index == i
    assert floats.usage.prompt_tokens == sum(len(t.encode()) for t in texts)


@pytest.mark.parametrize("change, param", [
    ({"input": []}, "input"), ({"input": [1, 2]}, "input"), ({"input": [[1]]}, "input"),
    ({"input": ""}, "input"), ({"input": "x" * 600}, "input"), ({"input": ["x"] * 2049}, "input"),
    ({"dimensions": 7}, "dimensions"), ({"dimensions": -1}, "dimensions"),
    ({"encoding_format": "hex"}, "encoding_format"), ({"nonsense": 1}, "nonsense"),
])
def test_bad_embedding_requests_name_the_field(bed, change, param):
    body = {"model": "test-embedder", "input": "x", **change}
    answer = requests.post(bed.url + "/v1/embeddings", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


def test_models(client):
    ids = [model.id for model in client.models.list()]
    assert "docmill/ask" in ids and "test-embedder" in ids
    assert client.models.retrieve("docmill/ask").id == "docmill/ask"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nope")
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="nope", input="x")


def test_documents_raw_and_by_form(bed):
    url = bed.url + "/v1/documents"
    data = bytes(range(256)) * 5000
    first = requests.post(url, data=data, headers={
        "Content-Type": "application/pdf", "X-Filename": "../a%20b%C3%A4.pdf"})
    assert first.status_code == 202
    document = first.json()
    assert document["uri"] == "upload:a%20b%C3%A4.pdf" and document["status"] == "queued"
    again = requests.post(url, data=data, headers={"X-Filename": "a bä.pdf".encode()})
    assert again.json() == {**document, "status": "unchanged"}
    got = requests.get(f"{url}/{document['id']}").json()
    assert got["sha256"] == hashlib.sha256(data).hexdigest() and got["size_bytes"] == len(data)
    named = requests.post(url + "?uri=HTTPS://Example.org/x/../y&collection=c1", data=b"x").json()
    assert (named["uri"], named["collection"]) == ("https://example.org/y", "c1")
    form = requests.post(url, files=[("file", ("n.md", b"# n", "text/markdown"))],
                         data={"uri": "file:///n.md", "collection": "c2"})
    assert form.status_code == 202
    assert (form.json()["uri"], form.json()["collection"]) == ("file:///n.md", "c2")
    several = requests.post(url, files=[("file", ("1.md", b"1")), ("file", ("2.md", data))]).json()
    assert [d["uri"] for d in several["data"]] == ["upload:1.md", "upload:2.md"]
    page = requests.get(url, params={"limit": 2}).json()
    assert page["has_more"] and len(page["data"]) == 2
    rest = requests.get(url, params={"after": page["next"]}).json()
    assert len(rest["data"]) == 3 and not rest["has_more"]
    only = requests.get(url, params={"collection": "c2", "state": "waiting"}).json()["data"]
    assert [d["uri"] for d in only] == ["file:///n.md"]
    assert requests.delete(f"{url}/{document['id']}").status_code == 202
    assert requests.get(f"{url}/{document['id']}").status_code == 404
    assert requests.delete(f"{url}/nope").status_code == 404


@pytest.mark.parametrize("arguments, status", [
    (dict(data=b""), 400), (dict(data=b"x", params={"uri": "no uri"}), 400),
    (dict(data=b"x", params={"collection": "../x"}), 400),
    (dict(data=b"x" * (4 << 20) + b"y"), 413),
    (dict(files={"file": ("big", b"x" * (4 << 20) + b"y")}), 413),
    (dict(data=b"x", headers={"Content-Type": "multipart/form-data"}), 400),
    (dict(data=b"x", headers={"Content-Type": "multipart/form-data; boundary=b"}), 400),
    (dict(files={"other": (None, "x")}), 400),
])
def test_bad_uploads(bed, arguments, status):
    answer = requests.post(bed.url + "/v1/documents", **arguments)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]


def test_search_and_crawls(bed):
    answer = requests.post(bed.url + "/v1/search", json={"query": "q ä", "k": 3, "mode": "lexical",
                                                         "filter": {"media_type": "text/html"}})
    assert answer.json()["results"][0] == {
        "document": "d", "uri": "file:///a.pdf", "title": 'A "title"', "page": 3, "score": 0.25,
        "text": "q ä", "heading_path": "One > Two"}
    for body in ({}, {"query": ""}, {"query": "x", "k": 0}, {"query": "x", "mode": "y"},
                 {"query": "x", "filter": {"z": 1}}, {"query": "x", "filter": {"modified_after": "1"}}):
        assert requests.post(bed.url + "/v1/search", json=body).status_code == 400
    missing = requests.post(bed.url + "/v1/search", json={"query": "x", "collection": "missing"})
    assert missing.status_code == 404
    crawl = requests.post(bed.url + "/v1/crawls", json={"url": "http://x/", "depth": 1, "limit": 5})
    assert crawl.status_code == 202
    one = requests.get(f"{bed.url}/v1/crawls/{crawl.json()['id']}").json()
    assert (one["url"], one["depth"], one["limit"], one["state"]) == ("http://x/", 1, 5, "running")
    assert len(requests.get(bed.url + "/v1/crawls").json()["data"]) == 1
    assert requests.get(bed.url + "/v1/crawls/nope").status_code == 404
    refused = requests.post(bed.url + "/v1/crawls", json={"url": "x"})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "url")


def test_health_metrics_and_unknown_addresses(bed):
    assert requests.get(bed.url + "/healthz").json() == {"status": "ok"}
    assert requests.get(bed.url + "/readyz").json()["checks"]["catalog"] == "ok"
    assert requests.head(bed.url + "/healthz").status_code == 200
    unknown = requests.get(bed.url + "/v1/%ff?x=%zz")
    assert unknown.status_code == 404 and unknown.json()["error"]["code"] == "unknown_url"
    wrong = requests.put(bed.url + "/v1/documents")
    assert wrong.status_code == 405 and wrong.headers["allow"] == "POST, GET"
    text = requests.get(bed.url + "/metrics").text
    assert 'docmill_gateway_requests_total{route="/healthz",status="200"}' in text
    assert 'route="unknown",status="404"' in text and "docmill_http_connections" in text


def test_request_ids(bed):
    assert requests.get(bed.url + "/healthz").headers["x-request-id"].startswith("req_")
    kept = requests.get(bed.url + "/healthz", headers={"x-request-id": "my-id.1"})
    assert kept.headers["x-request-id"] == "my-id.1"
    odd = requests.get(bed.url + "/healthz", headers={"x-request-id": "a b{}"})
    assert odd.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize("raw, status", [
    (b"NONSENSE\r\n\r\n", b"400"), (b"GET / HTTP/1.1\r\nA: " + b"x" * 70000 + b"\r\n\r\n", b"431"),
    (b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n", b"413"),
    (b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n[]", b"400"),
])
def test_malformed_requests_are_answered_as_json(bed, raw, status):
    with socket.create_connection(("127.0.0.1", bed.port), timeout=10) as connection:
        connection.sendall(raw)
        answer = b""
        while b"}}" not in answer and (piece := connection.recv(4096)):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 " + status), head
    assert b"x-request-id" in head and json.loads(body)["error"]["type"]


def test_foreign_pages_are_refused_without_keys(bed):
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}):
        assert requests.get(bed.url + "/v1/models", headers=headers).status_code == 403
    assert requests.get(bed.url + "/v1/models",
                        headers={"Origin": "http://localhost:3000"}).status_code == 200


def test_keys_guard_everything_and_never_reach_the_log():
    with Testbed(keys=1) as bed:
        client = openai.OpenAI(base_url=bed.url + "/v1", api_key=bed.key, max_retries=0)
        assert client.models.list().data
        wrong = bed.key[:-1] + ("0" if bed.key[-1] != "0" else "1")
        for key in (wrong, "dm-000000000000-" + "0" * 48, "sk-other", ""):
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            for method, path in (("GET", "/v1/models"), ("POST", "/v1/chat/completions"),
                                 ("POST", "/v1/documents"), ("GET", "/v1/documents/x"),
                                 ("DELETE", "/v1/documents/x"), ("POST", "/v1/search"),
                                 ("POST", "/v1/crawls"), ("POST", "/v1/embeddings")):
                answer = requests.request(method, bed.url + path, headers=headers, data=b"{}")
                assert answer.status_code == 401, path
                assert answer.json()["error"]["code"] == "invalid_api_key"
        with pytest.raises(openai.AuthenticationError):
            openai.OpenAI(base_url=bed.url + "/v1", api_key=wrong, max_retries=0).models.list()
        assert requests.get(bed.url + "/healthz").status_code == 200
        assert requests.get(bed.url + "/metrics").status_code == 200  # loopback
        assert bed.stop() == 0
        log = bed.logs()
        secret = bed.key.split("-")[2]
        assert secret not in log and secret[:-1] not in log and "sk-other" not in log
        lines = [json.loads(line) for line in log.splitlines()]
        used = [line for line in lines if line.get("key")]
        assert used and used[0]["key"] == bed.key.split("-")[1]
        assert {"method", "route", "status", "us", "bytes", "request_id"} <= used[0].keys()
