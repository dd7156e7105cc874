"""Bends right requests out of shape, each in one place, as the OpenAPI document suggests."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.isolation.sending import Operation, Request, body_schema, properties, resolved

JSON = "application/json"
NESTED_TOO_DEEP = 100_000
TOO_LONG = "x" * 100_000
HALF_A_CHARACTER = "\ud800"
BAD_TEXTS = {"nul": "a\0b", "half a character": f"a{HALF_A_CHARACTER}b", "endless": TOO_LONG}
BAD_NUMBERS = {"huge": 10**30, "fraction": 1.5, "far below": -(10**30), "text": "many"}
BAD_VALUES: Mapping[str, tuple[str, ...]] = {
    "uuid": ("1", "null", "0197f1c2-7b1e-7c3a-9d8e", "a\0b"),
    "integer": ("x", "1e3", str(10**30), "-1e400", ""),
    "boolean": ("maybe", "a\0b"),
    "date": ("2026-13-01", "today", "99999-01-01"),
    "date-time": ("yesterday", "2026-05-01T00:00:00", "9999-12-31T23:59:59-14:00"),
    "string": ("a\0b", TOO_LONG[:5000]),
}


@dataclass(frozen=True)
class Bent:
    """A request out of shape, and the statuses that are right for it."""

    what: str
    statuses: frozenset[int]
    parts: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None


REFUSED = frozenset({422})


def bodies(operation: Operation, request: Request) -> Iterator[Bent]:
    """Bend the body: as bytes, as a whole, and in each of its members."""
    schema = body_schema(operation)
    if schema is None:
        return
    assert isinstance(request.body, dict)
    right: dict[str, object] = request.body
    yield from _bytes(right)
    for name, member in properties(schema).items():
        for what, value in _wrong(member):
            content = json.dumps({**right, name: value}).encode()
            yield Bent(f"{name}: {what}", REFUSED, content=content)
    for name in right:
        twice = json.dumps(right)[:-1] + f', "{name}": {{"un": "expected"}}}}'
        yield Bent(f"{name}: said twice", REFUSED, content=twice.encode())


def _bytes(right: Mapping[str, object]) -> Iterator[Bent]:
    text = json.dumps(right)
    unreadable = {
        "cut short": text[:-1].encode(),
        "not utf-8": b'{"name": "\xff"}',
        "nested too deep": b"[" * NESTED_TOO_DEEP,
        "objects nested too deep": b'{"a":' * NESTED_TOO_DEEP,
        "a number of 5,000 digits": b'{"name": ' + b"9" * 5000 + b"}",
    }
    wrong = {
        "nothing": b"",
        "null": b"null",
        "a list": f"[{text}]".encode(),
        "a text": json.dumps(text).encode(),
        "a number": b"7",
        "an unknown key": json.dumps({**right, "zzz": 1}).encode(),
        "an unreadable key": json.dumps({**right, HALF_A_CHARACTER: 1}).encode(),
        "a key with NUL": json.dumps({**right, "a\0b": 1}).encode(),
    }
    for what, content in (unreadable | wrong).items():
        yield Bent(what, REFUSED, content=content)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"):
        headers = {"Content-Type": kind}
        yield Bent(f"sent as {kind}", frozenset({415}), headers=headers, content=text.encode())


def _wrong(member: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Say what a member of the body may not be."""
    kinds = kinds_of(member)
    if not kinds:
        return
    if "object" not in kinds:
        yield "an object", {"un": "expected"}
    if "array" not in kinds:
        yield "a list", [{"un": "expected"}]
    if "string" not in kinds:
        yield "a text", "un\0expected"
    else:
        yield from BAD_TEXTS.items()
    if "integer" in kinds:
        yield from BAD_NUMBERS.items()
    else:
        yield "not a number", float("nan")
    if "null" not in kinds and "default" not in member:
        yield "null", None


def kinds_of(schema: Mapping[str, object]) -> set[str]:
    """Return the JSON types a schema allows; an empty set is any."""
    schema = resolved(schema)
    options = [schema.get(key) for key in ("anyOf", "oneOf", "allOf")]
    found: set[str] = set()
    for choices in options:
        for choice in choices if isinstance(choices, list) else []:
            found |= kinds_of(choice)
    if "type" in schema:
        found.add(str(schema["type"]))
    elif "enum" in schema or "const" in schema:
        found.add("string")
    return found


def addresses(operation: Operation, request: Request) -> Iterator[Bent]:
    """Bend the parameters of path, query and headers."""
    # A signed address answers alike whatever is wrong with it.
    refused = frozenset({operation.call.answer[0]}) if operation.call.answer else REFUSED
    for parameter in operation.parameters:
        name, schema = str(parameter["name"]), parameter["schema"]
        assert isinstance(schema, dict)
        for value in _values(schema):
            what = f"{name}={value[:40]!r}"
            if parameter["in"] == "query":
                yield Bent(what, refused, query={**request.query, name: value})
            elif parameter["in"] == "path" and value and "format" in schema:
                yield Bent(what, REFUSED, parts={**request.parts, name: value})
            elif parameter["in"] == "path":
                yield Bent("a slug with NUL", UNFOUND, parts={**request.parts, name: "a\0b"})
    yield Bent("no uuid as tenant", REFUSED, headers={"X-Tenant-Id": "acme"})
    if operation.method == "GET" and operation.named("query"):
        yield Bent("an unknown filter", REFUSED | refused, query={**request.query, "zzz": "1"})


UNFOUND = frozenset({403, 404, 422})


def _values(schema: Mapping[str, object]) -> tuple[str, ...]:
    schema = resolved(schema)
    for choice in schema.get("anyOf") or []:  # type: ignore[attr-defined]  # a list of schemas
        if choice.get("type") != "null":
            return _values(choice)
    if "enum" in schema or "const" in schema:
        return ("zzz", "a\0b")
    return BAD_VALUES.get(str(schema.get("format")), BAD_VALUES.get(str(schema.get("type")), ()))
