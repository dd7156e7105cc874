"""The exceptions to the house rules, each with its reason. One that is not needed is a finding."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.house.source import Finding


@dataclass(frozen=True)
class Allowance:
    """Allows a rule to be broken in one place: a path, and the name of what is around it."""

    rule: str
    path: str
    where: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        return (
            self.rule == finding.rule
            and fnmatchcase(finding.path, self.path)
            and fnmatchcase(finding.where, self.where)
        )


ALLOWED: tuple[Allowance, ...] = ()
