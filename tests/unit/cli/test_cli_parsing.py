"""Arguments: the quick parser means what typer means, help is whole, mistakes are told apart from findings."""

from __future__ import annotations

import re
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from poetc import __version__
from poetc.cli.app import app
from poetc.cli.entry import run
from poetc.cli.options import BuildOptions, Format
from poetc.cli.quick import parse_build

COMMANDS = ("build", "watch", "status", "diff", "explain", "coverage", "suggest", "verify")
COMMANDS += ("unlink", "clean", "init", "serve", "doctor")
FLAGS = "--check --no-link --timings --quiet -q -qq --ch --check=1 --help -h -x --unknown"
VALUES = "--out --out= --out=d --out=-x --format --format=json --format=xml --engine --engine=rules --engine=RULES"
NUMBERS = "--jobs --jobs=4 --jobs=0 --jobs=257 --jobs=٣ --jobs=1_0 -j -j4 -j=4 1 256 04"
WORDS = "-- - json sarif rules llm src a=b src/a.py"
TOKENS = st.sampled_from(["", *f"{FLAGS} {VALUES} {NUMBERS} {WORDS}".split()])
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3)


def through_typer(arguments: list[str]) -> BuildOptions | None:
    """The options that typer makes of the arguments; None if it refuses them."""
    with mock.patch("poetc.cli.drive.build_project", return_value=77) as build:
        result = CliRunner().invoke(app, ["build", *arguments])
    if result.exit_code != 77:
        return None
    return build.call_args.args[0]


@settings(deadline=None, max_examples=150)
@given(st.lists(TOKENS | TEXT, max_size=5))
def test_what_the_quick_parser_takes_typer_takes_to_mean_the_same(arguments: list[str]) -> None:
    """The fast way in can't drift from the documented one: what it accepts is what typer makes of it."""
    quick = parse_build(arguments)
    if quick is not None:
        assert quick == through_typer(arguments)


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("", BuildOptions()),
        ("--check", BuildOptions(check=True)),
        (
            "--check --format github src t",
            BuildOptions((Path("src"), Path("t")), check=True, format=Format.GITHUB),
        ),
        ("src/a.py --out dist --no-link", BuildOptions((Path("src/a.py"),), out=Path("dist"), no_link=True)),
        ("--jobs 4 --engine=llm --timings -q", BuildOptions(jobs=4, engine="llm", timings=True, quiet=True)),
        ("-j 256 --format=json", BuildOptions(jobs=256, format=Format.JSON)),
    ],
)
def test_the_usual_lines_need_no_typer(line: str, options: BuildOptions) -> None:
    """What people and CI jobs write every day is taken by the quick parser, and by typer alike."""
    assert parse_build(line.split()) == options == through_typer(line.split())


@pytest.mark.parametrize(
    "line", ["--check --out d", "--check --no-link", "--jobs 0", "--format xml", "--out", "--nope"]
)
def test_mistakes_are_exit_code_2_and_build_nothing(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped line is the caller's fault, not a finding, and never half-obeyed."""
    with mock.patch("poetc.cli.drive.build_project") as build:
        assert run(["build", *line.split()]) == 2
    assert not build.called
    assert "Error: " in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """Both ways to the version say the same."""
    assert run(["--version"]) == 0
    quick = capsys.readouterr().out
    assert quick == CliRunner().invoke(app, ["--version"]).stdout == f"poet {__version__}\n"


def test_help_lists_every_command_with_one_whole_line() -> None:
    """`poet --help` has all commands, and no summary is cut off on a narrow terminal."""
    text = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "80"}).stdout
    listed = dict(re.findall(r"^  (\w+) +(\S.*)$", text.split("Commands:")[1], re.MULTILINE))
    assert tuple(name for name in listed if name != "Exit") == COMMANDS
    assert all(listed[name].endswith(".") and not listed[name].endswith("..") for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_has_examples_and_exit_codes(command: str) -> None:
    """Nobody has to read source to know how to call a command or what its exit codes mean."""
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    examples, codes = result.stdout.split("Examples:")[1].split("Exit codes:")
    assert re.search(rf"^    poet {command}\b", examples, re.MULTILINE)
    assert re.search(r"^    0    \S", codes, re.MULTILINE)
    assert "\b" not in result.stdout


def test_every_option_has_help() -> None:
    """An option without a word about it is an unfinished one."""
    import typer

    for command in typer.main.get_command(app).commands.values():
        for parameter in command.params:
            assert parameter.help, f"{command.name} {parameter.name}"


def test_no_command_is_a_mistake_that_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """`poet` alone shows what there is, and doesn't pass for a successful build."""
    assert run([]) == 2
    captured = capsys.readouterr()
    assert "Commands:" in captured.out + captured.err
