"""Whose configuration is believed, and where the user's key may go."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import process_time

import pytest
from built_projects import ROOT, run, write

from poetc.client.address import FixedAddress
from poetc.config import find_root, load_options
from poetc.config.origins import Origins
from poetc.errors import ConfigError
from poetc.pipeline.unmatched import functions

SOURCE = "from poetc import poet\n\n\n@poet()\ndef secret(x: int) -> int:\n    return x\n"
FILES = {"app/__init__.py": "", "app/m.py": SOURCE}
KEY = "kid.the-users-own"
NOBODY = 65534

root_only = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
posix_only = pytest.mark.skipif(os.name == "nt", reason="POSIX files")


@pytest.fixture
def attacker() -> Iterator[tuple[str, list[str]]]:
    """An address that the repository names, and what was sent there: authorisations and bodies."""
    got: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            got.append(f"{self.headers.get('Authorization')} {self.rfile.read(length).decode()}")
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()


def poet(root: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, "-P", "-m", "poetc", *arguments]
    return run(command, cwd=root, env={"PYTHONPATH": str(ROOT), "AITOMATIC_API_TIMEOUT": "3", **env})


@pytest.mark.parametrize("command", [["build"], ["doctor"], ["diff", "secret"], ["build", "--check"], ["status"]])
def test_the_environments_key_never_goes_where_the_repository_points(
    tmp_path: Path, attacker: tuple[str, list[str]], command: list[str]
) -> None:
    """`.env` names the address, the shell has the key: nothing is sent, and the commands say why."""
    url, got = attacker
    write(tmp_path, {**FILES, ".env": f"AITOMATIC_API_URL={url}\n"})
    done = poet(tmp_path, *command, AITOMATIC_API_KEY=KEY)
    assert got == []
    if command[0] in ("build", "diff") and "--check" not in command:
        assert done.returncode == 2 and "POET222" in done.stdout + done.stderr
        assert "AITOMATIC_API_URL in the environment" in done.stdout + done.stderr
    assert KEY not in done.stdout + done.stderr


def test_a_repositorys_key_is_not_sent_to_the_users_address(tmp_path: Path, attacker: tuple[str, list[str]]) -> None:
    """The user's code would else be seen by whoever has that account."""
    url, got = attacker
    write(tmp_path, {**FILES, ".env": "AITOMATIC_API_KEY=kid.attackers\n"})
    done = poet(tmp_path, "build", AITOMATIC_API_URL=url)
    assert got == [] and done.returncode == 2 and "POET222" in done.stdout


PAIRS = {
    "both of the environment": ({"URL": "http://u:1", "KEY": "u"}, {}, ("http://u:1", "u")),
    "both of the file": ({}, {"URL": "http://f:1", "KEY": "f"}, ("http://f:1", "f")),
    "the environment wins": ({"URL": "http://u:1", "KEY": "u"}, {"URL": "http://f:1", "KEY": "f"}, ("http://u:1", "u")),
    "the file's own pair": ({"KEY": "u"}, {"URL": "http://f:1", "KEY": "f"}, ("http://f:1", "f")),
    "only an address": ({}, {"URL": "http://f:1"}, ("http://f:1", "")),
    "only a key": ({"KEY": "u"}, {}, ("local", "u")),
    "local needs none": ({"KEY": "u"}, {"URL": "local"}, ("local", "")),
    "an address of ours, a pair of theirs": ({"URL": "http://u:1"}, {"URL": "http://f:1", "KEY": "f"}, None),
    "their address": ({"KEY": "u"}, {"URL": "http://f:1"}, None),
    "their key": ({"URL": "http://u:1"}, {"KEY": "f"}, None),
    "their address, an empty key": ({"KEY": "u"}, {"URL": "http://f:1", "KEY": ""}, None),
}  # fmt: skip


@pytest.mark.parametrize("case", PAIRS)
def test_address_and_key_come_from_one_source(tmp_path: Path, case: str) -> None:
    """Every mixture, and what comes of it; None: refused before anything is sent."""
    ours, theirs, wanted = PAIRS[case]
    (tmp_path / ".env").write_text("".join(f"AITOMATIC_API_{name}={value}\n" for name, value in theirs.items()))
    options = load_options(tmp_path, {f"AITOMATIC_API_{name}": value for name, value in ours.items()})
    if wanted is None:
        assert options.api_key == "" and options.api_refusal is not None and options.api_refusal.code == "POET222"
    else:
        assert ((options.api_url, options.api_key), options.api_refusal) == (wanted, None)


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://poet.example.com", True),
        ("http://127.0.0.1:8080", True),
        ("http://127.8.9.10", True),
        ("http://localhost:8080", True),
        ("http://[::1]:80", True),
        ("http://poet.example.com", False),
        ("http://10.0.0.1", False),
        ("http://127.0.0.1.example.com", False),
        ("http://localhost.example.com", False),
        ("http://2130706433", False),
        ("http://[::ffff:10.0.0.1]", False),
    ],
)
def test_no_key_goes_over_plain_http_but_to_this_machine(url: str, fine: bool) -> None:
    """Without a key there is nothing to be read along."""
    FixedAddress(url, None)
    if fine:
        assert FixedAddress(url, KEY).current().key == KEY
        return
    with pytest.raises(ConfigError, match="plain http") as error:
        FixedAddress(url, KEY)
    assert KEY not in str(error.value)


@root_only
@pytest.mark.parametrize("mark", ["pyproject.toml", ".git"])
def test_what_another_user_left_above_is_no_root(tmp_path: Path, mark: str) -> None:
    """A folder that all may write to, with a stranger's project in it: whoever works below it is told."""
    tmp_path.chmod(0o1777)
    (tmp_path / mark).write_text("[tool.poet]\n") if "." in mark[1:] else (tmp_path / mark).mkdir()
    os.chown(tmp_path / mark, NOBODY, NOBODY)
    (tmp_path / "work").mkdir()
    for start in (tmp_path / "work", tmp_path):
        with pytest.raises(ConfigError) as error:
            find_root(start)
        assert error.value.diagnostic.code == "POET221" and "another user" in error.value.diagnostic.message
    (tmp_path / "work/pyproject.toml").write_text("")
    assert find_root(tmp_path / "work") == (tmp_path / "work").resolve()


@root_only
def test_a_link_of_another_user_to_a_file_of_ours_is_a_strangers(tmp_path: Path) -> None:
    """And so is a link of ours to a file of theirs."""
    (tmp_path / "mine.toml").write_text("")
    (tmp_path / "pyproject.toml").symlink_to("mine.toml")
    os.chown(tmp_path / "pyproject.toml", NOBODY, NOBODY, follow_symlinks=False)
    with pytest.raises(ConfigError):
        find_root(tmp_path)
    os.chown(tmp_path / "pyproject.toml", 0, 0, follow_symlinks=False)
    os.chown(tmp_path / "mine.toml", NOBODY, NOBODY)
    with pytest.raises(ConfigError):
        find_root(tmp_path)


@root_only
def test_a_checkout_of_another_user_is_read_whole(tmp_path: Path) -> None:
    """Mounted into a container, all of it belongs to somebody else, who could change it all: it holds."""
    write(tmp_path, {**FILES, ".env": "POET_RETRIES=3\n"})
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, 1234, 1234)
    assert find_root(tmp_path / "app") == tmp_path.resolve()
    assert load_options(tmp_path, {}).retries == 3


@root_only
@pytest.mark.parametrize("name", [".env", "pyproject.toml"])
def test_a_file_of_another_user_in_a_folder_of_ours_is_refused(tmp_path: Path, name: str) -> None:
    """Somebody else put it there."""
    write(tmp_path, {**FILES, ".env": "POET_RETRIES=3\n"})
    os.chown(tmp_path / name, NOBODY, NOBODY)
    with pytest.raises(ConfigError) as error:
        load_options(tmp_path, {})
    assert (error.value.diagnostic.code, error.value.diagnostic.path) == ("POET221", name)


@root_only
def test_a_strangers_project_above_gets_neither_key_nor_source(tmp_path: Path, attacker: tuple[str, list[str]]) -> None:
    """The victim's own folder has no mark at all; the attacker's has settings, `.env` and a journal."""
    url, got = attacker
    tmp_path.chmod(0o1777)
    write(tmp_path, {".env": f"AITOMATIC_API_URL={url}\n", ".dana/poet/journal/plan.json": "{}"})
    for path in tmp_path.rglob("*"):
        os.chown(path, NOBODY, NOBODY)
    shutil.copytree(write(tmp_path.parent / "mine", FILES) / "app", tmp_path / "work/app")
    done = poet(tmp_path / "work", "build", AITOMATIC_API_KEY=KEY)
    assert got == [] and done.returncode == 2 and "POET221" in done.stdout


@posix_only
@pytest.mark.parametrize("name", [".env", "pyproject.toml"])
@pytest.mark.parametrize("what", ["a pipe", "a device", "a folder", "huge"])
def test_odd_configuration_files_are_refused_at_once(tmp_path: Path, name: str, what: str) -> None:
    """None of them is waited for."""
    path = tmp_path / name
    if what == "a pipe":
        os.mkfifo(path)
    elif what == "a device":
        path.symlink_to("/dev/zero")
    elif what == "a folder":
        path.mkdir()
    else:
        with path.open("wb") as file:
            file.truncate(1 << 34)
    with pytest.raises(ConfigError):
        load_options(tmp_path, {})


@posix_only
def test_pipes_in_the_project_hold_no_command_up(tmp_path: Path) -> None:
    """In the place of `.env`, of a source, of a cache: said or passed over, never read."""
    write(tmp_path, FILES)
    (tmp_path / ".dana/poet/cache").mkdir(parents=True)
    for name in (".env", "app/pipe.py", ".dana/poet/cache/snapshot.json", ".dana/poet/cache/index.json"):
        os.mkfifo(tmp_path / name)
    assert "POET220" in poet(tmp_path, "build", "--check").stdout
    (tmp_path / ".env").unlink()
    assert "POET606" in poet(tmp_path, "build", "--check").stdout


@pytest.mark.parametrize("form", ["tables", "one line"])
def test_thousands_of_entries_that_match_nothing_each_have_their_place(tmp_path: Path, form: str) -> None:
    """Found in one walk through the file; a walk for each took minutes."""
    names = [f"*nothing{number}*" for number in range(5000)]
    if form == "tables":
        text = "[tool.poet]\n" + "".join(f'[tool.poet.functions."{name}"]\nretries = 1\n' for name in names)
    else:
        text = "[tool.poet]\nfunctions = {" + ", ".join(f'"{name}" = {{retries = 1}}' for name in names) + "}\n"
    (tmp_path / "pyproject.toml").write_text(text)
    began = process_time()
    found = [*functions(["app.m.f"], Origins(load_options(tmp_path, {})))]
    assert process_time() - began < 20
    assert [each.message.split("`")[1] for each in found] == names
    lines = text.split("\n")
    for each in (found[0], found[1], found[-1]):
        name = each.message.split("`")[1]
        assert lines[each.line - 1][each.column - 1 :].startswith(f'"{name}"')
