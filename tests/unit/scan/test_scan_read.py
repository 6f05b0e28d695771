"""Reading keeps the bytes, finds encoding and newline, and names the module."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poetc.config import Options
from poetc.ir import SourceFile
from poetc.scan import decode_source, read_source

Read = Callable[..., SourceFile]


@pytest.mark.parametrize(
    ("data", "encoding", "newline", "text"),
    [
        (b"# poet\n", "utf-8", "\n", "# poet\n"),
        (b"# poet", "utf-8", "\n", "# poet"),
        (b"# poet \xc3\xa9\r\nx\r\n", "utf-8", "\r\n", "# poet é\nx\n"),
        (b"# poet\rx\r", "utf-8", "\r", "# poet\nx\n"),
        (b"# poet\nx\r\ny\r", "utf-8", "\n", "# poet\nx\ny\n"),
        (b"\xef\xbb\xbf# poet\r\n", "utf-8-sig", "\r\n", "# poet\n"),
        (b"# coding: latin-1\n# poet \xe9\n", "iso-8859-1", "\n", "# coding: latin-1\n# poet é\n"),
        (b"#!x\n# vim: set fileencoding=cp1252 :\n'poet \x80'", "cp1252", "\n", None),
        (b"# coding: latin-1\r# poet \xe9\r", "iso-8859-1", "\r", "# coding: latin-1\n# poet é\n"),
        ("# coding: shift-jis\n# poet 日本\n".encode("shift-jis"), "shift-jis", "\n", None),
        (b"# poet \x0c\x0b\n", "utf-8", "\n", "# poet \x0c\x0b\n"),
    ],
)
def test_encodings_and_newlines(read: Read, data: bytes, encoding: str, newline: str, text: str | None) -> None:
    """Cookie, byte-order mark and newlines are found, and the bytes are kept."""
    source = read(data)
    assert (source.data, source.encoding, source.newline) == (data, encoding, newline)
    assert text in (None, source.text)
    assert "\r" not in source.text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8), max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_text_encodes_back_to_the_bytes(options: Options, lines: list[str], newline: str, encoding: str) -> None:
    """What an edit is made of leads back to the file, byte for byte."""
    data = newline.join(["# poet", *lines]).encode(encoding)
    source = decode_source(options.root / "a.py", data, options)
    assert source.text.replace("\n", source.newline).encode(source.encoding) == data


NAMES = {
    "alone": (["tool.py"], "tool.py", "tool", "", ""),
    "in a plain folder": (["scripts/tool.py"], "scripts/tool.py", "tool", "scripts", ""),
    "in a package": (["app/__init__.py", "app/m.py"], "app/m.py", "app.m", "", "app"),
    "in src": (["src/app/__init__.py", "src/app/m.py"], "src/app/m.py", "app.m", "src", "app"),
    "deep": (["a/__init__.py", "a/b/__init__.py", "a/b/c.py"], "a/b/c.py", "a.b.c", "", "a"),
    "a package itself": (["app/__init__.py"], "app/__init__.py", "app", "", "app"),
    "an inner package": (["a/__init__.py", "a/b/__init__.py"], "a/b/__init__.py", "a.b", "", "a"),
    "main": (["app/__init__.py", "app/__main__.py"], "app/__main__.py", "app.__main__", "", "app"),
    "below a namespace": (["ns/app/__init__.py", "ns/app/m.py"], "ns/app/m.py", "app.m", "ns", "app"),
    "gap in the packages": (["a/__init__.py", "a/b/c.py"], "a/b/c.py", "c", "a/b", ""),
    "src is no package": (["src/__init__.py", "src/app/__init__.py"], "src/app/__init__.py", "app", "src", "app"),
    "src module": (["src/__init__.py", "src/m.py"], "src/m.py", "m", "src", ""),
    "configured root": (["lib/__init__.py", "lib/m.py"], "lib/m.py", "m", "lib", ""),
}


@pytest.mark.parametrize(("files", "path", "module", "base", "package"), NAMES.values(), ids=NAMES.keys())
def test_module_names(
    root: Path, options: Options, read: Read, files: list[str], path: str, module: str, base: str, package: str
) -> None:
    """The name is the one by which Python imports the file from its base."""
    for file in files:
        read("x = 'poet'\n", file)
    source = read_source(root / path, replace(options, src=("lib",)))
    assert source is not None
    assert (source.module, source.base, source.package) == (module, root / base, package)
    assert source.link_root.is_relative_to(root)
    code = f"import importlib; print(importlib.import_module({module!r}).__file__)"
    if "__main__" not in path:
        done = subprocess.run([sys.executable, "-c", code], cwd=source.base, capture_output=True, text=True, check=True)
        assert Path(done.stdout.strip()) == root / path


def test_the_root_may_be_a_package_and_nothing_above_it(tmp_path: Path) -> None:
    """The link lies inside the project, whatever is around it."""
    for folder in ("", "app", "app/inner"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "__init__.py").write_text("# poet")
    root = (tmp_path / "app").resolve()
    source = read_source(root / "inner" / "__init__.py", Options(root=root))
    assert source is not None
    assert (source.module, source.package) == ("app.inner", "app")
    assert source.link_root == root / "_poet"


@pytest.mark.parametrize("name", ["my-script", "2fast", "my.mod", "class", "a b", "ñ-日", "-", "__init__"])
def test_files_that_cannot_be_imported_get_names_of_their_own(read: Read, name: str) -> None:
    """An identifier, always the same, and apart from the file whose name is nearly that."""
    source = read("# poet", f"my-folder/{name}.py")
    assert source.module.isidentifier()
    assert source.module != "".join(c if c.isalnum() else "_" for c in name)
    assert source.package == ""
    assert read("# poet", f"my-folder/{name}.py").module == source.module
    assert read("# poet", f"my-folder/{name}_.py").module != source.module


def test_a_module_of_a_package_that_cannot_be_imported(read: Read) -> None:
    """`python -m` can't run it either, but a path can."""
    read("# poet", "app/__init__.py")
    assert read("# poet", "app/my-script.py").module.startswith("app.my_script_")


def test_only_files_that_mention_a_decorator_are_read(root: Path, options: Options, read: Read) -> None:
    """The search is for the last name of each configured decorator."""
    (root / "a.py").write_text("from acme import enhance")
    assert read_source(root / "a.py", options) is None
    assert read_source(str(root / "a.py"), replace(options, decorators=("acme.enhance",))) is not None
    assert read("from poetc import poet").relative == "app.py"


def test_importing_these_rooms_is_cheap() -> None:
    """A build that finds nothing to do imports no library that is not in the standard one."""
    modules = "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    code = f"import sys, poetc.config, poetc.scan, poetc.extract; {modules}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"pydantic", "httpx", "libcst", "rich", "typer", "fastapi", "watchfiles", "tomllib", "difflib", "asyncio"}
    assert not heavy & set(done.stdout.split())
