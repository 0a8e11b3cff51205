"""Files that must not carry addresses or machine paths, and settings that must agree."""

import re
import subprocess
import tomllib
from pathlib import Path

import econshrink

ROOT = Path(__file__).parents[2]
TEXT = {".py", ".md", ".toml", ".typ", ".cff", ".bib", ".lock", ".json", ".csv", ""}


def tracked():
    listing = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode == 0:
        return [ROOT / name for name in listing.stdout.splitlines()]
    made = {".venv", ".venv-oracles", "build", "dist", "__pycache__", ".hypothesis"}
    return [  # an unpacked archive holds no more than what is tracked, and what was built here
        path
        for path in ROOT.rglob("*")
        if path.is_file() and not made & set(path.relative_to(ROOT).parts)
    ]


def test_no_registry_address_and_no_machine_path():
    hosts = re.compile(r"pypi\.org|pythonhosted|npmjs|/(?:work|tmp|root)/\w")
    here = Path(__file__).resolve()
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()[:80]}"
        for path in tracked()
        if path.suffix in TEXT and path.is_file() and path.resolve() != here
        for line in path.read_text(encoding="utf-8", errors="ignore").splitlines()
        if hosts.search(line)
    ]
    assert found == []


def test_the_lock_pins_every_package_by_hash_and_names_no_address():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    entries = re.split(r"\n(?=[a-z0-9])", lock.strip())
    unpinned = [e.splitlines()[0] for e in entries if "==" not in e or "--hash=sha256:" not in e]
    assert unpinned == []


def test_every_direct_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    wanted = [*project["project"]["dependencies"]]
    wanted += project["project"]["optional-dependencies"]["paper"]
    for group in ("dev", "build"):
        wanted += project["dependency-groups"][group]
    names = [re.split(r"[<>=!\[ ]", item)[0].lower() for item in wanted]
    assert [name for name in names if not re.search(rf"(?m)^{re.escape(name)}==", lock)] == []


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == econshrink.__version__
    assert f"version: {econshrink.__version__}" in (ROOT / "CITATION.cff").read_text()


def test_the_readme_commands_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in re.findall(r"`make ([a-z-]+)", (ROOT / "README.md").read_text("utf-8")):
        assert re.search(rf"(?m)^{command}:", makefile), command
