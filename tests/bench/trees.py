"""A project to measure on: 900 files as real ones are, 85 with a decorated function. The same bytes every time."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

FILES = 900
DECORATED = 85
PACKAGES = 30

PYPROJECT = """\
[project]
name = "measured"
version = "0"

[tool.poet]
"""

PLAIN = '''\
class {title}:
    """Keeps {word} values of one {noun}."""

    limit = {number}

    def __init__(self, {word}: list[int]) -> None:
        self.{word} = {word}
        self.seen: dict[str, int] = {{}}

    def add(self, {noun}: str, amount: int = 1) -> int:
        """Count {noun}; gives the new total."""
        if amount > self.limit:
            raise ValueError(f"{{amount}} is over {{self.limit}}")
        self.seen[{noun}] = self.seen.get({noun}, 0) + amount
        return self.seen[{noun}]

    def total(self) -> int:
        """Everything counted so far."""
        return sum(self.seen.values()) + sum(self.{word})


def {word}_of_{noun}(rows: list[dict[str, int]], floor: int = {number}) -> list[int]:
    """The {word} of every row that reaches the floor."""
    kept = []
    for row in rows:
        value = row.get("{noun}", 0) * 3 + row.get("{word}", 1)
        if value >= floor:
            kept.append(value)
    return sorted(kept)
'''

SHAPES = (
    '''\
@poet()
def slug_{n}(text: str, limit: int = {number}, *, separator: str = "-") -> str:
    """A short name for a text."""
    words = [word.lower() for word in text.split() if word.isalnum()]
    return separator.join(words)[:limit]
''',
    '''\
@poet()
def fetch_{n}(station: str, days: int = 3) -> dict:
    """The forecast of one station."""
    response = httpx.get(f"http://localhost:8800/stations/{{station}}", params={{"days": days}})
    response.raise_for_status()
    return response.json()
''',
    '''\
class Monitor{n}:
    """Watches one series."""

    def __init__(self, scale: float = {number}.0) -> None:
        self.scale = scale

    @poet()
    def check(self, values: list[float], *, at_least: int = 2) -> float | None:
        """The scaled mean, or nothing if there are too few values."""
        if len(values) < at_least:
            return None
        return sum(values) / len(values) * self.scale
''',
    '''\
@poet(timeout=5.0)
async def pull_{n}(client, path: str, *parts: str, **query: str) -> list:
    """What a service lists under a path."""
    response = await client.get("/".join([path, *parts]), params=query)
    response.raise_for_status()
    found = response.json()
    return [item for item in found if item.get("size", 0) > {number}]
''',
    '''\
@poet()
def windows_{n}(values: list[int], size: int = {number}):
    """Windows of a series, one after the other."""
    for start in range(0, len(values), size):
        window = values[start : start + size]
        if window:
            yield sum(window) / len(window)
''',
)

WORDS = ("prices", "counts", "weights", "scores", "ranks", "depths", "costs", "sizes", "shares", "marks")
NOUNS = ("order", "station", "sensor", "ledger", "route", "parcel", "reader", "branch", "vessel", "panel")


SETTLED, WARNED = "@poet(timeout=5.0)\n", "@poet(retries=2, timeout=5.0)\n"
"""a decorator in `SHAPES`; one that repeats a function of whose calls nothing is known"""


def write_tree(root: Path, *, warned: bool = False) -> list[Path]:
    """Write the project into `root` (emptied first); gives the files that hold a decorated function.

    `warned`: some functions ask for what `poet build` warns of, each time.
    """
    shutil.rmtree(root, ignore_errors=True)
    dice = random.Random(20)
    paths = [root / "app" / f"part_{n % PACKAGES:02}" / f"module_{n:03}.py" for n in range(FILES - PACKAGES - 1)]
    chosen = dict.fromkeys(sorted(dice.sample(range(len(paths)), DECORATED)))
    (root / "app").mkdir(parents=True)
    (root / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    (root / "app" / "__init__.py").write_text('"""Measured."""\n', "utf-8")
    for n in range(PACKAGES):
        (root / "app" / f"part_{n:02}").mkdir()
        (root / "app" / f"part_{n:02}" / "__init__.py").write_text('"""A part."""\n', "utf-8")
    for rank, n in enumerate(chosen):
        chosen[n] = rank
    for n, path in enumerate(paths):
        text = module_text(n, chosen.get(n), dice)
        path.write_text(text.replace(SETTLED, WARNED) if warned else text, "utf-8")
    return [paths[n] for n in chosen]


def module_text(number: int, rank: int | None, dice: random.Random) -> str:
    """A module of two to five blocks, the decorated one (if `rank` says which) among them; formatted as black would."""
    names = dice.sample([(word, noun) for word in WORDS for noun in NOUNS], dice.randint(2, 4))
    blocks = [
        PLAIN.format(word=word, noun=noun, title=f"{word.title()}Of{noun.title()}", number=dice.randint(2, 900))
        for word, noun in names
    ]
    imports = ""
    if rank is not None:
        shape = SHAPES[rank % len(SHAPES)].format(n=number, number=dice.randint(2, 90))
        blocks.insert(1, shape)
        imports = "from poetc import poet\n\n\n"
        if "httpx." in shape:
            imports = "import httpx\n\n" + imports
    head = f'"""Module {number} of the measured tree."""\n\nfrom __future__ import annotations\n\n'
    return head + (imports or "\n") + "\n\n".join(blocks)
