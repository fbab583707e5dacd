# SPDX-License-Identifier: Apache-2.0
"""docmill up with its real parts: openai-python as the client, the tool beside it."""
import base64
import collections
import struct
import subprocess
import time

import openai
import pytest
import requests
from local_site import Site, html
from program import Docmill, Server

FACT = "The coolant pump of the harbour crane must be greased every forty hours."
QUESTION = [{"role": "user", "content": "How often must the coolant pump be greased?"}]


def wait_for(what, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come in time")


@pytest.fixture(scope="module")
def mill(tmp_path_factory):
    folder = tmp_path_factory.mktemp("up")
    (folder / "pump.md").write_text(f"# Pump care\n\n{FACT}\n")
    mill = Docmill(folder / "data", DOCMILL_CRAWLER_ALLOW_PRIVATE="true",
                   DOCMILL_CRAWLER_DELAY="0ms")
    mill.run("ingest", folder / "pump.md")
    return mill


@pytest.fixture(scope="module")
def server(mill):
    with Server(mill) as server:
        yield server
        assert server.stop() == 0


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(base_url=server.url + "/v1", api_key="unused", max_retries=0)


def state_of(server, id_):
    return requests.get(f"{server.url}/v1/documents/{id_}").json().get("state")


def found(server, query):
    answer = requests.post(server.url + "/v1/search", json={"query": query})
    return answer.text if answer.status_code == 200 else ""


def test_ask_answers_with_citations_plain_and_streamed(client):
    plain = client.chat.completions.create(model="docmill/ask", messages=QUESTION)
    assert "forty hours" in plain.choices[0].message.content
    citations = plain.model_extra["citations"]
    assert any("forty hours" in citation["quote"] for citation in citations)
    text, streamed = "", None
    for chunk in client.chat.completions.create(
            model="docmill/ask", messages=QUESTION, stream=True):
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        streamed = chunk.model_extra.get("citations", streamed)
    assert text == plain.choices[0].message.content and streamed == citations


def test_models_and_embeddings(server, client):
    names = [model.id for model in client.models.list()]
    assert "docmill/ask" in names
    (embedder,) = [name for name in names if name != "docmill/ask"]
    floats = client.embeddings.create(model=embedder, input=["one", FACT], encoding_format="float")
    packed = requests.post(server.url + "/v1/embeddings", json={
        "model": embedder, "input": ["one", FACT], "encoding_format": "base64"}).json()
    for one, other in zip(floats.data, packed["data"], strict=True):
        assert len(one.embedding) == 384
        assert struct.pack("<384f", *one.embedding) == base64.b64decode(other["embedding"])


def test_posted_documents_are_searchable_until_deleted(server):
    raw = requests.post(server.url + "/v1/documents", data=b"# Raw\n\nWalrus ivory carvings.\n",
                        headers={"Content-Type": "text/markdown"})
    form = requests.post(server.url + "/v1/documents", files={
        "file": ("form.html", html("Form", "Narwhal tusks spiral leftwards."), "text/html")})
    for answer, words in (raw, "Walrus ivory"), (form, "Narwhal tusks"):
        assert answer.status_code == 202, answer.text
        id_ = answer.json()["id"]
        wait_for(lambda id_=id_: state_of(server, id_) == "done")
        wait_for(lambda words=words: words in found(server, words))
        assert requests.delete(f"{server.url}/v1/documents/{id_}").status_code in (200, 202, 204)
        wait_for(lambda words=words: words not in found(server, words))


def test_crawls_run_in_the_background(server):
    with Site({"/": html("Start", "Words of the start page.", ["/puffin"]),
               "/puffin": html("Puffin", "Puffins dig burrows into turf.")}) as site:
        answer = requests.post(server.url + "/v1/crawls", json={"url": site.url + "/"})
        assert answer.status_code in (200, 202), answer.text
        id_ = answer.json()["id"]
        wait_for(lambda: requests.get(
            f"{server.url}/v1/crawls/{id_}").json().get("state") == "done")
        wait_for(lambda: "burrows" in found(server, "puffin burrows"))


def test_health_and_metrics(server):
    ready = requests.get(server.url + "/readyz").json()
    assert ready["status"] == "ready" and ready["sandbox"] in ("full", "partial")
    for path in ("/healthz", "/readyz"):
        assert requests.get(server.url + path).status_code == 200
    assert "docmill_" in requests.get(server.url + "/metrics").text


def test_the_tool_searches_beside_the_server(server, mill):
    assert FACT in mill.json("search", "coolant pump")["results"][0]["text"]


def test_a_key_closes_the_door(tmp_path):
    mill = Docmill(tmp_path / "data")
    key = mill.json("key", "create")["key"]
    with Server(mill) as server:
        assert requests.get(server.url + "/v1/models").status_code == 401
        assert requests.get(server.url + "/v1/models", headers={
            "Authorization": "Bearer " + key}).status_code == 200
        assert server.stop() == 0


def test_stop_with_work_in_flight_loses_nothing(tmp_path):
    mill = Docmill(tmp_path / "data")
    with Server(mill) as server:
        for i in range(40):
            assert requests.post(server.url + "/v1/documents", data=f"Note {i}. {FACT * 20}",
                                 headers={"Content-Type": "text/plain"}).status_code == 202
        assert server.stop() == 0
    with Server(mill) as server:
        wait_for(lambda: mill.json("status")["documents"]["done"] == 40)
        assert server.stop() == 0


def test_two_processes_on_one_folder(tmp_path):
    mill = Docmill(tmp_path / "data")
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        for i in range(25):
            (folder / f"{i}.txt").write_text(f"{folder.name} {i}: {FACT}\n")
    processes = [mill.start("ingest", folder, stderr=subprocess.PIPE) for folder in folders]
    for process in processes:
        error = process.communicate(timeout=60)[1]
        assert process.returncode == 0, error
    status = mill.json("status")
    assert status["documents"]["done"] == 50 and status["chunks"] == status["vectors"] == 50
    assert max(collections.Counter(id_ for _, _, id_ in mill.vectors()).values()) == 1
