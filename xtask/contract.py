"""Holds a running service against its own OpenAPI document with schemathesis, all checks.

Started by `cargo xtask contract`, which installs schemathesis. A service of its own gets a table and a
finished run, so that answers are held against their schemas, not only refusals.
"""

import argparse
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent

# A file may be any bytes and is a table or not; so may a schema and the values of parameters. The
# document cannot say which are, so a refusal with 422 is an answer that it promises.
CONFIG = """
[[operations]]
include-operation-id = ["datasets_add", "datasets_set_schema", "runs_add", "runs_artifact", "runs_suggest", "samples_add", "samples_rows"]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "422", "429", "5xx"]

[[operations]]
include-path = "/v1/suggest"
[operations.parameters]
"query.dataset" = "{dataset}"

# Not the whole run: one of its methods deletes it.
[[operations]]
include-path-regex = "^/v1/runs/.id./"
[operations.parameters]
"path.id" = "{run}"

[[operations]]
include-operation-id = ["runs_get"]
[operations.parameters]
"path.id" = "{run}"

# Not all of a sample either: one of its methods deletes it.
[[operations]]
include-operation-id = ["samples_get", "samples_rows", "samples_cancel"]
[operations.parameters]
"path.id" = "{run}"
"path.sample" = "{sample}"

[[operations]]
include-path = "/v1/runs/{{id}}/artifacts/{{name}}"
[operations.parameters]
"path.name" = "synthetic.csv"
"""

HOOKS = '''
import schemathesis


@schemathesis.serializer("application/toml")
def toml(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
'''


class Service:
    def __init__(self, binary, folder, *arguments):
        self.log = folder / "log"
        command = [binary, "serve", "--listen", "127.0.0.1:0", "--data", str(folder / "data"), *arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log.open("a"), text=True
        )
        self.address = self.key = None
        while True:
            line = self.process.stdout.readline()
            words = line.split()
            self.address = next((w for w in words if w.startswith("http://")), self.address)
            self.key = next((w for w in words if w.startswith("vk_")), self.key)
            if not line:
                sys.exit("the service did not start")
            if self.address and not line.strip():
                return

    def ask(self, path, key, data=None, kind="application/octet-stream"):
        request = urllib.request.Request(
            self.address.rstrip("/") + path,
            data=data,
            headers={"authorization": f"Bearer {key}", "content-type": kind},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def seed(service, key):
    """A table, a finished run of it, and rows drawn from its model."""
    table = (ROOT / "examples/data/gbsg2.csv").read_bytes()
    dataset = service.ask("/v1/datasets?name=gbsg2.csv", key, table)["id"]
    order = {"dataset": dataset, "method": "gaussian_copula", "attempts": 1}
    run = service.ask("/v1/runs", key, json.dumps(order).encode(), "application/json")["id"]
    for _ in range(600):
        state = service.ask(f"/v1/runs/{run}/status", key)["state"]
        if state not in ("queued", "running"):
            break
        time.sleep(0.2)
    if state != "succeeded":
        sys.exit(f"the run to look at is {state}")
    wish = json.dumps({"rows": 20, "where": "age > 50"}).encode()
    sample = service.ask(f"/v1/runs/{run}/samples", key, wish, "application/json")["id"]
    for _ in range(300):
        state = service.ask(f"/v1/runs/{run}/samples/{sample}", key)["state"]
        if state not in ("queued", "running"):
            break
        time.sleep(0.2)
    if state != "succeeded":
        sys.exit(f"the sample to look at is {state}")
    return dataset, run, sample


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seconds", default="60")
    parser.add_argument("--seed", default="1")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        service = Service(asked.binary, folder)
        key = service.key
        dataset, run, sample = seed(service, key)
        service.end()
        # Runs that are asked for from now on stay in the queue.
        service = Service(asked.binary, folder, "--no-worker")
        (folder / "hooks.py").write_text(HOOKS)
        config = folder / "schemathesis.toml"
        config.write_text('hooks = "hooks.py"\n' + CONFIG.format(dataset=dataset, run=run, sample=sample))
        command = [
            sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run",
            service.address + "openapi.json", "--header", f"Authorization: Bearer {key}",
            "--checks", "all", "--max-time", asked.seconds, "--seed", asked.seed, "--no-color",
        ]
        code = subprocess.run(command, cwd=folder, check=False).returncode
        ended = service.end()
        log = service.log.read_text()
    if ended != 0 or "panic" in log or "error [" in log:
        sys.exit(f"the service ended with {ended} and wrote:\n{log}")
    sys.exit(code)


if __name__ == "__main__":
    main()
