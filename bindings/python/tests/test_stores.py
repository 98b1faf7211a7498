"""Tables, results and models in an S3 store: a real server of moto, started here."""

import http.client
import http.server
import os
import threading

import pandas as pd
import pytest

import verdancy as vd

boto3 = pytest.importorskip("boto3")
server = pytest.importorskip("moto.server")

BUCKET = "tables"


@pytest.fixture(scope="module")
def s3():
    started = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    started.start()
    host, port = started.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    said = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    before = {name: os.environ.get(name) for name in said}
    os.environ.update(said)
    client = boto3.client("s3", endpoint_url=endpoint)
    client.create_bucket(Bucket=BUCKET)
    yield client
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})
    started.stop()


@pytest.fixture(scope="module")
def people(gbsg2):
    return gbsg2.head(300)


def names(s3, prefix):
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return sorted(o["Key"] for o in found)


def body(s3, key):
    return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()


@pytest.fixture
def table(s3, people, tmp_path):
    path = tmp_path / "people.csv"
    people.to_csv(path, index=False)
    s3.upload_file(str(path), BUCKET, "in/people.csv")
    return path


def test_a_run_reads_and_writes_a_store(s3, table, tmp_path):
    run = vd.synthesize(f"s3://{BUCKET}/in/people.csv", method="gaussian_copula", seed=3, progress=False)
    local = vd.synthesize(str(table), method="gaussian_copula", seed=3, progress=False)
    pd.testing.assert_frame_equal(pd.DataFrame(run.synthetic), pd.DataFrame(local.synthetic))
    run.save(f"s3://{BUCKET}/out")
    local.save(str(tmp_path / "out"))
    here = sorted(p.relative_to(tmp_path).as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file())
    assert names(s3, "out/") == here
    assert body(s3, "out/synthetic.csv") == (tmp_path / "out" / "synthetic.csv").read_bytes()
    # A second run replaces the first; what is not ours stays.
    s3.put_object(Bucket=BUCKET, Key="out/notes.txt", Body=b"mine")
    run.save(f"s3://{BUCKET}/out", format="parquet")
    assert "out/synthetic.csv" not in names(s3, "out/")
    assert {"out/synthetic.parquet", "out/notes.txt"} <= set(names(s3, "out/"))


def test_models_are_loaded_from_a_store_and_saved_to_one(s3, people, tmp_path):
    model = vd.GaussianCopula().fit(people)
    model.save(f"s3://{BUCKET}/model")
    again = vd.load(f"s3://{BUCKET}/model")
    again.rows(500, random_state=1).write(f"s3://{BUCKET}/rows.csv")
    model.rows(500, random_state=1).write(str(tmp_path / "rows.csv"))
    assert body(s3, "rows.csv") == (tmp_path / "rows.csv").read_bytes()


def test_the_command_takes_addresses_too(s3, table, tmp_path, capfd):
    def verdancy(*arguments):
        return vd._native.command(["verdancy", *arguments])

    out = f"s3://{BUCKET}/command"
    code = verdancy("synth", f"s3://{BUCKET}/in/people.csv", "--method", "copula", "--seed", "3", "-o", out)
    told = capfd.readouterr()
    assert code in (0, 3), told.err
    assert f"{out}/" in told.out and f"s3://{BUCKET}/in/people.csv" in told.err
    assert verdancy("sample", out, "--rows", "50", "-o", f"s3://{BUCKET}/more.parquet") == 0
    assert body(s3, "more.parquet").startswith(b"PAR1")
    assert verdancy("explain", out) == code
    assert verdancy("inspect", f"file://{table}") == 0
    address = f"s3://{BUCKET}/command/synthetic.csv"
    assert verdancy("evaluate", address, "--train", f"s3://{BUCKET}/in/people.csv", "-o", f"s3://{BUCKET}/judged") in (0, 3)
    assert names(s3, "judged/") == ["judged/figures.json", "judged/report.html", "judged/report.json"]


def test_a_web_address_is_read_and_not_written(s3, table, people):
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "in/people.csv"})
    assert "Signature" in url
    found = vd.inspect(url)
    assert found.rows == len(people)
    with pytest.raises(vd.InputError) as told:
        vd.GaussianCopula().fit(people).save("https://127.0.0.1/model")
    assert told.value.code == "stores/read-only"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (f"s3://{BUCKET}/nothing.csv", "stores/not-found"),
        ("s3://no-such-bucket-here/t.csv", "stores/not-found"),
        ("ftp://host/t.csv", "stores/unknown-scheme"),
    ],
)
def test_what_is_not_there_is_said(s3, address, code):
    with pytest.raises(vd.InputError) as told:
        vd.inspect(address)
    assert told.value.code == code
    assert address in str(told.value)


def test_a_server_that_is_gone_is_an_error_and_not_a_wait(s3, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(vd.EnvironmentFault) as told:
        vd.inspect(f"s3://{BUCKET}/in/people.csv")
    assert told.value.code == "stores/failed"


def test_a_run_spares_what_is_not_its_own_and_what_it_reads(s3, people, table):
    s3.put_object(Bucket=BUCKET, Key="theirs/schema.toml", Body=b"x")
    with pytest.raises(vd.InputError) as told:
        vd.synthesize(people, method="gaussian_copula", progress=False).save(f"s3://{BUCKET}/theirs")
    assert told.value.code == "stores/not-ours"
    assert body(s3, "theirs/schema.toml") == b"x"


class Failing(http.server.BaseHTTPRequestHandler):
    """Passes requests on to the real server, and refuses every upload after the first three."""

    protocol_version = "HTTP/1.1"
    upstream = ""
    uploads = 0

    def forward(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.command == "PUT":
            type(self).uploads += 1
            if self.uploads > 3:
                self.send_response(403)
                self.send_header("content-length", "0")
                self.end_headers()
                return
        connection = http.client.HTTPConnection(self.upstream)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = forward

    def log_message(self, *_):
        pass


def test_an_upload_that_fails_leaves_nothing_that_looks_finished(s3, people, monkeypatch):
    run = vd.synthesize(people, method="gaussian_copula", progress=False)
    Failing.upstream, Failing.uploads = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://"), 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Failing) as between:
        threading.Thread(target=between.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{between.server_port}")
        with pytest.raises(vd.EnvironmentFault) as told:
            run.save(f"s3://{BUCKET}/half")
        between.shutdown()
    assert told.value.code == "stores/denied"
    assert Failing.uploads == 4
    assert names(s3, "half/") == []
