"""Digests of files, and of all code a task reaches by its import statements."""

from __future__ import annotations

import hashlib
import os
import re
import sysconfig
from collections.abc import Iterable
from functools import cache, cached_property
from pathlib import Path

from analyses.machinery.marks import Marks
from econshrink.core.lazy import public_names

PACKAGE = "econshrink"
SCRIPTS = "analyses"
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]*))",
    re.MULTILINE,
)
_LAZY = re.compile(r"^if TYPE_CHECKING:\n(?:[ \t]+[^\n]*\n|\n)+", re.MULTILINE)
_DISCOVERS = "pkgutil.iter_modules("  # a file that imports whatever lies beside it
# Reached by the workspace at run time, not by an import statement.
_ALWAYS = f"{PACKAGE}/nouns"


def digest(parts: Iterable[str]) -> str:
    """SHA-256 of several texts, none of which can run into the next."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode()
        total.update(f"{len(data)}:".encode() + data)
    return total.hexdigest()


def installed(lock: str) -> list[str]:
    """The packages of a lock file with the versions that are here, which may be others."""

    def plain(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    wanted = {plain(name) for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    homes = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    folders = (path.name for home in homes for path in Path(home).glob("*.dist-info"))
    return sorted({name for name in folders if plain(name.partition("-")[0]) in wanted})


class Sources:
    """The code under a project root; every file is read at most once.

    Parameters
    ----------
    root : Path
        Folder that holds ``econshrink/`` and ``analyses/``.
    marks : Marks, optional
        Digests remembered from earlier builds.
    """

    def __init__(self, root: Path, marks: Marks | None = None) -> None:
        self.root = root
        self.marks = marks or Marks()
        self._texts: dict[Path, str] = {}
        self._digests: dict[Path, str] = {}

    def of(self, module: str) -> str:
        """Digest of a module and of everything in the project it can import."""
        known = self._known
        if module not in known:
            files = self.reached(module)
            mark = self.digest_of(files)
            homes = tuple(self.root / name for name in (PACKAGE, SCRIPTS))
            if not all(any(home in path.parents for home in homes) for path in files):
                return mark  # what lies elsewhere is not in the digest that `_known` rests on
            known[module] = mark
        return known[module]

    @property
    def _known(self) -> dict[str, str]:
        """Digests of modules, kept as long as no file of the package and the scripts changes."""
        whole = self.whole
        notes = self.marks.notes
        if notes.get("code") != whole or not isinstance(notes.get("modules"), dict):
            notes |= {"code": whole, "modules": {}}
        return notes["modules"]  # type: ignore[no-any-return]

    @cached_property
    def whole(self) -> str:
        """Digest of the package and of all scripts."""
        return self.digest_of([*self.package(), *self.scripts()])

    def digest_of(self, files: Iterable[Path]) -> str:
        """Digest of some files under the root, by path and content."""
        chosen = sorted(set(files), key=lambda path: path.parts)  # as paths, faster
        return digest(text for path in chosen for text in (self._name(path), self._file(path)))

    @cache  # noqa: B019  (one instance a build)
    def package(self) -> tuple[Path, ...]:
        """All files of the package: code and embedded data."""
        return tuple(_files(self.root / PACKAGE))

    @cache  # noqa: B019
    def scripts(self) -> tuple[Path, ...]:
        """All code of the exhibits and of the machinery."""
        return tuple(path for path in _files(self.root / SCRIPTS) if path.suffix == ".py")

    def reached(self, module: str) -> set[Path]:
        """Files of the project that importing `module` can execute or read."""
        found: set[Path] = set()
        queue = [module, *_names(self.root / _ALWAYS, self.root)]
        while queue:
            for path in self._locate(queue.pop()):
                if path not in found:
                    found.add(path)
                    queue += self._imports(path)
        data = self.root / PACKAGE / "data"
        if any(path.is_relative_to(data) for path in found):
            found.update(_files(data))  # which embedded table a loader reads is not looked into
        return found

    def _locate(self, name: str) -> list[Path]:
        """Files that `import name` runs: the packages above it and itself."""
        parts = name.removesuffix(".__init__").split(".")
        if name == PACKAGE:  # its names are loaded lazily, so any of it may be meant
            return list(self.package())
        chain = [self._module_path(".".join(parts[: i + 1])) for i in range(len(parts))]
        return [path for path in chain if path is not None]

    @cache  # noqa: B019  (one instance a build)
    def _module_path(self, name: str) -> Path | None:
        base = self.root.joinpath(*name.split("."))
        for path in (base / "__init__.py", base.with_suffix(".py")):
            if path.is_file():
                return path
        return None

    @cache  # noqa: B019
    def _imports(self, path: Path) -> list[str]:
        """Modules of the project named in import statements; too many rather than too few."""
        if path.suffix != ".py":
            return []
        names = []
        text = self._text(path)
        if path.name == "__init__.py":  # its public names are loaded only when they are asked for
            text = _LAZY.sub("", text)
        if _DISCOVERS in text:
            names += _names(path.parent, self.root)
        for origin, imported, plain in _IMPORT.findall(text):
            if plain:
                names += [part.split()[0] for part in plain.split(",") if part.split()]
                continue
            base = self._absolute(origin, path)
            words = re.findall(r"\w+", re.sub(r"#[^\n]*|\bas\s+\w+", "", imported))
            public = self._public(base)
            homes = [public[word] for word in words if word in public]
            below = [f"{base}.{word}" for word in words if word not in public]
            known = [name for name in below if self._module_path(name) is not None]
            whole = [home for name in known for home in self._public(name).values()]
            # a lazy package runs only the modules of the names asked for
            names += [*([] if public else [base]), *homes, *known, *whole, *self._chain(base)]
        return [name for name in names if self._module_path(name.split(".")[0]) is not None]

    @cache  # noqa: B019
    def _public(self, name: str) -> dict[str, str]:
        """Names that a package loads on first use, with their modules."""
        path = self._module_path(name)
        if path is None or path.name != "__init__.py":
            return {}
        return {word: home for word, home in public_names(path).items() if home != name}

    def _chain(self, name: str) -> list[str]:
        """A lazy package stands for its own file alone, by a name that `_locate` knows."""
        return [f"{name}.__init__"] if self._public(name) else []

    def _absolute(self, origin: str, path: Path) -> str:
        dots = len(origin) - len(origin.lstrip("."))
        if not dots:
            return origin
        parts = path.relative_to(self.root).with_suffix("").parts[:-dots]
        return ".".join([*parts, *filter(None, [origin.lstrip(".")])])

    def _name(self, path: Path) -> str:
        text, root = str(path), f"{self.root}{os.sep}"
        inside = text.startswith(root)  # a user's file may lie anywhere
        return text.removeprefix(root).replace(os.sep, "/") if inside else path.name

    def _text(self, path: Path) -> str:
        if path not in self._texts:
            self._texts[path] = path.read_text(encoding="utf-8")
        return self._texts[path]

    def _file(self, path: Path) -> str:
        if path not in self._digests:
            self._digests[path] = self.marks.of(str(path))
        return self._digests[path]


def _files(folder: Path) -> list[Path]:
    """Files below a folder, sorted, without hidden and compiled ones."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        found += [f"{place}{os.sep}{name}" for name in names if not name.startswith(".")]
    return [Path(name) for name in sorted(found)]


def _names(folder: Path, root: Path) -> list[str]:
    return [".".join(path.relative_to(root).with_suffix("").parts) for path in folder.glob("*.py")]
