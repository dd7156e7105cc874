"""Where things stand: imports at the top, each file of a resource in a known place."""

import ast
import configparser
import re
from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath

from tests.house.source import BACKEND, Finding, Rule, Source

ROLES = frozenset({"__init__", "router", "dependencies", "crud", "models", "schemas", "errors"})
"""The files a resource may have besides its rules."""

PURE_NAMES = frozenset(
    {
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
        "time.time",
        "time.time_ns",
        "time.monotonic",
        "time.perf_counter",
        "uuid.uuid4",
        "uuid.uuid1",
        "app.api.shared.types.new_id",
        "app.core.config.get_settings",
    }
)
"""What a rule may not ask for itself: it is handed the time and the id."""

PURE_PACKAGES = ("random.", "secrets.", "os.", "socket.", "subprocess.")


OUTSIDE = frozenset({"aiosmtplib", "boto3", "botocore", "httpx", "smtplib", "stripe"})
"""Packages that speak to the world outside."""


@cache
def contract(name: str, option: str) -> str:
    """Return what a contract of ``.importlinter`` says."""
    config = configparser.ConfigParser()
    config.read(BACKEND / ".importlinter", encoding="utf-8")
    return config[f"importlinter:{name}"][option]


def rule_modules() -> frozenset[str]:
    """Return the modules whose purity ``.importlinter`` holds."""
    return frozenset(contract("rules", "source_modules").split())


def gateway_modules() -> tuple[str, ...]:
    """Return the modules that ``.importlinter`` keeps from knowing any resource."""
    return tuple(contract("gateways", "source_modules").split())


def layered_names() -> frozenset[str]:
    """Return the file names that stand in the layer of rules."""
    return frozenset(re.findall(r"\w+", contract("layers", "layers")))


def _late_imports(source: Source) -> Iterator[Finding]:
    for _, function in source.functions:
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield source.finding(LATE.name, node.lineno, "imports stand at the top")


def _places(source: Source) -> Iterator[Finding]:
    """Find a resource's files that ``.importlinter`` does not know, and imports across."""
    resource, name = _resource(source.path)
    if not resource or resource == "shared":
        return
    module = f"app.api.{resource}.{name}"
    if name not in ROLES:
        if module not in rule_modules():
            message = f"add {module} to the contracts 'layers' and 'rules' of .importlinter"
            yield source.finding(PLACES.name, 1, message)
        elif name not in layered_names():
            yield source.finding(PLACES.name, 1, f"add ({name}) to the layers of .importlinter")
    for node in source.nodes:
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        parts = node.module.split(".")
        if parts[:2] != ["app", "api"] or len(parts) < 4:
            continue
        if parts[2] not in {resource, "shared"} and parts[3] in {"crud", "router"}:
            message = f"another resource's {parts[3]}: what needs two resources is a service"
            yield source.finding(PLACES.name, node.lineno, message)


def _resource(path: str) -> tuple[str, str]:
    """Return the resource a file belongs to and its name, or two empty texts."""
    parts = PurePosixPath(path).parts
    if parts[:2] != ("app", "api") or len(parts) != 4:
        return "", ""
    return parts[2], PurePosixPath(path).stem


def _impurities(source: Source) -> Iterator[Finding]:
    if source.path.removesuffix(".py").replace("/", ".") not in rule_modules():
        return
    for node in source.nodes:
        if not isinstance(node, ast.Call):
            continue
        name = source.dotted(node.func)
        if name in PURE_NAMES or name.startswith(PURE_PACKAGES):
            yield source.finding(PURE.name, node.lineno, f"a rule is handed what {name}() gives")


def _gateways(source: Source) -> Iterator[Finding]:
    """Find what speaks to the world outside and is not held to knowing no resource."""
    module = source.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    if any(module == known or module.startswith(f"{known}.") for known in gateway_modules()):
        return
    for node in source.nodes:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        if {name.partition(".")[0] for name in names} & OUTSIDE:
            message = f"add {module} to the contract 'gateways' of .importlinter"
            yield source.finding(GATEWAYS.name, getattr(node, "lineno", 1), message)


LATE = Rule("late-import", ("app/", "tests/", "benchmarks/"), _late_imports)
PLACES = Rule("place", ("app/api/",), _places)
GATEWAYS = Rule("gateway", ("app/api/", "app/services/", "app/jobs/"), _gateways)
PURE = Rule("impure-rule", ("app/api/",), _impurities)
