"""Builds that are killed at any moment, run twice at once, or lose their service: before or after, never in between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from poet_runs import IMPORT, POET, Ran, build, environment, good_is_built, make, poet, run_python, stored, tree

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")

MODULES = {f"m{number}": [f"f{number}{letter}" for letter in "abc"] for number in range(4)}
FUNCTIONS = {f"app.{module}.{name}" for module, names in MODULES.items() for name in names} | {"app.good.slug"}


def source(names: list[str], body: str) -> str:
    return IMPORT + "\n\n\n".join(f"@poet()\ndef {name}(x: int):\n    return {body}" for name in names) + "\n"


PROBE = """
import warnings
warnings.simplefilter("ignore")
from importlib import import_module
for name in {names!r}:
    module, _, function = name.rpartition(".")
    print(repr(getattr(import_module(module), function)("5")))
"""


@dataclass(frozen=True)
class Way:
    """A build to be interrupted: the project before it, the tree after it, and what functions may give for "5"."""

    before: Path
    after: dict[str, str]
    linked: dict[str, bytes]
    results: set[str]
    seconds: float


def timed_build(root: Path) -> float:
    started = time.perf_counter()
    assert build(root).code == 0
    return time.perf_counter() - started


def sources(root: Path) -> dict[str, bytes]:
    return {module: (root / "app" / f"{module}.py").read_bytes() for module in MODULES}


def forget_answers(root: Path) -> None:
    """So that the next build asks the service again."""
    shutil.rmtree(root / ".dana" / "poet" / "cache", ignore_errors=True)


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Way]:
    """A first build, and one after every function was changed."""
    folder = tmp_path_factory.mktemp("ways")
    root = make(folder / "new", {f"app/{module}.py": source(names, "x") for module, names in MODULES.items()})
    build(make(folder / "other", {}))  # starts the service
    found, results = {}, {"'5'", "5"}
    for name, body in (("first", "x"), ("changed", "(x,)")):
        for module in MODULES:
            path = root / "app" / f"{module}.py"
            path.write_text(path.read_text().replace("return x\n", f"return {body}\n"))
        before = folder / name
        shutil.copytree(root, before)
        seconds = timed_build(root)
        found[name] = Way(before, tree(root), sources(root), results, seconds)
        forget_answers(root)
        results = {"('5',)", "(5,)"}
    assert build(root, "--check").code == 0
    return found


def start(root: Path, *arguments: str, **extra: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*POET, "build", *arguments],
        cwd=root,
        env=environment(**extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def until(process: subprocess.Popen[str], seen: Callable[[], bool]) -> None:
    """Wait until something is to be seen or the process has ended."""
    while process.poll() is None and not seen():
        time.sleep(0.0002)  # longer, and the moment would be missed; without it, the build would lack the processor


def after_seconds(seconds: float) -> Callable[[Path], bool]:
    end = time.perf_counter() + seconds
    return lambda root: time.perf_counter() > end


def has(*patterns: str) -> Callable[[Path], bool]:
    """Whether the build has got as far as one of these files."""
    return lambda root: any(next(root.glob(pattern), None) is not None for pattern in patterns)


SIGHTS = {
    "answers": has(".dana/poet/cache/app.m*/*.json"),
    "staging": has(".dana/poet/journal.tmp-*"),
    "staged": has(".dana/poet/journal.tmp-*/plan.json"),
    "committed": has(".dana/poet/journal"),
    "stored": has(".dana/poet/functions/app.m3.f3c/v[12]", ".dana/poet/functions/app.m0.f0a/v2"),
    "copied": has("app/_poet/_runtime/core.py"),
    "linked": has("app/_poet/m1.py"),
}
MOMENTS: list[tuple[str | float, str | float]] = [
    (0.3, "staged"),
    (0.45, "committed"),
    (0.6, "stored"),
    (0.75, "copied"),
    ("answers", "linked"),
    ("staging", 0.9),
]
"""sights, and parts of an uninterrupted build's time; before the first, the interpreter is still importing"""


@pytest.mark.parametrize("moments", MOMENTS, ids=str)
@pytest.mark.parametrize("way", ["first", "changed"])
def test_a_killed_build(
    ways: dict[str, Way], tmp_path: Path, way: str, moments: tuple[str | float, str | float]
) -> None:
    """After each kill -9, every file is whole and every function old or new; a last build gives what one would have."""
    this = ways[way]
    root = Path(shutil.copytree(this.before, tmp_path / "project"))
    for moment in moments:
        kill_when(root, SIGHTS[moment] if isinstance(moment, str) else after_seconds(moment * this.seconds))
        assert_old_or_new(root, this)
    ran = build(root)
    assert ran.code == 0
    assert {one["code"] for one in ran.said} <= {"POET505"}
    assert tree(root) == this.after
    assert build(root, "--check").code == 0


def kill_when(root: Path, sight: Callable[[Path], bool]) -> None:
    """Kill a build as soon as something is to be seen, unless it has ended before."""
    process = start(root)
    until(process, lambda: sight(root))
    process.kill()
    process.communicate(timeout=60)


def assert_old_or_new(root: Path, this: Way) -> None:
    """The project imports, sources are as before or linked, and every function is the original or the enhanced one."""
    before = sources(this.before)
    for module, data in sources(root).items():
        assert data in (before[module], this.linked[module])
    results = run_python(root, PROBE.format(names=sorted(FUNCTIONS - {"app.good.slug"}))).split("\n")[:-1]
    assert len(results) == len(FUNCTIONS) - 1
    assert set(results) <= this.results


def test_killed_again_and_again(ways: dict[str, Way], tmp_path: Path) -> None:
    """A recovery that is killed is completed by the next; also when another command than `build` finds it."""
    this = ways["first"]
    root = Path(shutil.copytree(this.before, tmp_path / "project"))
    for sight in ("staged", "committed", "committed", "copied"):
        kill_when(root, SIGHTS[sight])
        assert_old_or_new(root, this)
    left = tree(root)
    ran = build(root, "--check")
    assert ("POET505" in {one["code"] for one in ran.said}) == SIGHTS["committed"](root)
    assert tree(root) == left, "--check completes nothing"
    assert poet(root, "unlink").code == 0
    assert sources(root) == sources(this.before)
    assert build(root).code == 0
    assert tree(root) == this.after


@pytest.fixture
def own_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The state folder of services for this test alone; whatever runs there at the end is ended."""
    folder = tmp_path / "state"
    monkeypatch.setenv("POET_STATE_DIR", str(folder))
    yield folder
    poet(tmp_path, "serve", "stop")


def started(folder: Path) -> list[int]:
    """The process numbers of the services that began to serve, from their log."""
    lines = next(folder.glob("service-*.log")).read_text().splitlines()
    return [int(line.split("pid ")[1].split(",")[0]) for line in lines if "poetc service" in line]


def pid_of(folder: Path) -> int:
    return int(json.loads(next(folder.glob("service-*.json")).read_text())["pid"])


def finished(process: subprocess.Popen[str]) -> Ran:
    out, err = process.communicate(timeout=120)
    return Ran(process.returncode, out, err)


@pytest.mark.parametrize("way", ["first", "changed"])
def test_two_builds_at_once(ways: dict[str, Way], tmp_path: Path, own_service: Path, way: str) -> None:
    """Both end well, the project is as after one of them, and one service was started for both."""
    this = ways[way]
    root = Path(shutil.copytree(this.before, tmp_path / "project"))
    both = [start(root, "--format", "json") for _ in range(2)]
    for ran in map(finished, both):
        assert (ran.code, ran.said, ran.err) == (0, [], "")
        assert set(ran.endings) == FUNCTIONS
    assert tree(root) == this.after
    assert build(root, "--check").code == 0
    assert len(started(own_service)) == 1


MANY = source([f"f{number}" for number in range(60)], "x")
SOME_ANSWERS = has(".dana/poet/cache/app.many.*/*.json")


def test_a_service_killed_between_builds(tmp_path: Path, own_service: Path) -> None:
    """The next build starts another, without a word."""
    root = make(tmp_path / "project", {})
    assert build(root).code == 0
    killed = pid_of(own_service)
    os.kill(killed, signal.SIGKILL)
    (root / "app" / "more.py").write_text(source(["f"], "x"))
    ran = build(root)
    assert (ran.code, ran.said, ran.endings["app.more.f"]) == (0, [], "built")
    assert pid_of(own_service) != killed
    assert len(started(own_service)) == 2


def test_a_service_killed_during_a_build(tmp_path: Path, own_service: Path) -> None:
    """The same build starts another and goes on; every function is built."""
    root = make(tmp_path / "project", {"app/many.py": MANY})
    process = start(root, "--jobs", "1", "--format", "json")
    until(process, lambda: SOME_ANSWERS(root))
    killed = pid_of(own_service)
    os.kill(killed, signal.SIGKILL)
    ran = finished(process)
    assert (ran.code, ran.said, ran.err) == (0, [], "")
    assert set(ran.endings.values()) == {"built"}
    assert (len(ran.endings), len(stored(root))) == (61, 61)
    assert pid_of(own_service) != killed
    assert len(started(own_service)) == 2
    assert good_is_built(root)


def test_ctrl_c_leaves_the_service_alone(tmp_path: Path, own_service: Path) -> None:
    """SIGINT to the whole group ends the build, not the service, which the next build uses."""
    root = make(tmp_path / "project", {"app/many.py": MANY})
    before = tree(root)
    process = start(root, "--jobs", "1")
    until(process, lambda: SOME_ANSWERS(root))
    os.killpg(process.pid, signal.SIGINT)
    ran = finished(process)
    assert (ran.code, ran.err) == (130, "interrupted; nothing half-written\n")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    after = tree(root)
    assert {name for name in after if after[name] != before.get(name)} <= {".dana/poet/.gitignore"}
    assert poet(root, "serve", "status").code == 0
    serving = pid_of(own_service)
    assert build(root).code == 0
    assert pid_of(own_service) == serving
    assert len(stored(root)) == 61
