"""`[tool.poet]`, the environment and `.env` become options, or are refused with a place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from poetc.config import DECORATORS, Options, find_root, load_options
from poetc.errors import ConfigError


def project(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path, env: dict[str, str] | None = None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_options(folder, env or {})
    assert caught.value.diagnostic.code == "POET220"
    return caught.value


def test_nothing_said_gives_the_defaults(tmp_path: Path) -> None:
    """A folder without any configuration is a project."""
    options = load_options(tmp_path, {})
    assert options == Options(root=tmp_path.resolve())
    assert (options.api_url, options.decorators, options.stale) == ("local", DECORATORS, "original")


def test_every_setting_is_read(tmp_path: Path) -> None:
    """What stands in [tool.poet] arrives in the options."""
    project(
        tmp_path,
        """
[tool.poet]
include = ["src", "tools"]
exclude = ["legacy/**", "*_pb2.py"]
src = ["lib"]
decorators = ["acme.marks.enhance"]
domain = "ml_monitoring"
retries = 4
timeout = 30
mode = "strict"
enforce = "off"
stale = "error"
jobs = 3
engine = "rules"
[tool.poet.functions."app.*"]
retries = 1
[tool.poet.functions."app.drift.check"]
timeout = 2.5
""",
    )
    options = load_options(tmp_path, {})
    assert options == Options(
        root=tmp_path.resolve(),
        paths=("src", "tools"),
        exclude=("legacy/**", "*_pb2.py"),
        src=("lib",),
        decorators=("acme.marks.enhance", "poetc.poet"),
        domain="ml_monitoring",
        retries=4,
        timeout=30.0,
        perceive="strict",
        enforce="off",
        functions=(("app.*", (("retries", 1),)), ("app.drift.check", (("timeout", 2.5),))),
        stale="error",
        jobs=3,
        engine="rules",
    )
    assert isinstance(options.timeout, float)


def test_exact_names_win_over_globs_over_general_settings() -> None:
    """The most exact of what configuration says of a function counts, wherever it stands in the file."""
    options = Options(
        root=Path("/p"),
        retries=1,
        timeout=1.0,
        domain="a",
        functions=(("app.f", (("retries", 9),)), ("app.*", (("retries", 5), ("timeout", 5.0)))),
    )
    assert options.asked_of("app.f") == {"retries": 9, "timeout": 5.0, "domain": "a"}
    assert options.asked_of("app.g") == {"retries": 5, "timeout": 5.0, "domain": "a"}
    assert options.asked_of("other.g") == {"retries": 1, "timeout": 1.0, "domain": "a"}


@pytest.mark.parametrize(
    ("text", "line", "column", "said", "hint"),
    [
        ("[tool.poet]\nretrys = 1\n", 2, 1, "unknown setting `retrys`", "`retries`"),
        ("[tool.poet]\n  api_key = 'x'\n", 2, 3, "unknown setting `api_key`", "Known:"),
        ("[tool.poet]\nretries = -1\n", 2, 1, "from 0 to 100, not -1", ""),
        ("[tool.poet]\nretries = true\n", 2, 1, "not True", ""),
        ("[tool.poet]\nretries = 101\n", 2, 1, "not 101", ""),
        ("[tool.poet]\ntimeout = nan\n", 2, 1, "above 0", ""),
        ("[tool.poet]\ntimeout = inf\n", 2, 1, "above 0", ""),
        ("[tool.poet]\ntimeout = 0\n", 2, 1, "above 0", ""),
        ("[tool.poet]\ntimeout = 86401\n", 2, 1, "at most 86400", ""),
        (f"[tool.poet]\ntimeout = 1{'0' * 300}\n", 2, 1, "more than 50 digits", ""),
        ("[tool.poet]\njobs = 0\n", 2, 1, "from 1 to 256", ""),
        ('[tool.poet]\nperceive = "loose"\n', 2, 1, '"repair", "strict", "off"', ""),
        ('[tool.poet]\nstale = "ignore"\n', 2, 1, '"original"', ""),
        ('[tool.poet]\ndomain = "../x"\n', 2, 1, "must be a name", ""),
        ('[tool.poet]\nexclude = "x"\n', 2, 1, "list of strings", ""),
        ('[tool.poet]\npaths = ["../x"]\n', 2, 1, "leaves the project", "`..`"),
        ('[tool.poet]\nsrc = ["/etc"]\n', 2, 1, "leaves the project", ""),
        ('[tool.poet]\ndecorators = ["poet"]\n', 2, 1, "not a dotted name", "poetc.poet"),
        ('[tool.poet.functions."a.b"]\nretires = 1\n', 2, 1, "unknown setting `retires`", "`retries`"),
        ('[tool.poet.functions."a.b"]\njobs = 1\n', 2, 1, "unknown setting `jobs`", ""),
        ("[tool.poet.functions.a.b]\nretries = 1\n", 1, 1, "must be quoted", "quotes"),
        ("[tool.poet]\nfunctions = 3\n", 2, 1, "must be a table", ""),
        ("[tool]\npoet = 3\n", 2, 1, "`tool.poet` must be a table", ""),
        ("[tool.poet]\nretries = \n", 2, 11, "not valid TOML", ""),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_line(
    tmp_path: Path, text: str, line: int, column: int, said: str, hint: str
) -> None:
    """Each mistake is named with file, line and column."""
    diagnostic = refused(project(tmp_path, text)).diagnostic
    assert said in diagnostic.message
    assert hint in diagnostic.hint
    assert (diagnostic.path, diagnostic.line, diagnostic.column) == ("pyproject.toml", line, column)
    assert diagnostic.excerpt == text.split("\n")[line - 1]


def test_a_file_that_is_no_utf8_is_refused_at_its_line(tmp_path: Path) -> None:
    """Bytes that are no text are a complaint, not a crash."""
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.poet]\n# poet \xff\n")
    assert refused(tmp_path).diagnostic.line == 2


def test_deeply_nested_configuration_is_refused(tmp_path: Path) -> None:
    """An array nested ten thousand deep neither crashes nor hangs."""
    assert refused(project(tmp_path, f"[tool.poet]\nsrc = {'[' * 10_000}\n")).diagnostic.path == "pyproject.toml"


def test_other_tools_settings_are_not_ours(tmp_path: Path) -> None:
    """A pyproject.toml without [tool.poet] says nothing."""
    project(tmp_path, '[tool.poetry]\nname = "x"\n[tool.other]\npoet = 1\n')
    assert load_options(tmp_path, {}) == Options(root=tmp_path.resolve())


def test_environment_wins_over_dotenv_over_pyproject(tmp_path: Path) -> None:
    """The nearer to the command, the stronger."""
    project(tmp_path, "[tool.poet]\nretries = 1\ntimeout = 1\njobs = 1\n")
    (tmp_path / ".env").write_text("POET_RETRIES=2\nPOET_TIMEOUT=2\nAITOMATIC_API_URL=http://dotenv:1\n")
    options = load_options(tmp_path, {"POET_RETRIES": "3", "POET_MODE": "strict"})
    assert (options.retries, options.timeout, options.jobs) == (3, 2.0, 1)
    assert (options.api_url, options.perceive, options.enforce) == ("http://dotenv:1", "strict", "strict")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("AITOMATIC_API_KEY=plain", "plain"),
        ("export AITOMATIC_API_KEY=plain", "plain"),
        ("AITOMATIC_API_KEY = plain  # my key", "plain"),
        ("AITOMATIC_API_KEY='single#quoted' # c", "single#quoted"),
        ('AITOMATIC_API_KEY="double\\"quoted"', 'double"quoted'),
        ("AITOMATIC_API_KEY=a#b", "a#b"),
        ("AITOMATIC_API_KEY=\r", ""),
        ("# AITOMATIC_API_KEY=no", ""),
        ("AITOMATIC_API_KEY=#no", ""),
        ("not an assignment\nAITOMATIC_API_KEY=yes", "yes"),
        ("AITOMATIC_API_KEY=one\nAITOMATIC_API_KEY=two", "two"),
        ('OTHER="never closed\nAITOMATIC_API_KEY=yes', "yes"),
    ],
)
def test_dotenv_spellings(tmp_path: Path, line: str, value: str) -> None:
    """The common forms of a `.env` line are understood, and other tools' lines are left alone."""
    (tmp_path / ".env").write_text(line + "\n", newline="")
    assert load_options(tmp_path, {}).api_key == value


def test_an_open_quote_in_dotenv_is_refused_without_the_secret(tmp_path: Path) -> None:
    """The complaint names the line and keeps the key to itself."""
    (tmp_path / ".env").write_text("A=1\nAITOMATIC_API_KEY='s3cret\n")
    diagnostic = refused(tmp_path).diagnostic
    assert (diagnostic.path, diagnostic.line) == (".env", 2)
    assert "s3cret" not in repr(diagnostic)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POET_RETRIES", "many"),
        ("POET_RETRIES", "1.5"),
        ("POET_TIMEOUT", "nan"),
        ("POET_JOBS", "-2"),
        ("POET_STALE", "maybe"),
        ("AITOMATIC_API_URL", "ftp://x"),
        ("AITOMATIC_API_URL", "example.com"),
        ("AITOMATIC_API_URL", "http://user:pass@example.com"),
        ("AITOMATIC_API_URL", "http://example.com:99999"),
        ("AITOMATIC_API_URL", "http://[::1"),
        ("AITOMATIC_API_KEY", "two\nlines"),
        ("AITOMATIC_API_KEY", "smörgås"),
    ],
)
def test_wrong_variables_are_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    """A wrong value in the environment is named by its variable."""
    diagnostic = refused(tmp_path, {name: value}).diagnostic
    assert name in diagnostic.message
    if name.startswith("AITOMATIC"):
        assert value not in diagnostic.message


def test_how_long_an_answer_may_take(tmp_path: Path) -> None:
    """AITOMATIC_API_TIMEOUT is a number of seconds; it doesn't decide what is built."""
    options = load_options(tmp_path, {"AITOMATIC_API_TIMEOUT": "2.5"})
    assert options.api_timeout == 2.5
    assert options.stamp() == load_options(tmp_path, {}).stamp()
    for wrong in ("soon", "0", "-1", "nan", "inf"):
        assert "AITOMATIC_API_TIMEOUT must be" in refused(tmp_path, {"AITOMATIC_API_TIMEOUT": wrong}).diagnostic.message


def test_variables_of_the_service_are_not_judged(tmp_path: Path) -> None:
    """POET_* that are no settings, and empty ones, set nothing."""
    env = {"POET_STATE_URL": "redis://x", "POET_RETRIES": "", "POET_FUNCTIONS": "x", "AITOMATIC_API_URL": " "}
    assert load_options(tmp_path, env) == Options(root=tmp_path.resolve())


def test_the_key_is_never_shown(tmp_path: Path) -> None:
    """Neither repr nor stamp gives the key away."""
    options = load_options(tmp_path, {"AITOMATIC_API_KEY": "kid.s3cret"})
    assert options.api_key == "kid.s3cret"
    assert "s3cret" not in f"{options!r} {options} {options.stamp()}"


@pytest.mark.parametrize(
    "change",
    [
        {"retries": 5},
        {"timeout": 5.0},
        {"domain": "d"},
        {"optimize_for": "cost"},
        {"perceive": "off"},
        {"enforce": "off"},
        {"stale": "error"},
        {"engine": "llm"},
        {"decorators": ("a.b",)},
        {"paths": ("x",)},
        {"exclude": ("x",)},
        {"src": ("x",)},
        {"functions": (("a.b", (("retries", 1),)),)},
    ],
)
def test_the_stamp_follows_what_decides_the_output(change: dict[str, object]) -> None:
    """Whatever changes the output changes the stamp."""
    plain = Options(root=Path("/p"))
    assert replace(plain, **change).stamp() != plain.stamp()  # type: ignore[arg-type]


def test_the_stamp_is_the_same_elsewhere() -> None:
    """Where the project lies, how many requests run at once and who asks changes no output."""
    here = Options(root=Path("/p"))
    there = Options(root=Path("/q"), jobs=1, api_url="http://x", api_key="k")
    assert here.stamp() == there.stamp()


def test_the_search_for_the_root_stops_at_the_first_project(tmp_path: Path) -> None:
    """What lies above the nearest pyproject.toml may be anybody's, whatever it says of us."""
    inner = tmp_path / "packages" / "one"
    (inner / "src").mkdir(parents=True)
    project(tmp_path, "[tool.poet]\n")
    assert find_root(inner / "src") == tmp_path.resolve()
    project(inner, "[project]\nname = 'poet-user'\n")
    assert find_root(inner / "src") == inner.resolve()


def test_the_root_is_else_the_nearest_project(tmp_path: Path) -> None:
    """Without [tool.poet] anywhere, pyproject.toml or .git mark the root; a file stands for its folder."""
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "x.py").touch()
    (tmp_path / ".git").mkdir()
    assert find_root(inner / "x.py") == tmp_path.resolve()
    project(tmp_path / "a", "[project]\n")
    assert find_root(inner) == (tmp_path / "a").resolve()


def test_a_broken_project_file_is_still_the_root(tmp_path: Path) -> None:
    """A syntax error in our own table is reported, not walked past."""
    (tmp_path / "a").mkdir()
    project(tmp_path, "[tool.poet]\n")
    project(tmp_path / "a", "[tool.poet]\nretries = \n")
    assert find_root(tmp_path / "a") == (tmp_path / "a").resolve()
