"""The event loop serves everybody: nothing inside ``async def`` may wait without awaiting."""

import ast
from collections.abc import Iterator

from tests.house.source import Finding, Function, Rule, Source

BLOCKING = (
    "boto3.client",
    "boto3.resource",
    "httpx.delete",
    "httpx.get",
    "httpx.post",
    "httpx.put",
    "httpx.request",
    "httpx.Client",
    "open",
    "os.system",
    "psycopg.connect",
    "psycopg.Connection.connect",
    "requests.",
    "shutil.",
    "smtplib.",
    "socket.create_connection",
    "subprocess.",
    "time.sleep",
    "urllib.request.urlopen",
)
"""Full names; one that ends in a dot stands for all it contains."""

BLOCKING_METHODS = frozenset(
    {
        "read_text",
        "write_text",
        "read_bytes",
        "write_bytes",
        "put_object",
        "get_object",
        "head_object",
        "copy_object",
        "delete_object",
        "delete_objects",
        "list_objects_v2",
        "head_bucket",
        "create_bucket",
        "upload_file",
        "upload_fileobj",
        "download_file",
        "download_fileobj",
    }
)
"""Of ``pathlib.Path`` and of boto3's clients: their names say enough."""

SAFE = frozenset({"subprocess.PIPE", "subprocess.DEVNULL", "subprocess.STDOUT"})


def _calls(function: Function) -> Iterator[ast.Call]:
    """Yield the calls a function makes itself: a function inside it is another's to call."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call):
            yield node
        waiting.extend(ast.iter_child_nodes(node))


def _blocks(source: Source, call: ast.Call) -> str | None:
    name = source.dotted(call.func)
    if name in SAFE:
        return None
    for known in BLOCKING:
        if name == known or (known.endswith(".") and name.startswith(known)):
            return name
    return name if name.rpartition(".")[2] in BLOCKING_METHODS else None


def _blocking_functions(source: Source) -> dict[str, str]:
    """Return this file's plain functions that block, themselves or through each other."""
    plain = {name: node for name, node in source.functions if isinstance(node, ast.FunctionDef)}
    found: dict[str, str] = {}
    growing = True
    while growing:
        growing = False
        for name, node in plain.items():
            if name in found:
                continue
            for call in _calls(node):
                blocker = _blocks(source, call) or found.get(_local(source, call, name))
                if blocker:
                    found[name] = blocker
                    growing = True
                    break
    return found


def _local(source: Source, call: ast.Call, caller: str) -> str:
    """Return the dotted name by which this file knows what a call calls."""
    name = source.dotted(call.func)
    if name.startswith("self."):
        return f"{caller.rpartition('.')[0]}.{name.removeprefix('self.')}"
    return name


def _blocking_calls(source: Source) -> Iterator[Finding]:
    blockers = _blocking_functions(source)
    for name, function in source.functions:
        if not isinstance(function, ast.AsyncFunctionDef):
            continue
        for call in _calls(function):
            if direct := _blocks(source, call):
                message = f"{direct} blocks the event loop: await, or asyncio.to_thread"
                yield source.finding(RULE.name, call.lineno, message)
            elif through := blockers.get(_local(source, call, name)):
                called = source.dotted(call.func)
                message = f"{called}() calls {through}, which blocks the event loop"
                yield source.finding(RULE.name, call.lineno, message)


RULE = Rule("blocking-call", ("app/",), _blocking_calls)
