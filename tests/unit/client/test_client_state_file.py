"""Folder, lock and code stamp of the local service."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from platformdirs import user_state_dir

import poetc
from poetc.client.install_id import install_id
from poetc.client.lock import service_lock
from poetc.client.state_file import find_state_files
from poetc.errors import ServiceDown
from poetc.state_folder import state_folders


def test_the_state_folder_comes_first_and_a_foreign_one_is_passed_over(tmp_path):
    """XDG_STATE_HOME, then the temporary folder: the first that is ours alone."""
    environment = {"XDG_STATE_HOME": str(tmp_path / "state"), "TMPDIR": str(tmp_path / "tmp")}
    assert find_state_files(environment).folder == tmp_path / "state" / "poetc"
    (tmp_path / "state" / "poetc").chmod(0o777)
    last = tmp_path / "tmp" / f"poetc-{os.getuid()}"
    assert find_state_files(environment).folder == last
    last.rmdir()
    last.symlink_to(tmp_path)
    with pytest.raises(ServiceDown, match=r"can be written to by others; .* is not a folder"):
        find_state_files(environment)


@pytest.mark.parametrize("home", ["/srv/kept", "", "relative"])
def test_the_folder_is_the_one_that_platformdirs_names(monkeypatch, home):
    """What a build with nothing to do works out for itself, without importing platformdirs, is its answer."""
    monkeypatch.setenv("XDG_STATE_HOME", home)
    monkeypatch.delenv("POET_STATE_DIR", raising=False)
    assert next(state_folders(os.environ)) == user_state_dir("poetc", appauthor=False)


def test_a_folder_of_another_user_is_refused(tmp_path, monkeypatch):
    """Whoever made it could read the token and answer in the service's place."""
    tmp_path.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(ServiceDown, match="belongs to another user"):
        find_state_files({"POET_STATE_DIR": str(tmp_path)})


def test_two_installations_do_not_share_a_service(tmp_path, monkeypatch):
    """Another interpreter has other files."""
    place = find_state_files({"POET_STATE_DIR": str(tmp_path / "s")})
    one = place.state
    monkeypatch.setattr(sys, "executable", "/another/python")
    assert place.state != one


def test_the_lock_excludes_other_processes_until_its_holder_is_dead(tmp_path):
    """A killed build doesn't lock out the next one."""
    path = tmp_path / "lock"
    script = "import sys, pathlib\nfrom poetc.client.lock import service_lock\n"
    script += "with service_lock(pathlib.Path(sys.argv[1]), 1):\n    print('held', flush=True)\n    input()\n"
    with subprocess.Popen([sys.executable, "-c", script, path], stdin=-1, stdout=-1) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(ServiceDown) as refused, service_lock(path, 0.05):
            raise AssertionError("two holders")
        assert refused.value.diagnostic.code == "POET306"
        holder.kill()
        holder.wait()
        with service_lock(path, 5):
            assert path.exists()


@pytest.mark.parametrize("name", ["poetc/generate/rules.py", "poetc/domains/ml.py", "templates/base/v1/template.txt"])
def test_the_stamp_changes_with_whatever_decides_an_answer(tmp_path, monkeypatch, name):
    """Engine, domain or template: a new, longer or later file is another server; compiled files aren't."""
    package = tmp_path / "poetc"
    package.mkdir()
    monkeypatch.setattr(poetc, "__file__", str(package / "__init__.py"))
    seen = [install_id()]
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("1")
    seen.append(install_id())
    path.write_text("22")
    seen.append(install_id())
    os.utime(path, ns=(1, 1))
    seen.append(install_id())
    assert len(set(seen)) == 4
    (path.parent / "__pycache__").mkdir()
    (path.parent / "__pycache__" / "x.pyc").write_text("")
    assert install_id() == seen[-1]
