"""An OTLP/HTTP receiver that shares no code with OpenTelemetry's JavaScript: the official protobuf classes
decode what arrives, and what the specification does not allow is refused. `GET /spans` answers with what
was taken, in JSON, with the type of every value."""

import base64
import gzip
import json
import math
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

taken: list[dict] = []


class Refused(Exception):
    def __init__(self, status: int, reason: str):
        super().__init__(reason)
        self.status = status


def read_body(handler: BaseHTTPRequestHandler) -> tuple[bytes, bool]:
    """The body and whether it came in chunks, which http.server leaves to us."""
    if handler.headers.get("transfer-encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("content-length", 0))), False
    body = b""
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return body, True


def with_base64_ids(value):
    """OTLP's JSON writes ids in hexadecimal, protobuf's own JSON in base64; all else is the same."""
    if isinstance(value, list):
        return [with_base64_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    ids = {"traceId", "spanId", "parentSpanId"}
    return {
        key: base64.b64encode(bytes.fromhex(item)).decode() if key in ids else with_base64_ids(item)
        for key, item in value.items()
    }


def decode(kind: str, body: bytes) -> ExportTraceServiceRequest:
    if kind == "application/x-protobuf":
        request = ExportTraceServiceRequest.FromString(body)
        if unknown_fields(request):
            raise Refused(400, "fields that the protocol does not have")
        return request
    if kind == "application/json":
        # Fails on fields that the protocol does not have.
        return json_format.ParseDict(with_base64_ids(json.loads(body)), ExportTraceServiceRequest())
    raise Refused(415, f"no such encoding: {kind}")


def unknown_fields(message) -> bool:
    known = message.__class__()
    known.CopyFrom(message)
    known.DiscardUnknownFields()
    return known.SerializeToString(deterministic=True) != message.SerializeToString(deterministic=True)


def read_value(value):
    kind = value.WhichOneof("value")
    if kind is None:
        # An empty value is allowed. It is what JavaScript's JSON makes of NaN, which AI SDK 4 counts with.
        return {"type": "empty", "value": None}
    if kind == "double_value" and not math.isfinite(value.double_value):
        return {"type": kind, "value": str(value.double_value)}
    if kind == "array_value":
        return {"type": kind, "value": [read_value(item)["value"] for item in value.array_value.values]}
    if kind == "kvlist_value":
        return {"type": kind, "value": read_attributes(value.kvlist_value.values)}
    return {"type": kind, "value": getattr(value, kind)}


def read_attributes(attributes):
    names = [attribute.key for attribute in attributes]
    if len(set(names)) != len(names):
        raise Refused(400, "an attribute twice")
    if "" in names:
        raise Refused(400, "an attribute without a name")
    return {attribute.key: read_value(attribute.value) for attribute in attributes}


def read_span(span):
    if len(span.trace_id) != 16 or len(span.span_id) != 8 or len(span.parent_span_id) not in (0, 8):
        raise Refused(400, "an id of the wrong length")
    if not any(span.trace_id) or not any(span.span_id):
        raise Refused(400, "an id of zeros")
    if span.end_time_unix_nano < span.start_time_unix_nano or span.start_time_unix_nano == 0:
        raise Refused(400, "times in the wrong order")
    if span.name == "":
        raise Refused(400, "a span without a name")
    return {
        "name": span.name,
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
        "attributes": read_attributes(span.attributes),
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200, "application/json", json.dumps(taken).encode())

    def do_POST(self):
        body, in_chunks = read_body(self)
        kind = self.headers.get("content-type", "")
        encoding = self.headers.get("content-encoding", "identity")
        try:
            if self.path != "/v1/traces":
                raise Refused(404, f"nothing is taken at {self.path}")
            if encoding not in ("gzip", "identity"):
                raise Refused(415, f"no such compression: {encoding}")
            request = decode(kind, gzip.decompress(body) if encoding == "gzip" else body)
            way = {"kind": kind, "encoding": encoding, "inChunks": in_chunks}
            taken.extend(
                {**read_span(span), **way}
                for resource in request.resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
            )
        except Refused as refusal:
            return self.answer(refusal.status, "text/plain", str(refusal).encode())
        except Exception as error:
            return self.answer(400, "text/plain", repr(error).encode())
        response = ExportTraceServiceResponse()
        if kind == "application/json":
            return self.answer(200, kind, json_format.MessageToJson(response).encode())
        return self.answer(200, kind, response.SerializeToString())

    def answer(self, status: int, kind: str, body: bytes):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
