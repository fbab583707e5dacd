# SPDX-License-Identifier: Apache-2.0
"""Chat through the gateway, seen by the official openai client, against a hostile upstream."""
import json
import pathlib
import socket
import sys
import time

import openai
import pytest
import requests

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from testbed import Testbed  # noqa: E402
from upstream import WORDS, Upstream  # noqa: E402

TEXT = "".join(WORDS)


@pytest.fixture(scope="module")
def upstream():
    server = Upstream()
    yield server
    server.close()


@pytest.fixture(scope="module")
def bed(upstream):
    with Testbed(upstream.url, first_byte=600, idle=400, keep_alive=150, total=3000) as testbed:
        yield testbed
        assert testbed.stop() == 0


@pytest.fixture(scope="module")
def client(bed):
    return openai.OpenAI(base_url=bed.url + "/v1", api_key="unused", max_retries=0, timeout=20)


def ask(client, scenario, **options):
    return client.chat.completions.create(
        model="hosted", messages=[{"role": "user", "content": scenario}], **options)


def read(stream):
    return "".join(c.choices[0].delta.content or "" for c in stream if c.choices)


def test_plain_answer_passes_through_unchanged(client, upstream):
    answer = ask(client, "plain", temperature=0.5, extra_body={"vendor_field": {"a": [1, None]}})
    assert answer.choices[0].message.content == TEXT
    assert answer.usage.total_tokens == 15
    sent = upstream.requests[-1]
    assert sent["body"]["model"] == "upstream-model"
    assert sent["body"]["vendor_field"] == {"a": [1, None]}
    assert "stream_options" not in sent["body"]
    assert sent["headers"]["authorization"] == "Bearer sk-upstream-secret"


def test_only_the_model_differs_in_the_bytes(bed, upstream):
    raw = b'{ "messages":[{"role":"user","content":"plain \\u00e4"}],\n "model" : "hosted", "x":1e2}'
    assert requests.post(bed.url + "/v1/chat/completions", data=raw).status_code == 200
    assert upstream.requests[-1]["raw"] == raw.replace(b'"hosted"', b'"upstream-model"')


@pytest.mark.parametrize("end", ["lf", "cr", "crlf"])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_streams_survive_any_split(client, size, end):
    assert read(ask(client, f"split:{size}:{end}", stream=True)) == TEXT
    assert read(ask(client, f"split:{size}:{end}:no", stream=True)) == TEXT


def test_usage_is_asked_for_and_kept_back(client, upstream):
    chunks = list(ask(client, "plain", stream=True))
    assert upstream.requests[-1]["body"]["stream_options"] == {"include_usage": True}
    assert all(chunk.choices for chunk in chunks)
    chunks = list(ask(client, "plain", stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].usage.total_tokens == 15 and not chunks[-1].choices


@pytest.mark.parametrize("scenario", ["reset:1", "reset:3", "nodone", "cutframe", "inband", "stall:2"])
def test_a_stream_that_breaks_raises_and_has_no_done(client, bed, scenario):
    with pytest.raises(openai.APIError):
        read(ask(client, scenario, stream=True))
    raw = requests.post(bed.url + "/v1/chat/completions", stream=True, json={
        "model": "hosted", "stream": True, "messages": [{"role": "user", "content": scenario}]})
    text = raw.content.decode()
    assert raw.status_code == 200 and "[DONE]" not in text
    assert "error" in json.loads(text.strip().split("\n\n")[-1].removeprefix("data: "))


@pytest.mark.parametrize("scenario, stream, raised, status", [
    ("status:400", False, openai.BadRequestError, 400),
    ("status:400", True, openai.BadRequestError, 400),
    ("status:429:2", True, openai.RateLimitError, 429),
    ("status:500", False, openai.InternalServerError, 503),
    ("status:401", False, openai.InternalServerError, 503),
    ("html", False, openai.InternalServerError, 503),
    ("wrongtype", True, openai.InternalServerError, 503),
    ("nonsense", False, openai.InternalServerError, 503),
    ("headers", False, openai.InternalServerError, 503),
    ("silent", False, openai.InternalServerError, 504),
    ("reset:0", True, openai.InternalServerError, 503),
])
def test_failures_before_the_first_chunk_have_a_status(bed, upstream, scenario, stream, raised, status):
    # No keep-alive here: its first comment would commit the status.
    with Testbed(upstream.url, first_byte=300, keep_alive=0) as quiet:
        client = openai.OpenAI(base_url=quiet.url + "/v1", api_key="x", max_retries=0)
        with pytest.raises(raised) as caught:
            ask(client, scenario, stream=stream)
    assert caught.value.status_code == status
    assert caught.value.request_id
    assert "sk-upstream-secret" not in str(caught.value)
    if scenario == "status:400":
        assert caught.value.param == "temperature" and caught.value.code == "planned_code"
    if status == 429:
        assert caught.value.response.headers["retry-after"] == "2"


def test_unreachable_upstream(client):
    with pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model="unreachable", messages=[{"role": "user", "content": "x"}])


def test_a_pooled_connection_that_was_closed_is_replaced(client):
    for _ in range(5):
        ask(client, "once")


def test_keep_alive_comments_while_the_upstream_thinks(bed, client):
    assert read(ask(client, "think:0.35", stream=True)) == TEXT
    raw = requests.post(bed.url + "/v1/chat/completions", json={
        "model": "hosted", "stream": True, "messages": [{"role": "user", "content": "think:0.35"}]})
    assert raw.content.startswith(b": ping\n\n")
    assert raw.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert raw.headers["x-accel-buffering"] == "no"


@pytest.mark.parametrize("scenario", ["endless", "stall:1", "silent"])
def test_a_client_that_hangs_up_cancels_the_upstream(bed, upstream, scenario):
    upstream.hung_up.clear()
    body = json.dumps({"model": "hosted", "stream": True,
                       "messages": [{"role": "user", "content": scenario}]}).encode()
    before = len(upstream.requests)
    with socket.create_connection(("127.0.0.1", bed.port)) as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                           b"Content-Length: %d\r\n\r\n" % len(body) + body)
        while len(upstream.requests) == before:
            time.sleep(0.01)
        if scenario != "silent":
            connection.recv(100)
    assert upstream.hung_up.wait(5)


def test_many_streams_at_once(client):
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(32) as pool:
        texts = pool.map(lambda i: read(ask(client, f"split:{i % 7 + 1}", stream=True)), range(200))
        assert all(text == TEXT for text in texts)


def test_the_answer_of_the_documents_looks_like_any_model(client):
    ask_model = dict(model="docmill/ask", messages=[{"role": "user", "content": "x"}])
    assert client.chat.completions.create(**ask_model).choices[0].message.content == "echo"
    assert read(client.chat.completions.create(**ask_model, stream=True)) == "echo"


@pytest.mark.parametrize("body, param, code", [
    ({"messages": [{}]}, "model", "missing_required_parameter"),
    ({"model": "hosted"}, "messages", "missing_required_parameter"),
    ({"model": "hosted", "messages": []}, "messages", "empty_array"),
    ({"model": "hosted", "messages": [{}], "stream": 1}, "stream", "invalid_type"),
])
def test_bad_requests_name_the_field(bed, body, param, code):
    answer = requests.post(bed.url + "/v1/chat/completions", json=body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["param"], error["code"], error["type"]) == (param, code, "invalid_request_error")


def test_an_unknown_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="nope", messages=[{"role": "user", "content": "x"}])
    assert caught.value.code == "model_not_found"
