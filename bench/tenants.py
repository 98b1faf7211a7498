"""One tenant takes all it can get; what another tenant's requests take meanwhile, and the memory of the service.

    python3 bench/tenants.py target/release/verdancy

Long names of columns, tables that are slow to read, event streams, slow uploads and silent sign-ins, against a service
of its own on SQLite. Needs nothing but Python; takes about two minutes.
"""

import gzip
import json
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request


class Service:
    def __init__(self, binary, folder):
        command = [binary, "serve", "--listen", "127.0.0.1:0", "--data", str(folder), "--no-worker"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.key = None
        while not self.url or line.strip():
            line = self.process.stdout.readline()
            for word in line.split():
                if word.startswith("http://"):
                    self.url = word.rstrip("/")
                elif word.startswith("vk_"):
                    self.key = word
        self.host = self.url.removeprefix("http://")

    def ask(self, path, key, data=None, kind="application/json"):
        headers = {"authorization": f"Bearer {key}", "content-type": kind}
        request = urllib.request.Request(self.url + path, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=600) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def upload(self, key, name, data):
        return self.ask(f"/v1/datasets?name={name}", key, data, "application/octet-stream")

    def tenant(self, name):
        self.ask("/v1/projects", self.key, json.dumps({"name": name}).encode())
        new = {"name": name, "project": name, "sees_rows": True}
        return json.loads(self.ask("/v1/keys", self.key, json.dumps(new).encode())[1])["key"]

    def connect(self, head, source=""):
        stream = socket.socket()
        stream.bind((source, 0))
        stream.settimeout(20)
        name, port = self.host.split(":")
        stream.connect((name, int(port)))
        stream.sendall(head.replace("HOST", self.host).encode())
        return stream

    def peak(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in text.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) // 1024


def measured(service, name, key, dataset, seconds):
    """Asks as the other tenant does, and prints what that took."""
    light, heavy, refused = [], [], 0
    end = time.time() + seconds
    while time.time() < end:
        for path in ("/v1/datasets", "/v1/runs", "/datasets", "/runs", f"/v1/datasets/{dataset}/preview?rows=5"):
            began = time.time()
            status, _ = service.ask(path, key)
            (heavy if "preview" in path else light).append(time.time() - began)
            refused += status != 200
        time.sleep(0.05)

    def at(values, share):
        return 1000 * sorted(values)[min(len(values) - 1, int(share * len(values)))]

    print(
        f"{name}: lists and pages p50 {at(light, 0.5):.0f} ms, p99 {at(light, 0.99):.0f} ms; previews p50 "
        f"{at(heavy, 0.5):.0f} ms, p99 {at(heavy, 0.99):.0f} ms; refused {refused}; peak memory {service.peak()} MB",
        flush=True,
    )


def wide(columns, length):
    draw = random.Random(1)
    names = (
        f"c{i}_" + "".join(draw.choices("abcdefghijklmnop", k=length // 60)) + "a" * (length - length // 60)
        for i in range(columns)
    )
    row = ",".join(["1"] * columns) + "\n"
    return gzip.compress((",".join(names) + "\n" + row * 30).encode(), 6)


def slow(rows):
    lines = (
        f"t{(i * 6364136223846793005 + 1) % 2**64:x},{i % 99991},w{(i * 2862933555777941757) % 2**60:x}\n"
        for i in range(rows)
    )
    return gzip.compress(("a,b,c\n" + "".join(lines)).encode(), 1)


def main():
    with tempfile.TemporaryDirectory() as folder:
        service = Service(sys.argv[1], folder)
        greedy, other = service.tenant("greedy"), service.tenant("other")
        table = ("a,b\n" + "".join(f"{i},{i * 7 % 13}\n" for i in range(500))).encode()
        mine, theirs = (json.loads(service.upload(key, "t.csv", table)[1])["id"] for key in (other, greedy))
        measured(service, "quiet", other, mine, 5)

        def of_the_greedy(files):
            for data in files:
                service.upload(greedy, "w.csv.gz", data)

        names = [wide(300, 900_000)] + [wide(4000, 1000)] * 3
        thread = threading.Thread(target=of_the_greedy, args=(names,))
        thread.start()
        measured(service, "long names", other, mine, 20)
        thread.join()
        table_of_texts = slow(1_500_000)
        threads = [threading.Thread(target=of_the_greedy, args=([table_of_texts] * 2,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        measured(service, "slow tables", other, mine, 25)

        order = json.dumps({"dataset": theirs}).encode()
        run = json.loads(service.ask("/v1/runs", greedy, order)[1])["id"]
        key = f"host: HOST\r\nauthorization: Bearer {greedy}\r\n"
        held = [service.connect(f"GET /v1/runs/{run}/events HTTP/1.1\r\n{key}\r\n") for _ in range(300)]
        for _ in range(16):
            head = f"POST /v1/datasets?name=t.csv HTTP/1.1\r\n{key}content-length: 1000000\r\n\r\na,b\n"
            held.append(service.connect(head))
        measured(service, "300 streams, 16 slow uploads", other, mine, 20)

        known = 0
        for _ in range(1500):
            head = "POST /login HTTP/1.1\r\nhost: HOST\r\ncontent-type: application/x-www-form-urlencoded\r\n"
            try:
                held.append(service.connect(head + "content-length: 100000\r\n\r\n"))
                known += 1
            except OSError:
                pass
        began = time.time()
        head = "GET /health HTTP/1.1\r\nhost: HOST\r\nconnection: close\r\n\r\n"
        status = service.connect(head, "127.0.0.9").recv(12).decode()[9:]
        print(f"{known} silent sign-ins: /health from another address {status} in {time.time() - began:.2f} s")
        for thread in threads:
            thread.join()
        service.process.terminate()
        service.process.wait()


if __name__ == "__main__":
    main()
