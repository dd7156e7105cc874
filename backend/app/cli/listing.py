"""Source files that list resources, and how one more is added to each."""

import ast
from dataclasses import dataclass
from pathlib import Path


class CannotScaffold(Exception):
    """The resource cannot be written; the message says why."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A file that lists resources; each method returns it with one more."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> "Listing":
        """Read a file of a checkout.

        Raises:
            CannotScaffold: it is not there.
        """
        if not path.is_file():
            raise CannotScaffold(f"There is no {path}: this needs a checkout of the repository")
        return cls(path, path.read_text(encoding="utf-8"))

    def imports(self, line: str) -> "Listing":
        """Import something after the last import."""
        statements = ast.parse(self.text).body
        last = [node for node in statements if isinstance(node, ast.Import | ast.ImportFrom)][-1]
        return self.within(self._after(last), f"\n{line}")

    def extends(self, name: str, lines: str) -> "Listing":
        """Add lines to the end of a class."""
        return self.within(self._after(self._statement(name)), f"\n{lines.rstrip()}")

    def lists(self, name: str, item: str, before: str = "") -> "Listing":
        """Add an item to the literal that a name stands for, and a text before the name.

        Raises:
            CannotScaffold: the name is not there, or stands for something else.
        """
        statement = self._statement(name)
        value = getattr(statement, "value", None)
        if isinstance(value, ast.DictComp):
            value = value.generators[0].iter
        if not isinstance(value, ast.Dict | ast.List | ast.Tuple):
            raise CannotScaffold(f"{name} in {self.path} is no literal")
        end = self._after(value) - 1
        comma = "" if self.text[:end].rstrip().endswith((",", "[", "{", "(")) else ","
        longer = self.within(end, f"{comma} {item},")
        start = self._offset(statement.lineno, 0)
        return longer.within(start, f"{before.strip()}\n\n" if before else "")

    def ends_with(self, text: str) -> "Listing":
        """Add a text to the end."""
        return Listing(self.path, self.text.rstrip() + text)

    def within(self, offset: int, text: str) -> "Listing":
        """Put a text in at a place."""
        return Listing(self.path, self.text[:offset] + text + self.text[offset:])

    def _statement(self, name: str) -> ast.stmt:
        for node in ast.parse(self.text).body:
            target = node.targets[0] if isinstance(node, ast.Assign) else node
            target = target.target if isinstance(target, ast.AnnAssign) else target
            if name in {getattr(target, "id", None), getattr(target, "name", None)}:
                return node
        raise CannotScaffold(f"{self.path} does not define {name}")

    def _after(self, node: ast.stmt | ast.expr) -> int:
        return self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def _offset(self, line: int, column: int) -> int:
        lines = self.text.splitlines(keepends=True)
        within = len(lines[line - 1].encode()[:column].decode())
        return sum(map(len, lines[: line - 1])) + within
