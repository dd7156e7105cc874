"""Each contract of ``.importlinter`` breaks on a planted violation, and on nothing less."""

import ast
import configparser
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.house.rules.placement import ROLES, layered_names, rule_modules
from tests.house.source import BACKEND
from tests.walkthrough import unmeasured

CONTRACTS = BACKEND / ".importlinter"

STANDING = {
    "core/dependencies/users.py": "from app.api.human.dependencies import CurrentHuman",
    "api/human/crud.py": "from app.api.shared.crud import BaseCRUD",
    "services/payments/simplefi.py": "from app.api.shared.money import exponent_of",
    "services/email/rendering.py": "from app.api.shared.money import format_money",
}
"""Imports that a contract names as its exception: it complains when they are gone."""

PLANTS: dict[str, list[tuple[str, ...]]] = {
    "core": [
        ("core/security.py", "from app.api.shared.enums import UserRole"),
        ("core/db.py", "from app.services import login"),
        ("core/config.py", "import app.main"),
    ],
    "handed-on": [("services/login.py", "from app.core.dependencies.users import SessionDep")],
    "layers": [
        ("api/human/crud.py", "from app.api.human.router import router"),
        ("api/human/models.py", "from app.api.human.crud import human_crud"),
        ("api/human/schemas.py", "from app.api.human.models import Human"),
        ("api/popup/lifecycle.py", "from app.api.popup.schemas import PopupPublic"),
        ("api/popup/errors.py", "from app.api.popup.lifecycle import move"),
        ("api/human/crud.py", "from app.api.human.dependencies import CurrentHuman"),
    ],
    "cycles": [
        ("api/shared/types.py", "from app.api.human.models import Human"),
        (
            "api/popup/errors.py",
            "from app.api.form_field.errors import x",
            "api/form_field/form.py",
            "from app.api.popup.lifecycle import move",
        ),
    ],
    "shared": [("api/shared/crud.py", "from app.services import login")],
    "routers": [("api/user/router.py", "from app.api.human.router import router")],
    "api-router": [("core/logging.py", "from app.api.router import api_router")],
    "cruds": [("api/user/crud.py", "from app.api.human.crud import human_crud")],
    "services": [
        ("services/login.py", "from fastapi import Request"),
        ("services/login.py", "from starlette.responses import Response"),
        ("services/login.py", "from app.api.human.router import router"),
        ("services/login.py", "from app.api.shared.dependencies import Principal"),
    ],
    "below-routers": [
        ("api/human/crud.py", "from app.services import login"),
        ("api/human/models.py", "from app.jobs.queue import defer"),
    ],
    "gateways": [("services/storage/s3.py", "from app.api.human.models import Human")],
    "jobs": [
        ("jobs/running.py", "from app.api.human.crud import human_crud"),
        ("jobs/running.py", "from sqlalchemy import select"),
    ],
    "commands": [("services/login.py", "from app.cli import main")],
    "application": [("jobs/running.py", "from app.main import create_app")],
    "models": [("api/router.py", "import app.models")],
    "rules": [
        ("api/popup/lifecycle.py", "from sqlalchemy import select"),
        ("api/popup/calendar.py", "from app.core.config import Settings"),
        (
            "api/popup/calendar.py",
            "from app.api.popup.errors import x",
            "api/popup/errors.py",
            "import app.core.db",
        ),
    ],
}
"""By contract, the imports that must break it; a chain is written as several files."""


def _skeleton(root: Path) -> Path:
    """Make the tree of ``app`` with nothing in its files, and the contracts beside it."""
    for path in (BACKEND / "app").rglob("*.py"):
        empty = root / path.relative_to(BACKEND)
        empty.parent.mkdir(parents=True, exist_ok=True)
        empty.touch()
        (empty.parent / "__init__.py").touch()
    for name, line in STANDING.items():
        (root / "app" / name).write_text(f"{line}\n", encoding="utf-8")
    (root / CONTRACTS.name).write_text(CONTRACTS.read_text(encoding="utf-8"), encoding="utf-8")
    return root


def _contracts() -> list[str]:
    config = configparser.ConfigParser()
    config.read(CONTRACTS, encoding="utf-8")
    return [name.partition(":")[2] for name in config.sections() if ":" in name]


def _kept(root: Path, plants: list[tuple[str, tuple[str, ...]]]) -> list[bool]:
    """Ask, for each contract and plant, whether the contract is kept with the plant in the tree."""
    paired = [
        (contract, [(f"app/{name}", line) for name, line in zip(p[::2], p[1::2], strict=True)])
        for contract, p in plants
    ]
    asked = subprocess.run(
        [sys.executable, "-m", "tests.house.planted", root],
        cwd=BACKEND,
        env=unmeasured(os.environ),
        input=json.dumps(paired),
        capture_output=True,
        text=True,
        check=True,
    )
    verdicts: list[bool] = json.loads(asked.stdout)
    return verdicts


def test_contracts_are_kept_by_a_tree_without_violations(tmp_path: Path) -> None:
    contracts = _contracts()

    kept = _kept(_skeleton(tmp_path), [(contract, ()) for contract in contracts])

    assert dict(zip(contracts, kept, strict=True)) == dict.fromkeys(contracts, True)


def test_contracts_break_on_every_planted_violation(tmp_path: Path) -> None:
    planted = [(contract, plant) for contract, plants in PLANTS.items() for plant in plants]

    kept = _kept(_skeleton(tmp_path), planted)

    assert [plant for plant, is_kept in zip(planted, kept, strict=True) if is_kept] == []


def test_every_contract_has_a_plant() -> None:
    assert set(PLANTS) == set(_contracts())


def test_every_rule_module_exists_and_stands_in_the_layers() -> None:
    paths = [Path(*module.split(".")).with_suffix(".py") for module in rule_modules()]
    of_resources = {p.stem for p in paths if p.parent.name != "shared"}

    assert [p for p in paths if not (BACKEND / p).is_file()] == []
    assert of_resources == layered_names() - ROLES


def test_every_package_of_the_application_is_one() -> None:
    folders = {path.parent for path in (BACKEND / "app").rglob("*.py")}
    migrations = BACKEND / "app" / "alembic" / "versions"

    bare = {f for f in folders if not (f / "__init__.py").is_file()} - {migrations}

    assert bare == set()


def test_every_module_says_what_it_is() -> None:
    modules = (BACKEND / "app").rglob("*.py")

    silent = [m for m in modules if not ast.get_docstring(ast.parse(m.read_text("utf-8")))]

    assert silent == []
