"""The organisations of the story and their popups, set around the day it is told."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from app.services.demo.stage import ANY, WEIGHED, Plan

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class House:
    """An organisation of the story."""

    name: str
    slug: str
    domain: str

    @property
    def admin(self) -> str:
        """The address of its administrator."""
        return f"admin@{self.domain}"

    def plans(self, now: datetime, people: int) -> list[Plan]:
        """Return its popups, the one that opens first first."""
        today = now.date()
        if self.slug == "demo":
            return [_harbour_city(today, people * 5 // 6), _mountain_weeks(today, people // 6)]
        return [_island_camp(today, max(12, people // 12))]


HOUSES = (
    House("Demo", "demo", "demo.example"),
    House("Demo Neighbours", "demo-neighbours", "neighbours.example"),
)
"""Two of them, so that one can see that neither sees the other."""


def arrival_of(dice: Random, plan: Plan) -> date:
    """Return the day on which somebody applies: many at once, most before it starts."""
    days = (plan.starts_on - plan.opens_on).days + 12
    share = dice.betavariate(1, 11) if dice.random() < 0.25 else dice.betavariate(2.8, 1.4)
    return plan.opens_on + round(share * days) * DAY


def _harbour_city(today: date, guests: int) -> Plan:
    starts_on = today - 17 * DAY
    return Plan(
        name="Harbour City",
        slug="harbour-city",
        tagline="Six weeks by the water",
        location="Lisbon, Portugal",
        timezone="Europe/Lisbon",
        starts_on=starts_on,
        ends_on=starts_on + 41 * DAY,
        opens_on=starts_on - 140 * DAY,
        guests=guests,
        groups=3,
        strategy=WEIGHED,
    )


def _mountain_weeks(today: date, guests: int) -> Plan:
    starts_on = today + 80 * DAY
    return Plan(
        name="Mountain Weeks",
        slug="mountain-weeks",
        tagline="Three weeks above the clouds",
        location="Medellin, Colombia",
        timezone="America/Bogota",
        starts_on=starts_on,
        ends_on=starts_on + 20 * DAY,
        opens_on=today - 30 * DAY,
        guests=guests,
        groups=0,
        strategy=ANY,
    )


def _island_camp(today: date, guests: int) -> Plan:
    starts_on = today - 3 * DAY
    return Plan(
        name="Island Camp",
        slug="island-camp",
        tagline="Ten days off the map",
        location="Naoshima, Japan",
        timezone="Asia/Tokyo",
        starts_on=starts_on,
        ends_on=starts_on + 41 * DAY,
        opens_on=starts_on - 60 * DAY,
        guests=guests,
        groups=1,
        strategy=ANY,
    )
