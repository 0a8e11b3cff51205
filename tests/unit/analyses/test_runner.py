"""The runner: caching, early cut-off, failures, collisions, kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from analyses.machinery import marks, worker
from analyses.machinery.fingerprint import Sources, installed
from analyses.machinery.marks import Marks, file_digest
from analyses.machinery.results import Result, merge, to_entries
from analyses.machinery.runner import Builder, results_of
from analyses.machinery.tasks import Task, ancestors, ordered
from analyses.machinery.workspace import Workspace, slug
from analyses.shared import samples
from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.nouns.estimate import Estimate

REPOSITORY = Path(__file__).resolve().parents[3]
NUMBER = """
def run(work):
    work.write("{name}.txt", "{text}")
    work.count("toy.{name}", {value}, "things")
"""
READ = """
def run(work):
    text = "".join((work.build / f"{{need}}.txt").read_text() for need in {needs})
    work.write("{name}.txt", text)
"""


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A project with a package of toy tasks under a name no other test uses."""
    package = f"toys_{tmp_path.name.replace('-', '_')}"
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)

    class Toys:
        root = tmp_path
        lines: list[str]
        edits = 0

        def write(self, name: str, code: str) -> None:
            path = tmp_path / package / f"{name}.py"
            path.write_text(code)
            # Python takes compiled code as fresh if size and whole seconds agree
            self.edits += 1
            os.utime(path, (1_700_000_000 + self.edits, 1_700_000_000 + self.edits))

        def task(self, name: str, *needs: str, **options) -> Task:
            # light tasks import their module in the child, so that edits are seen in one process
            return Task(name, needs=needs, module=f"{package}.{name}", heavy=False, **options)

        def build(self, *tasks: Task, only: tuple[str, ...] = (), jobs: int = 2):
            self.lines = []
            build = tmp_path / "build"
            self.builder = Builder(tasks, tmp_path, build, jobs, self.lines.append)
            return self.builder.run(only)

    made = Toys()
    made.package = package
    return made


def chain(toys) -> tuple[Task, ...]:
    toys.write("first", NUMBER.format(name="first", text="one", value=1))
    toys.write("second", READ.format(name="second", needs=("first",)))
    toys.write("third", READ.format(name="third", needs=("second",)))
    toys.write("other", NUMBER.format(name="other", text="x", value=2))
    return (
        toys.task("third", "second"),
        toys.task("second", "first"),
        toys.task("first"),
        toys.task("other"),
    )


def test_second_build_does_nothing(toys) -> None:
    tasks = chain(toys)
    assert sorted(toys.build(*tasks).ran) == ["first", "other", "second", "third"]
    report = toys.build(*tasks)
    assert report.ran == []
    assert len(report.cached) == 4
    assert (toys.root / "build" / "third.txt").read_text() == "one"


def test_an_edit_that_changes_nothing_stops_early(toys) -> None:
    tasks = chain(toys)
    toys.build(*tasks)
    toys.write("first", "# a remark\n" + NUMBER.format(name="first", text="one", value=1))
    report = toys.build(*tasks)
    assert report.ran == ["first"]
    assert sorted(report.cached) == ["other", "second", "third"]


def test_an_edit_reaches_everything_below(toys) -> None:
    tasks = chain(toys)
    toys.build(*tasks)
    toys.write("first", NUMBER.format(name="first", text="two!", value=1))
    assert sorted(toys.build(*tasks).ran) == ["first", "second", "third"]
    assert (toys.root / "build" / "third.txt").read_text() == "two!"


def test_code_that_a_task_imports_counts(toys) -> None:
    toys.write("helper", "VALUE = 1\n")
    toys.write(
        "user",
        f"from {toys.package} import (\n    helper,\n)\n"
        "def run(work):\n    work.write('u.txt', str(helper.VALUE))\n",
    )
    task = toys.task("user")
    toys.build(task)
    toys.write("helper", "VALUE = 2\n")
    assert toys.build(task).ran == ["user"]


def test_a_damaged_or_deleted_output_is_made_again(toys) -> None:
    tasks = chain(toys)
    toys.build(*tasks)
    (toys.root / "build" / "other.txt").write_text("edited")
    (toys.root / "build" / "second.txt").unlink()
    assert sorted(toys.build(*tasks).ran) == ["other", "second"]


def test_a_file_is_read_again_only_if_someone_wrote_to_it(tmp_path: Path, monkeypatch) -> None:
    path, kept = tmp_path / "file.txt", tmp_path / "marks.json"
    path.write_text("one")
    time.sleep(0.1)  # or it is too young to be remembered
    first = Marks(kept)
    mark = first.of(str(path))
    first.save()
    read = []
    monkeypatch.setattr(marks, "file_digest", lambda path: read.append(path) or file_digest(path))
    assert Marks(kept).of(str(path)) == mark
    assert not read
    times = path.stat()
    path.write_text("two")  # as long as before, and its time of writing is set back
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert Marks(kept).of(str(path)) == file_digest(path) != mark
    kept.write_text("{")
    assert Marks(kept).of(str(path)) == file_digest(path)


def test_a_young_file_is_not_remembered(tmp_path: Path) -> None:
    path, kept = tmp_path / "file.txt", tmp_path / "marks.json"
    path.write_text("one")
    ahead = time.time_ns() + 10**12
    os.utime(path, ns=(ahead, ahead))
    first = Marks(kept)
    first.of(str(path))
    first.save()
    assert json.loads(kept.read_text())["files"] == {}


def test_digests_of_modules_are_kept_until_any_code_changes(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "econshrink").mkdir()
    (tmp_path / "analyses").mkdir()
    script = tmp_path / "analyses" / "script.py"
    (tmp_path / "analyses" / "__init__.py").write_text("")
    script.write_text("ONE = 1\n")
    kept = tmp_path / "marks.json"

    def asked() -> str:
        held = Marks(kept)
        found = Sources(tmp_path, held).of("analyses.script")
        held.save()
        return found

    first = asked()
    assert first == Sources(tmp_path).of("analyses.script")
    with monkeypatch.context() as patch:
        patch.setattr(Sources, "reached", lambda *_: pytest.fail("nothing has changed"))
        assert asked() == first
    script.write_text("ONE = 2\n")
    assert asked() != first


def test_a_damaged_list_of_results_is_made_again(toys) -> None:
    tasks = chain(toys)
    assert toys.build(*tasks).ok
    path = toys.root / "build" / "results.json"
    whole = path.read_text()
    path.write_text("{}")
    assert toys.build(*tasks).cached
    assert path.read_text() == whole


def test_input_files_count_and_must_exist(toys) -> None:
    toys.write("reader", "def run(work):\n    work.write('r.txt', 'x')\n")
    task = toys.task("reader", inputs=("text/*.md",))
    with pytest.raises(DataError, match=r"text/\*\.md"):
        toys.build(task)
    (toys.root / "text").mkdir()
    (toys.root / "text" / "a.md").write_text("a")
    assert toys.build(task).ran == ["reader"]
    assert toys.build(task).ran == []
    (toys.root / "text" / "a.md").write_text("b")
    assert toys.build(task).ran == ["reader"]


def test_failure_is_told_and_stops_only_what_needs_it(toys) -> None:
    tasks = chain(toys)
    toys.build(*tasks)
    toys.write("first", "def run(work):\n    raise ValueError('out of luck')\n")
    report = toys.build(*tasks)
    assert not report.ok
    assert list(report.failed) == ["first"]
    assert report.blocked == {"second": "first", "third": "first"}
    assert "2 not built because of first (second, third)" in report.summary()
    assert "ValueError: out of luck" in "\n".join(toys.lines)
    assert not (toys.root / "build" / "first.txt").exists()
    assert report.out_of_date == ["second.txt", "third.txt"]
    log = (toys.root / "build" / "log" / "first.log").read_text()
    assert "Traceback" in log
    toys.write("first", NUMBER.format(name="first", text="one", value=1))
    assert toys.build(*tasks).ran == ["first"]  # the rest was kept and is right again


def test_a_killed_task_is_a_failure(toys) -> None:
    toys.write("victim", "import os\ndef run(work):\n    os.kill(os.getpid(), 9)\n")
    report = toys.build(toys.task("victim"))
    assert "signal 9" in report.failed["victim"]


def test_outputs_no_longer_written_are_removed(toys) -> None:
    toys.write(
        "first", "def run(work):\n    work.write('a.txt', 'x')\n    work.write('b.txt', '')\n"
    )
    task = toys.task("first")
    toys.build(task)
    toys.write("first", "def run(work):\n    work.write('a.txt', 'x')\n")
    toys.build(task)
    assert (toys.root / "build" / "a.txt").exists()
    assert not (toys.root / "build" / "b.txt").exists()
    toys.write("another", NUMBER.format(name="another", text="", value=1))
    toys.build(toys.task("another"))
    assert not (toys.root / "build" / "a.txt").exists()


def test_two_tasks_cannot_write_one_file(toys) -> None:
    for name in ("first", "second"):
        toys.write(name, "def run(work):\n    work.write('same.txt', 'x')\n")
    report = toys.build(toys.task("first"), toys.task("second", "first"))
    assert "output of task 'first' too" in report.failed["second"]


def test_results_are_merged_and_repeats_refused(toys) -> None:
    tasks = chain(toys)
    toys.build(*tasks)
    merged = json.loads((toys.root / "build" / "results.json").read_text())
    assert merged["toy.first"]["value"] == 1
    assert merged["toy.other"]["task"] == "other"
    toys.write(
        "other", NUMBER.format(name="first", text="x", value=2).replace("first.txt", "o.txt")
    )
    with pytest.raises(DataError, match=r"toy\.first"):
        toys.build(*tasks)


def test_star_sees_all_results_and_only_restricts(toys) -> None:
    tasks = chain(toys)
    toys.write("paper", "def run(work):\n    work.write('p.txt', ' '.join(work.results()))\n")
    all_tasks = (*tasks, toys.task("paper", "*"))
    assert toys.build(*all_tasks, only=("second",)).ran == ["first", "second"]
    toys.build(*all_tasks)
    assert (toys.root / "build" / "p.txt").read_text() == "toy.first toy.other"


def test_an_undeclared_need_is_refused(toys) -> None:
    toys.write("first", "def run(work):\n    work.load('other', 'noun')\n")
    report = toys.build(toys.task("first"))
    assert "Add 'other' to the needs of 'first'" in report.failed["first"]
    assert report.failed["first"].startswith("first.py, line 2: SpecError")


def test_killing_the_runner_leaves_whole_files_and_resumes(toys) -> None:
    toys.write("quick", NUMBER.format(name="quick", text="done", value=1))
    toys.write("slow", "import time\ndef run(work):\n    time.sleep(30)\n")
    script = (
        f"import sys; sys.path[:0] = [{str(REPOSITORY)!r}, {str(toys.root)!r}]\n"
        "from pathlib import Path\nfrom analyses.machinery.runner import Builder\n"
        "from analyses.machinery.tasks import Task\n"
        f"tasks = [Task('quick', module='{toys.package}.quick', heavy=False),"
        f" Task('slow', needs=('quick',), module='{toys.package}.slow', heavy=False)]\n"
        f"Builder(tasks, Path({str(toys.root)!r}), Path({str(toys.root / 'build')!r})).run()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    state = toys.root / "build" / "state.json"
    deadline = time.monotonic() + 20
    while not state.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert json.loads(state.read_text())["quick"]["outputs"].keys() == {
        "quick.txt",
        "results/quick.json",
    }
    toys.write("slow", NUMBER.format(name="slow", text="", value=2))
    report = toys.build(toys.task("quick"), toys.task("slow", "quick"))
    assert report.cached == ["quick"]
    assert report.ran == ["slow"]


def test_graph_faults_are_named() -> None:
    with pytest.raises(SpecError, match="two tasks named 'a'"):
        ordered([Task("a"), Task("a")])
    with pytest.raises(SpecError, match="need 'b'"):
        ordered([Task("a", needs=("b",))])
    with pytest.raises(SpecError, match="need each other"):
        ordered([Task("a", needs=("b",)), Task("b", needs=("a",))])
    with pytest.raises(SpecError, match="no task"):
        ordered([])
    with pytest.raises(SpecError, match="task 'z'"):
        ancestors([Task("a")], ["z"])


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1.0, "count"),
        (True, "count"),
        (1, "label"),
        (float("nan"), "estimate"),
        ("x", "p"),
        (1, "?"),
    ],
)
def test_a_result_of_the_wrong_kind_is_refused(value, kind) -> None:
    with pytest.raises(DataError, match=r"toy\.x"):
        Result("toy.x", value, kind)


@pytest.mark.parametrize("name", ["Toy.x", "toy", "toy..x", "toy x.y", ".x"])
def test_a_bad_id_is_refused(name) -> None:
    with pytest.raises(DataError, match="lower-case words"):
        Result(name, 1, "count")


def test_repeated_ids_are_refused() -> None:
    with pytest.raises(DataError, match="twice"):
        to_entries([Result("toy.x", 1, "count"), Result("toy.x", 1, "count")])
    one = to_entries([Result("toy.x", 1, "count")])
    with pytest.raises(DataError, match="tasks a and b"):
        merge({"a": one, "b": one})


def test_sources_follow_the_imports_of_the_project() -> None:
    sources = Sources(REPOSITORY)
    reached = {
        path.relative_to(REPOSITORY).as_posix()
        for path in sources.reached("analyses.machinery.verify")
    }
    assert {
        "analyses/machinery/runner.py",
        "analyses/machinery/compare.py",
        "econshrink/core/errors.py",
    } <= reached
    assert "econshrink/nouns/forecast.py" in reached
    assert "econshrink/report/map.py" not in reached
    assert not any(name.startswith("econshrink/data/") for name in reached)


def test_a_file_that_discovers_its_neighbours_reaches_them() -> None:
    sources = Sources(REPOSITORY)
    lights = REPOSITORY / "econshrink/shrinkage/catalogue/lights.py"
    assert lights in sources.reached("econshrink.shrinkage.catalogue.registry")
    assert lights not in sources.reached("econshrink.shrinkage.catalogue.loss")


def test_estimates_become_results(tmp_path: Path) -> None:
    work = Workspace("fe", tmp_path, tmp_path)
    estimate = Estimate(
        "OLS", ("np.log(gdp)",), np.array([2.0]), np.array([[0.25]]), "iid", "none", 10
    )
    work.estimate("fe.main", estimate, "tab")
    assert work.finish() == ["results/fe.json"]
    entries = results_of(tmp_path, ["fe"])
    assert entries["fe.main.np_log_gdp.estimate"]["value"] == 2.0
    assert entries["fe.main.np_log_gdp.se"] == {
        "value": 0.5,
        "kind": "se",
        "unit": "",
        "exhibit": "tab",
        "synthetic": False,
        "task": "fe",
    }
    assert entries["fe.main.nobs"]["value"] == 10
    assert slug("Inner Mongolia") == "inner_mongolia"


def test_code_behind_a_loader_and_embedded_tables_count(tmp_path: Path) -> None:
    files = {
        "econshrink/__init__.py": "",
        "econshrink/core/arrays.py": "",
        "econshrink/shrinkage.py": "",
        "econshrink/data/__init__.py": "from econshrink.data.load import load",
        "econshrink/data/load.py": "from econshrink.core.arrays import x",
        "econshrink/data/table.csv.gz": "",
        "analyses/__init__.py": "",
        "analyses/reader.py": "from econshrink.data import load",
        "analyses/lazy.py": "import numpy\nfrom econshrink import load_china",
        "analyses/sub.py": "import os, econshrink.shrinkage as m",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    sources = Sources(tmp_path)

    def reached(module: str) -> set[str]:
        return {path.relative_to(tmp_path).as_posix() for path in sources.reached(module)}

    base = {"econshrink/__init__.py", "analyses/__init__.py"}
    data = {name for name in files if name.startswith("econshrink/data/")}
    assert reached("analyses.reader") == base | data | {
        "analyses/reader.py",
        "econshrink/core/arrays.py",
    }
    assert reached("analyses.sub") == base | {"analyses/sub.py", "econshrink/shrinkage.py"}
    assert reached("analyses.lazy") == {
        "analyses/__init__.py",
        "analyses/lazy.py",
        *(name for name in files if name.startswith("econshrink/")),
    }
    before = sources.of("analyses.reader"), sources.of("analyses.sub")
    (tmp_path / "econshrink/data/table.csv.gz").write_text("changed")
    later = Sources(tmp_path)
    assert later.of("analyses.reader") != before[0]
    assert later.of("analyses.sub") == before[1]


def test_what_takes_longest_to_the_end_starts_first(toys) -> None:
    tasks = chain(toys)
    (toys.root / "paper" / "expected").mkdir(parents=True)
    seconds = {"first": 1.0, "second": 1.0, "third": 1.0, "other": 9.0}
    record = {"tasks": {name: {"cpu_seconds": value} for name, value in seconds.items()}}
    (toys.root / "paper" / "expected" / "run.json").write_text(json.dumps(record))
    assert toys.build(*tasks, jobs=1).ran == ["other", "first", "second", "third"]


def test_another_version_of_a_locked_package_is_another_environment(tmp_path, monkeypatch):
    lock = "numpy==2.4.6 \\\n    --hash=sha256:0\nscikit-learn==1.9.1\n"
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    for name in ("numpy-2.3.0", "scikit_learn-1.9.1", "cosmic_ray-8.3.0"):
        (tmp_path / f"{name}.dist-info").mkdir()
    assert installed(lock) == ["numpy-2.3.0.dist-info", "scikit_learn-1.9.1.dist-info"]


def test_figures_are_read_before_the_first_fork(monkeypatch) -> None:
    """Once, and a fault in them is left to the task that meets it."""
    read = []

    def faulty() -> None:
        read.append(1)
        raise DataError(Fault("a cell", "another", "Mend it."))

    monkeypatch.setattr(samples, "read_figures", faulty)
    assert worker.warm(Task("samples", module="analyses.shared.samples")) == ""
    assert read == [1] or worker._METHOD != "fork"
