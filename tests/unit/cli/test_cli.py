"""The command line prints what it is asked, and one line when it cannot."""

import io
import json
import subprocess
import sys

import pytest

from econshrink.cli import main, parser
from econshrink.cli.commands import all_commands
from econshrink.cli.progress import stages


def test_identify_names_its_rule(capsys):
    assert main(["identify", "--rule", "census_urban_loss"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("25 of 329 units shrink by net_loss(urban")


def test_json_tells_undefined_from_no(capsys):
    assert main(["identify", "--rule", "census_loss", "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["shrinking"] == 149
    assert sum(label is None for label in tree["labels"].values()) == 1
    assert sum(label is True for label in tree["labels"].values()) == 149


def test_own_data(tmp_path, capsys):
    path = tmp_path / "own.csv"
    path.write_text("city,year,population\n110000,2010,5\n110000,2020,4\n")
    assert main(["identify", "--rule", "census_loss", "--data", str(path)]) == 0
    assert capsys.readouterr().out.startswith("1 of 1")


def test_a_county_file_as_it_is(tmp_path, capsys):
    path = tmp_path / "counties.csv"
    path.write_text(
        "FIPS,Yr,pop,x\n01001,2010,5,1\n01001,2020,4,2\n01003,2010,5,3\n01003,2020,6,4\n"
    )
    own = ["--data", str(path), "--unit", "FIPS", "--time", "Yr"]
    assert main(["identify", "--rule", "census_loss", *own, "--variable", "pop"]) == 0
    assert capsys.readouterr().out.startswith("1 of 2 units")
    assert main(["cox", "x", "--data", str(path), "--unit", "FIPS"]) == 2
    assert "Name --duration T, --event E (and --entry)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["identify", "--rule", "nonsense"], "one of alves_shapes"),
        (["identify", "--rule", "census_loss", "--data", "missing.csv"], "missing.csv"),
        (["identify", "--rule", "report_standard"], "--series annual"),
        (["identify", "--rule", "census_loss", "--window", "2010", "2030"], "window 2010–2030"),
    ],
)
def test_mistakes_end_in_one_clear_line(arguments, message, capsys):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err


def test_check_data_for_people_and_machines(tmp_path, capsys):
    path = tmp_path / "book.csv"
    path.write_text("城市,年份,GDP（亿元）\n鹤岗市,2010,251.0\n", encoding="utf-8")
    assert main(["check-data", str(path)]) == 0
    assert "2 rows = 1 kept + 1 listed" in capsys.readouterr().out
    assert main(["check-data", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)
    assert main(["check-data", str(tmp_path / "none.csv")]) == 2
    assert "none.csv" in capsys.readouterr().err


def test_rules_and_totals(capsys):
    assert main(["rules"]) == 0
    assert "census_loss" in capsys.readouterr().out
    assert main(["totals"]) == 0
    assert "MISS" not in capsys.readouterr().out


def test_help_of_every_command_has_examples(capsys):
    for command in all_commands():
        with pytest.raises(SystemExit) as stop:
            main([command.NAME, "--help"])
        assert stop.value.code == 0
        shown = capsys.readouterr().out
        assert all(f"econshrink {line}" in shown for line in command.EXAMPLES)


def test_help_loads_no_scientific_package():
    code = (
        "import sys; from econshrink.cli import parser\n"
        "top = parser(); top.format_help()\n"
        "for part in top._subparsers._group_actions[0].choices.values(): part.format_help()\n"
        "heavy = ('numpy', 'pandas', 'scipy', 'matplotlib', 'tqdm', 'shtab', 'econshrink.nouns')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_version_names_the_figures(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert "embedded figures" in capsys.readouterr().out


def test_a_reader_that_stops_early_is_no_fault():
    command = f"{sys.executable} -m econshrink.cli rules | head -n 1"
    shown = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert shown.stderr == ""


def test_out_writes_the_form_of_its_ending(tmp_path, capsys):
    target = tmp_path / "labels.csv"
    assert main(["identify", "--rule", "census_loss", "--out", str(target)]) == 0
    assert capsys.readouterr().out == ""
    assert target.read_text("utf-8").startswith("city,shrinking")


def test_every_command_takes_json_and_out_or_needs_neither():
    top = parser()
    (parts,) = (action.choices for action in top._actions if action.dest == "run" or action.choices)
    for name, part in parts.items():
        options = {option for action in part._actions for option in action.option_strings}
        assert {"--json", "--out"} <= options or name in {"completion", "atlas"}
    assert set(parts) == {
        *("identify", "account", "fit", "cox", "hazard", "forecast", "risk", "flows", "rules"),
        *("check-data", "totals", "lab", "reconcile", "completion", "atlas"),
    }


def test_completion_knows_commands_options_and_files(capsys):
    for shell in ("bash", "zsh"):
        assert main(["completion", shell]) == 0
        shown = capsys.readouterr().out
        assert "reconcile" in shown
        assert "--vcov" in shown
        assert "files" in shown


def test_a_terminal_sees_progress(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with stages("reading", "projecting") as done:
        done()
        done()
    assert "reading" in screen.getvalue()
    assert "projecting" in screen.getvalue()
