"""Files without a decorator are read too, where a function's effects depend on them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from poetc.config import Options
from poetc.errors import SourceError
from poetc.scan.read import LARGEST, read_module, read_source


def test_it_reads_whatever_is_mentioned(root: Path, options: Options) -> None:
    """A file in which no decorator's name occurs, decoded like every other."""
    (root / "plain.py").write_bytes("# coding: latin-1\r\nname = 'é'\r\n".encode("latin-1"))
    assert read_source(root / "plain.py", options) is None
    source = read_module(root / "plain.py", options)
    assert (source.text, source.module, source.newline) == ("# coding: latin-1\nname = 'é'\n", "plain", "\r\n")


@pytest.mark.parametrize(
    ("data", "code"), [(b"x" * (LARGEST + 1), "POET106"), (b"a\0b", "POET104"), (b"\xff\xfe", "POET103")]
)
def test_what_cannot_be_read_is_refused(root: Path, options: Options, data: bytes, code: str) -> None:
    """Too large, no text, undecodable."""
    (root / "odd.py").write_bytes(data)
    with pytest.raises(SourceError) as caught:
        read_module(root / "odd.py", options)
    assert caught.value.diagnostic.code == code


def test_a_pipe_in_a_files_place_does_not_hang(root: Path, options: Options) -> None:
    """It gives nothing; nobody waits for a writer."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    os.mkfifo(root / "pipe.py")
    assert read_module(root / "pipe.py", options).text == ""


def test_a_missing_file_is_refused(root: Path, options: Options) -> None:
    """With its path."""
    with pytest.raises(SourceError) as caught:
        read_module(root / "gone.py", options)
    assert (caught.value.diagnostic.code, caught.value.diagnostic.path) == ("POET102", "gone.py")
