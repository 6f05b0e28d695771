"""Kill a publication at every step it makes on the disk, and each recovery at every step of its own; run as a script.

    python store_crashes.py FOLDER

The process forks for each step, so nothing of a killed attempt survives but what is on disk. Prints a JSON object: how
many publications and recoveries were killed, and what went wrong.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from store_samples import snapshot, traces

from poetc.ir import FileChange, Severity
from poetc.store.publish import interrupted, publish, recover

STEPS = ("mkdir", "open", "write", "fsync", "fchmod", "truncate", "replace", "rename", "unlink", "rmdir")
EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.truncate", "os.link")


def old_tree(root: Path) -> None:
    """A project that was built once."""
    files = {
        "app/pay.py": "from poetc import poet\n",
        "app/_poet/__init__.py": "",
        "app/_poet/gone/__init__.py": "table\n",
        "app/_poet/pay/__init__.py": "from . import receipt_v1\n",
        ".dana/poet/.gitignore": "cache/\n",
        ".dana/poet/functions/app.pay.receipt/current": "v1\n",
        ".dana/poet/functions/app.pay.receipt/v1/enhanced.py": "one\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "app/pay.py").chmod(0o755)


def changes(root: Path) -> list[FileChange]:
    """One of each kind: new file in a new folder, replaced file, replaced source, removed file with its folder."""
    function, linked = root / ".dana/poet/functions/app.pay.receipt", root / "app/_poet"
    return [
        FileChange(root / "app/pay.py", b"from app._poet.pay import poet\n"),
        FileChange(linked / "gone/__init__.py", None),
        FileChange(linked / "pay/__init__.py", b"from . import receipt_v2\n"),
        FileChange(linked / "pay/receipt_v2.py", b"two\n" * 1000),
        FileChange(function / "v2/enhanced.py", b"two\n" * 1000),
        FileChange(function / "current", b"v2\n"),
    ]


def die_at(step: int) -> None:
    """Count what is done to the disk from now on, and be killed instead of doing step `step`; writes are torn."""
    done, inside = 0, 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        reads = event == "open" and not int(arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        if event in EVENTS and not inside and not reads:
            raise RuntimeError(f"{event} {arguments} is done without being counted")

    def counted(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            nonlocal done, inside
            done += 1
            if done == step:
                if name == "write":
                    handle, data = args
                    real(handle, bytes(data)[: len(bytes(data)) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            inside += 1
            try:
                return real(*args, **kwargs)
            finally:
                inside -= 1

        return call

    sys.addaudithook(watch)
    for name in STEPS:
        setattr(os, name, counted(name, getattr(os, name)))


def killed_at(step: int, action: Callable[[], object]) -> bool:
    """Do `action` in a child that is killed at `step`; False if it came to its end before that."""
    child = os.fork()
    if child == 0:
        try:
            die_at(step)
            action()
        except BaseException as error:
            os.write(2, f"step {step}: {error!r}\n".encode())
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, f"step {step} failed"
    return False


def main(folder: Path) -> dict[str, object]:
    old, new, tree, again = (folder / name for name in ("old", "new", "tree", "again"))
    old_tree(old)
    shutil.copytree(old, new)
    publish(new, changes(new))
    before, after = snapshot(old), snapshot(new)
    wrong: list[str] = []
    publications, recoveries, committed = 0, 0, 0
    shutil.copytree(old, tree)
    while killed_at(publications + 1, lambda: publish(tree, changes(tree))):
        publications += 1
        begun = interrupted(tree)
        committed += begun
        if not begun and snapshot(tree) not in (before, after):
            wrong.append(f"killed at {publications}: between old and new, and no journal")
        wanted = after if begun else snapshot(tree)
        step = 0
        while True:
            shutil.copytree(tree, again)
            # before the commit, one staging folder is like the other: every tenth will do for killing recoveries
            if not (begun or publications % 10 == 0) or not killed_at(step + 1, lambda: recover(again)):
                wrong += [f"killed at {publications}: {said}" for said in warnings(again)]
                break
            step += 1
            wrong += [f"killed at {publications}, {step}: {said}" for said in warnings(again)]
            wrong += judge(again, wanted, f"killed at {publications}, recovery killed at {step}")
            shutil.rmtree(again)
        wrong += judge(again, wanted, f"killed at {publications}, recovered")
        recoveries += step
        shutil.rmtree(again)
        shutil.rmtree(tree)
        shutil.copytree(old, tree)
    wrong += judge(tree, after, "not killed")
    return {"publications": publications, "recoveries": recoveries, "committed": committed, "wrong": wrong}


def warnings(tree: Path) -> list[str]:
    """Recover, and what that warns of; nobody edits anything here, so it has no reason to."""
    return [said.message for said in recover(tree).diagnostics if said.severity is Severity.WARNING]


def judge(tree: Path, wanted: dict[str, bytes | None], what: str) -> list[str]:
    """What is wrong with a recovered tree; a lock file that a killed process left is not."""
    wrong = [] if snapshot(tree) == wanted else [f"{what}: tree is not as wanted"]
    if (tree / "app/pay.py").stat().st_mode & 0o777 != 0o755:
        wrong.append(f"{what}: mode lost")
    left = [name for name in traces(tree) if name != "lock"]
    return wrong + ([f"{what}: left {left}"] if left else [])


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
