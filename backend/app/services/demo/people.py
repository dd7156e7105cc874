"""Who might come: names, lives and tastes, drawn from a seed."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

FIRST_NAMES = (
    "Ada",
    "Amara",
    "Anouk",
    "Ben",
    "Bruno",
    "Camila",
    "Chidi",
    "Clara",
    "Dalia",
    "Dario",
    "Elif",
    "Emeka",
    "Emil",
    "Esther",
    "Farid",
    "Femi",
    "Freya",
    "Gael",
    "Gita",
    "Greta",
    "Hana",
    "Hugo",
    "Ifeoma",
    "Ines",
    "Ivan",
    "Jana",
    "Jonas",
    "Juno",
    "Kaito",
    "Karim",
    "Kiri",
    "Lara",
    "Leon",
    "Lucia",
    "Malik",
    "Mara",
    "Mei",
    "Milo",
    "Nadia",
    "Nils",
    "Noor",
    "Olga",
    "Omar",
    "Paloma",
    "Pavel",
    "Priya",
    "Quinn",
    "Rafael",
    "Rosa",
    "Sami",
    "Sanna",
    "Sven",
    "Tala",
    "Tariq",
    "Thea",
    "Tomas",
    "Uma",
    "Vera",
    "Wanja",
    "Wei",
    "Yara",
    "Yusuf",
    "Zora",
)
LAST_NAMES = (
    "Abara",
    "Adeyemi",
    "Almeida",
    "Andersson",
    "Bakker",
    "Banerjee",
    "Bianchi",
    "Castillo",
    "Chen",
    "Costa",
    "Dubois",
    "Duarte",
    "Eriksen",
    "Farouk",
    "Ferreira",
    "Fischer",
    "Fuentes",
    "Garcia",
    "Haddad",
    "Hansen",
    "Horvat",
    "Iyer",
    "Ivanova",
    "Jensen",
    "Kaplan",
    "Keita",
    "Kim",
    "Kovacs",
    "Kowalski",
    "Laurent",
    "Lindqvist",
    "Lopez",
    "Mensah",
    "Moreau",
    "Mori",
    "Nakamura",
    "Novak",
    "Nwosu",
    "Okafor",
    "Oliveira",
    "Ortiz",
    "Park",
    "Peeters",
    "Petrov",
    "Pires",
    "Rahman",
    "Reyes",
    "Romano",
    "Rossi",
    "Sato",
    "Schneider",
    "Silva",
    "Singh",
    "Sorensen",
    "Tanaka",
    "Torres",
    "Varga",
    "Vega",
    "Weber",
    "Yilmaz",
    "Zhang",
)
CITIES = (
    "Lisbon",
    "Berlin",
    "Lagos",
    "Bangalore",
    "Mexico-City",
    "Buenos-Aires",
    "Seoul",
    "Tokyo",
    "Nairobi",
    "Paris",
    "Tbilisi",
    "Warsaw",
    "Copenhagen",
    "Istanbul",
    "Accra",
    "Porto",
    "Montreal",
    "Singapore",
    "Chiang-Mai",
    "Medellin",
)
JOBS = (
    "Engineer",
    "Designer",
    "Researcher",
    "Writer",
    "Teacher",
    "Founder",
    "Physician",
    "Architect",
    "Student",
    "Film maker",
    "Gardener",
    "Community builder",
)
ORGANISATIONS = (
    "Open Harbour",
    "Longview Lab",
    "Commons Works",
    "Field Notes",
    "Independent",
    "Independent",
    "Tidewater University",
    "Northlight Studio",
    "Seedling",
    "Public Tools",
)
REASONS = (
    "I came last year and want to bring what I have been building since.",
    "A friend told me about the morning sessions, and I have a talk to offer.",
    "I work on water systems and look for people who do, too.",
    "I am between two jobs and want to spend a month among people who make things.",
    "To find a cofounder, and to cook for everybody on Sundays.",
    "My research is about towns that last for a season. It would be odd not to come.",
    "We want our children to see how else one can live.",
    "I want to write the second half of my book somewhere that is not my kitchen.",
)
SCHOLARSHIP_REASONS = (
    "I study and live on a grant; the pass is two months of rent.",
    "I can pay the room or the pass, and not both.",
    "I travel from far, and the flight takes what I have saved.",
)
DIETS = ("Everything", "Vegetarian", "Vegan", "No gluten")
SKILLS = ("Cooking", "Music", "Electronics", "Photography", "Yoga", "Translation", "First aid")
HEARD = ("A friend", "Social media", "I came before", "A talk", "The newsletter")

HOURS = (1, 1, 0, 0, 0, 0, 1, 3, 6, 9, 11, 10, 8, 8, 9, 9, 8, 7, 7, 8, 9, 8, 5, 3)
"""How often people do something at each hour of the day."""


@dataclass(frozen=True)
class Person:
    """Somebody with an address, a profile, and dice of their own."""

    first_name: str
    last_name: str
    email: str
    answers: dict[str, object]
    dice: Random
    promise: float
    """From 0 to 1: how much reviewers like what they read."""


def cast_of(seed: str, count: int) -> list[Person]:
    """Draw so many people, each of another name."""
    dice = Random(f"{seed}/cast")
    names = [(first, last) for first in FIRST_NAMES for last in LAST_NAMES]
    return [
        _person(Random(f"{seed}/{number}"), *name)
        for number, name in enumerate(dice.sample(names, count))
    ]


def moment_of(dice: Random, day: date, zone: ZoneInfo) -> datetime:
    """Return a time of day at which somebody does something."""
    (hour,) = dice.choices(range(24), HOURS)
    at = time(hour, dice.randrange(60), dice.randrange(60), dice.randrange(1000) * 1000, zone)
    return datetime.combine(day, at)


def later(dice: Random, when: datetime, mean: timedelta) -> datetime:
    """Return some time after an instant, mostly soon."""
    seconds = dice.expovariate(1 / mean.total_seconds())
    return when + timedelta(seconds=round(seconds, 3), minutes=1)


def _person(dice: Random, first: str, last: str) -> Person:
    answers: dict[str, object] = {
        "first_name": first,
        "last_name": last,
        "residence": dice.choice(CITIES).replace("-", " "),
        "organization": dice.choice(ORGANISATIONS),
        "job_title": dice.choice(JOBS),
        "age": dice.choice(("18-24", "25-34", "25-34", "35-44", "35-44", "45-54", "55+")),
        "gender": dice.choice(("Woman", "Man", "Woman", "Man", "Non-binary")),
        "why": dice.choice(REASONS),
        "diet": dice.choice(DIETS),
        "heard": dice.choice(HEARD),
        "skills": sorted(dice.sample(SKILLS, dice.randrange(1, 4))),
        "gives_talk": dice.random() < 0.3,
    }
    if answers["gives_talk"]:
        answers["talk"] = f"What {dice.choice(JOBS).lower()}s know about {dice.choice(CITIES)}"
    if dice.random() < 0.6:
        answers["telegram"] = f"@{first.lower()}_{last.lower()}"
    return Person(
        first_name=first,
        last_name=last,
        email=f"{first}.{last}@people.example".lower(),
        answers=answers,
        dice=dice,
        promise=dice.betavariate(3.2, 2.0),
    )
