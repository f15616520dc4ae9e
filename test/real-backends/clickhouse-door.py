"""ClickHouse's HTTP interface before one chdb session, as far as the Collector's exporter and the tests need it.

usage: clickhouse-door.py PORT FOLDER

No registry has a server of ClickHouse, but PyPI has its engine. What is spoken here: SQL in the body, or in
`query` with the rows of an INSERT in the body, in the Native format; `default_format`; 500 with the engine's own
message. No users, no compression.
"""

import os
import re
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from chdb.session import Session

INSERT = re.compile(r"\s*(INSERT\s+INTO\s+.*?\))\s*(?:FORMAT\s+Native|VALUES)?\s*$", re.IGNORECASE | re.DOTALL)
HELLO = re.compile(r"\s*SELECT displayName\(\), version\(\), revision\(\), timezone\(\)", re.IGNORECASE)

# chdb writes Native as a client of revision 0 reads it, so this is the revision that is agreed upon.
REVISION = 0


class Engine:
    """One session takes one query at a time."""

    def __init__(self, folder):
        self.session = Session(os.path.join(folder, "data"))
        self.incoming = os.path.join(folder, "incoming")
        os.makedirs(self.incoming, exist_ok=True)
        self.lock = threading.Lock()

    def query(self, sql, form):
        with self.lock:
            return self.session.query(sql, form).bytes()

    def insert(self, into, rows):
        """Either all rows are stored, or an error is raised: it is one block."""
        with tempfile.NamedTemporaryFile(dir=self.incoming, suffix=".native") as file:
            file.write(rows)
            file.flush()
            return self.query(f"{into} SELECT * FROM file('{file.name}', 'Native')", "Native")

    def hello(self):
        """The first answer, which a client reads as one of its own revision: with an info before the block
        and a mark before each column."""
        name, version, zone = self.query(
            "SELECT displayName(), version(), timezone()", "TabSeparated"
        ).decode().rstrip("\n").split("\t")
        columns = [
            ("displayName()", "String", text(name)),
            ("version()", "String", text(version)),
            ("revision()", "UInt32", REVISION.to_bytes(4, "little")),
            ("timezone()", "String", text(zone)),
        ]
        block = b"\x01\x00\x02\xff\xff\xff\xff\x00" + bytes([len(columns), 1])
        for column, kind, value in columns:
            block += text(column) + text(kind) + b"\x00" + value
        return block


def text(value):
    encoded = value.encode()
    if len(encoded) > 127:
        raise ValueError("longer than one byte of length can say")
    return bytes([len(encoded)]) + encoded


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    engine = None

    def do_GET(self):
        if urlsplit(self.path).path == "/ping":
            return self.answer(200, b"Ok.\n")
        self.run(b"")

    def do_POST(self):
        self.run(self.body())

    def run(self, body):
        parameters = parse_qs(urlsplit(self.path).query)
        form = parameters.get("default_format", ["TabSeparated"])[0]
        statement = parameters.get("query", [""])[0]
        try:
            insert = INSERT.match(statement)
            if insert:
                answer = self.engine.insert(insert[1], body)
            else:
                sql = (statement + "\n" + body.decode()).strip()
                answer = self.engine.hello() if HELLO.match(sql) else self.engine.query(sql, form)
            self.answer(200, answer)
        except Exception as error:
            self.answer(500, str(error).encode())

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
            if size == 0:
                return b"".join(chunks)

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


if __name__ == "__main__":
    Door.engine = Engine(sys.argv[2])
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Door).serve_forever()
