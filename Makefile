# econshrink: `make paper` rebuilds the paper, `make test` runs the tests; both set themselves up.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ORACLES := .venv-oracles
DOCSENV := .venv-docs
SPARKENV := .venv-spark
# Their Arrow cases are skipped where pyarrow is not.
WITH_ARROW := tests/unit/tables/test_columns.py tests/unit/tables/test_panel_table.py tests/unit/data/test_read_frame.py
JOBS   ?= 2

# One thread per BLAS worker and fixed dates: the same bytes on every run of one machine.
export PYTHONHASHSEED := 0
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export SOURCE_DATE_EPOCH := 1795305600
export MPLBACKEND := Agg
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := paper
.PHONY: paper test test-fast check verify accept score studies oracles soak spark mutants pages times trace docs atlas browser wheel clean clean-all help

paper: $(VENV)/.stamp ## build every table, figure, number, build/paper.pdf and build/supplement.pdf (ONLY="Table 3" or task, JOBS=n, DATA=yearbook, FLOWS=file)
	@$(BIN)/python -m analyses build --jobs $(JOBS) $(if $(ONLY),--only $(ONLY)) $(if $(DATA),--data "$(DATA)") $(if $(FLOWS),--flows "$(FLOWS)")

test: $(VENV)/.stamp ## run all tests
	@$(BIN)/python -m pytest -n $(JOBS)

test-fast: $(VENV)/.stamp ## run the quick tests only (under 90 seconds)
	@$(BIN)/python -m pytest -n $(JOBS) -m "not slow"

check: $(VENV)/.stamp ## lint, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

verify: $(VENV)/.stamp ## compare every number with paper/expected (TWICE=1: build twice, compare bytes; STUDIES=seed: repeat a tenth of the studies)
	@$(BIN)/python -m analyses verify --jobs $(JOBS) $(if $(TWICE),--twice) $(if $(STUDIES),--studies $(STUDIES))

studies: $(VENV)/.stamp ## run the long Monte Carlo studies and store them in paper/studies (ONLY=name)
	@$(BIN)/python -m analyses studies --jobs $(JOBS) $(if $(ONLY),--only $(ONLY))

accept: $(VENV)/.stamp ## adopt the present numbers as the expected ones, after printing the difference
	@$(BIN)/python -m analyses accept

score: $(VENV)/.stamp ## score every locked prediction on new figures (FIGURES=file with city, year, population)
	@test -n "$(FIGURES)" || { echo "Say which figures: make score FIGURES=figures.csv (columns city, year, population)" >&2; exit 1; }
	@$(BIN)/python -m analyses score --figures "$(FIGURES)"

oracles: $(ORACLES)/.stamp ## compare our numbers with other packages' (installs them in .venv-oracles)
	@$(ORACLES)/bin/python -m pytest -n $(JOBS) --override-ini "norecursedirs=.*" -W default tests/oracles $(WITH_ARROW)

soak: $(VENV)/.stamp $(if $(filter spark,$(PARTS)),spark) ## hostile input and property tests for SECONDS=3600; PARTS="kills long spark" for what takes long (SEED=n)
	@$(if $(and $(PARTS),$(if $(filter-out spark,$(PARTS)),,alone)),true,$(BIN)/python) -m tools.soak $(filter-out spark,$(PARTS)) --jobs $(JOBS) --seconds $(if $(SECONDS),$(SECONDS),3600) $(if $(SEED),--seed $(SEED))

spark: $(SPARKENV)/.stamp ## the verbs of econshrink.big on a local Spark with two workers, installed in .venv-spark (Debian: apt install openjdk-17-jre-headless)
	@$(SPARKENV)/bin/python -m tools.soak spark

mutants: $(VENV)/.stamp ## how many of COUNT=600 seeded mutants of the numerics do the tests kill? (SEED=n)
	@$(BIN)/uv pip install -q --python $(BIN)/python --group soak
	@$(BIN)/python -m tools.soak mutants --seconds $(if $(SECONDS),$(SECONDS),86400) --mutants $(if $(COUNT),$(COUNT),600) $(if $(AGAIN),--again) $(if $(FRESH),--fresh) $(if $(SEED),--seed $(SEED))

pages: $(VENV)/.stamp ## pages, tables, figures and references of both documents, blank share of each page, all pages as pictures
	@$(BIN)/python -m tools.pages

times: $(VENV)/.stamp ## seconds of a full build, a build with nothing to do, and a text edit, each the median of three (CLONE=1: of fresh clones)
	@$(BIN)/python -m tools.times $(if $(CLONE),--clone)

trace: $(VENV)/.stamp ## every number of the abstract and the introduction: its id, exhibit and program
	@$(BIN)/python -m tools.trace

docs: $(DOCSENV)/.stamp ## build the documentation in build/docs: every tutorial executed, no warning let pass
	@$(DOCSENV)/bin/python -m sphinx -q -W --keep-going -b html docs build/docs
	@echo "docs: build/docs/index.html"

atlas: $(VENV)/.stamp ## write build/atlas.html, the whole paper to look at: map, table, city pages, rules, forecasts, claims
	@$(BIN)/python -m analyses build --jobs $(JOBS)
	@$(BIN)/python -m analyses atlas

browser: atlas $(DOCSENV)/.stamp ## walk through the atlas in Chromium (Debian: apt install chromium fonts-noto-cjk)
	@$(DOCSENV)/bin/python -m pytest --override-ini "norecursedirs=.*" -W default -p no:cacheprovider tests/browser

wheel: $(VENV)/.stamp ## build the wheel; install it in a clean environment outside; doctests and first attempts there
	@rm -rf build/dist
	@$(BIN)/uv build -q --wheel --no-build-isolation --python $(BIN)/python --out-dir build/dist
	@set -e; away=$$(mktemp -d); trap 'rm -rf "$$away"' EXIT; \
	$(BIN)/uv venv -q --python $(BIN)/python $$away/env; \
	$(BIN)/uv pip install -q --python $$away/env/bin/python -c requirements.lock build/dist/*.whl pytest pytest-xdist; \
	cp tests/wheel/attempts.py $$away/installed.py; cp docs/coming_from/attempts.py $$away; cd $$away; \
	env/bin/python installed.py; env/bin/python attempts.py; \
	env/bin/python -m pytest -q -c /dev/null --rootdir . -n $(JOBS) -p no:cacheprovider --doctest-modules \
	  -o doctest_optionflags=NORMALIZE_WHITESPACE --pyargs econshrink

clean: ## remove everything that was built (the environment stays; `make clean-all` removes it too)
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage .hypothesis

clean-all: clean
	@rm -rf $(VENV) $(ORACLES) $(DOCSENV) $(SPARKENV)

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.stamp: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "econshrink needs Python 3.11 or newer, but '$(PYTHON)' was not found. Install it or run: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "econshrink needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Run: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "This Python lacks the venv module. On Debian or Ubuntu: apt install python3-venv (or run: make PYTHON=/path/to/another/python3)" >&2; exit 1; }
	@test ! -L $(VENV) || { echo "$(VENV) is a link to another folder's environment, which a new one would empty. Remove the link, or refresh that environment there." >&2; exit 1; }
	@echo "[1/4] creating the environment in $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@echo "[2/4] fetching the installer named in requirements.lock"
	@awk '/^uv==/ {keep=1; print; next} /^[^ ]/ {keep=0} keep' requirements.lock > $(VENV)/uv.txt
	@echo "[3/4] installing the locked packages (a minute or two)"
	@{ $(BIN)/python -m pip install -q --disable-pip-version-check --no-compile --require-hashes -r $(VENV)/uv.txt \
	   && $(BIN)/uv pip sync -q --require-hashes --python $(BIN)/python requirements.lock; } \
	 || { echo "      uv is not usable here; installing with pip (slower)"; \
	      $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.lock; }
	@echo "[4/4] installing econshrink itself"
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . 2>/dev/null \
	 || $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(ORACLES)/.stamp: requirements-oracles.lock $(VENV)/.stamp
	@test ! -L $(ORACLES) || { echo "$(ORACLES) is a link to another folder's environment, which a new one would empty. Remove the link, or refresh that environment there." >&2; exit 1; }
	@echo "[1/2] creating the environment of the oracle packages in $(ORACLES)"
	@$(PYTHON) -m venv --clear $(ORACLES)
	@echo "[2/2] installing the locked oracle packages"
	@$(BIN)/uv pip sync -q --require-hashes --python $(ORACLES)/bin/python requirements-oracles.lock \
	 || $(ORACLES)/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-oracles.lock
	@$(BIN)/uv pip install -q --python $(ORACLES)/bin/python --no-deps --no-build-isolation -e . 2>/dev/null \
	 || $(ORACLES)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The packages of the oracles, and Spark.
$(SPARKENV)/.stamp: requirements-oracles.lock $(VENV)/.stamp
	@test ! -L $(SPARKENV) || { echo "$(SPARKENV) is a link to another folder's environment, which a new one would empty. Remove the link." >&2; exit 1; }
	@echo "[1/2] creating the environment of Spark in $(SPARKENV)"
	@$(PYTHON) -m venv --clear $(SPARKENV)
	@echo "[2/2] installing the locked oracle packages and pyspark"
	@$(BIN)/uv pip sync -q --require-hashes --python $(SPARKENV)/bin/python requirements-oracles.lock
	@$(BIN)/uv pip install -q --python $(SPARKENV)/bin/python --group spark
	@$(BIN)/uv pip install -q --python $(SPARKENV)/bin/python --no-deps --no-build-isolation -e .
	@touch $@

$(DOCSENV)/.stamp: requirements-docs.lock $(VENV)/.stamp
	@test ! -L $(DOCSENV) || { echo "$(DOCSENV) is a link to another folder's environment, which a new one would empty. Remove the link, or refresh that environment there." >&2; exit 1; }
	@echo "[1/2] creating the environment of the documentation in $(DOCSENV)"
	@$(PYTHON) -m venv --clear $(DOCSENV)
	@echo "[2/2] installing the locked packages of the documentation"
	@$(BIN)/uv pip sync -q --require-hashes --python $(DOCSENV)/bin/python requirements-docs.lock \
	 || $(DOCSENV)/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-docs.lock
	@$(BIN)/uv pip install -q --python $(DOCSENV)/bin/python --no-deps --no-build-isolation -e . 2>/dev/null \
	 || $(DOCSENV)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
