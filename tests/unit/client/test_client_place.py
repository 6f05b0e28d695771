"""Folder, lock and code stamp of the local service."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import poetc
from poetc.client.lock import exclusive
from poetc.client.place import find_place
from poetc.client.stamp import code_stamp
from poetc.errors import ServiceDown


def test_the_runtime_folder_comes_first_and_a_foreign_one_is_passed_over(tmp_path, monkeypatch):
    """XDG_RUNTIME_DIR, then the temporary folder, then the cache: the first that is ours alone."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "run").mkdir()
    environment = {"XDG_RUNTIME_DIR": str(tmp_path / "run"), "HOME": str(tmp_path / "home")}
    assert find_place(environment).folder == tmp_path / "run" / "poetc"
    (tmp_path / "run" / "poetc").chmod(0o777)
    assert find_place(environment).folder == tmp_path / "tmp" / f"poetc-{os.getuid()}"
    (tmp_path / "tmp" / f"poetc-{os.getuid()}").rmdir()
    (tmp_path / "tmp" / f"poetc-{os.getuid()}").symlink_to(tmp_path)
    assert find_place(environment).folder == tmp_path / "home" / ".cache" / "poetc"


def test_a_folder_of_another_user_is_refused(tmp_path, monkeypatch):
    """Whoever made it could read the token and answer in the service's place."""
    tmp_path.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(ServiceDown, match="belongs to another user"):
        find_place({"POET_STATE_DIR": str(tmp_path)})


def test_two_installations_do_not_share_a_service(tmp_path, monkeypatch):
    """Another interpreter has other files."""
    place = find_place({"POET_STATE_DIR": str(tmp_path / "s")})
    one = place.state
    monkeypatch.setattr(sys, "executable", "/another/python")
    assert place.state != one


def test_the_lock_excludes_other_processes_until_its_holder_is_dead(tmp_path):
    """A killed build doesn't lock out the next one."""
    path = tmp_path / "lock"
    script = "import sys, pathlib\nfrom poetc.client.lock import exclusive\n"
    script += "with exclusive(pathlib.Path(sys.argv[1]), 1):\n    print('held', flush=True)\n    input()\n"
    with subprocess.Popen([sys.executable, "-c", script, path], stdin=-1, stdout=-1) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(ServiceDown) as refused, exclusive(path, 0.05):
            raise AssertionError("two holders")
        assert refused.value.diagnostic.code == "POET306"
        holder.kill()
        holder.wait()
        with exclusive(path, 5):
            assert path.exists()


@pytest.mark.parametrize("name", ["poetc/generate/rules.py", "poetc/domains/ml.py", "templates/base/v1/template.txt"])
def test_the_stamp_changes_with_whatever_decides_an_answer(tmp_path, monkeypatch, name):
    """Engine, domain or template: a new, longer or later file is another server; compiled files aren't."""
    package = tmp_path / "poetc"
    package.mkdir()
    monkeypatch.setattr(poetc, "__file__", str(package / "__init__.py"))
    seen = [code_stamp()]
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("1")
    seen.append(code_stamp())
    path.write_text("22")
    seen.append(code_stamp())
    os.utime(path, ns=(1, 1))
    seen.append(code_stamp())
    assert len(set(seen)) == 4
    (path.parent / "__pycache__").mkdir()
    (path.parent / "__pycache__" / "x.pyc").write_text("")
    assert code_stamp() == seen[-1]
