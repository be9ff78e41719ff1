# Everything a fresh machine needs is set up on the first call; the second starts at once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready
BENCH_READY := $(VENV)-bench/.ready
PIP := $(BIN)/pip --quiet --disable-pip-version-check

.PHONY: setup demo run test simulate soak power backups kills wheel firsthour licences fuzz pictures lint e2e bench bench-offices pins clean

setup: $(RUN_READY)  ## Only the environment: afterwards .venv/bin/meja is there

demo: $(RUN_READY)  ## The whole desk against a stand-in, with no token and no network
	@$(BIN)/python -m bot demo

run: $(RUN_READY)  ## The desk with config.toml
	@$(BIN)/python -m bot run

WORKERS ?= 4
test: $(DEV_READY)  ## Every test, a few at once: most of them wait for processes and disks
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

SEEDS ?= 10000
START ?= 0
JOBS ?= 2
simulate: $(DEV_READY)  ## Worlds on a virtual clock: SEEDS of them from START on, in JOBS processes
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS) --start $(START) --jobs $(JOBS)

UPDATES ?= 20000
RATE ?= 10
FAULTS ?= 1
KILLS ?= 0
DAYS ?= 0
USERS ?= 60
SEED ?= 1
soak: $(DEV_READY)  ## A long run of the real desk, at RATE updates a second (0: as fast as it goes), for HOURS or UPDATES
	@$(BIN)/python -m tests.soak --rate $(RATE) --faults $(FAULTS) --kills $(KILLS) --days $(DAYS) --users $(USERS) \
		--seed $(SEED) $(if $(HOURS),--hours $(HOURS),--updates $(UPDATES))

power: $(DEV_READY)  ## What is confirmed is on the disk: a run under strace, UPDATES long
	@$(BIN)/python -m tests.crash.power --updates $(UPDATES)

HANDOVERS ?= 100
kills: $(DEV_READY)  ## Owners of offices killed under load, HANDOVERS times, on a real PostgreSQL
	@MEJA_TEST_KILLS=$(HANDOVERS) $(BIN)/python -m pytest -s tests/offices/test_hand_over.py -k killed

wheel: $(RUN_READY)  ## The wheel, built, and run from an environment that holds nothing but it and the pinned libraries
	@rm -rf build/wheel && $(PIP) wheel --no-deps --no-build-isolation --wheel-dir build/wheel .
	@$(PYTHON) -m venv --clear build/wheel/empty
	@build/wheel/empty/bin/pip --quiet --disable-pip-version-check install --require-hashes -r requirements.txt
	@build/wheel/empty/bin/pip --quiet --disable-pip-version-check install --no-deps build/wheel/*.whl
	@build/wheel/empty/bin/pip check
	@cd build/wheel && empty/bin/meja version && empty/bin/meja demo --script >demo.log || (cat build/wheel/demo.log; exit 1)

firsthour: $(DEV_READY)  ## README followed to the letter on an empty machine, up to the first answered ticket
	@$(BIN)/python -m tests.firsthour

licences: $(RUN_READY)  ## docs/licences.md anew
	@$(BIN)/python -m tests.licences

BACKUPS ?= 100
backups: $(DEV_READY)  ## Backups beside a desk under load, some of them killed: each that counts is sound and whole
	@$(BIN)/python -m tests.crash.backups --backups $(BACKUPS)

FUZZ ?= 100000
fuzz: $(DEV_READY)  ## FUZZ generated updates, valid and broken, and spoilt configurations, against a running desk
	@$(BIN)/python -m tests.fuzz --updates $(FUZZ) --seed $(SEED)

e2e: $(DEV_READY)  ## Only the test in a real browser
	@$(BIN)/python -m pytest tests/e2e

pictures: $(DEV_READY)  ## The pictures of the pages in docs/, taken anew from the demo
	@$(BIN)/python -m tests.e2e.pictures

bench: $(RUN_READY) $(BENCH_READY)  ## How fast it is, beside two bare relays; QUICK=1 for a short look
	@$(BIN)/python -m tests.bench $(if $(QUICK),--quick)

bench-offices: $(DEV_READY)  ## One office and 548, with files and in PostgreSQL; QUICK=1 for a short look
	@$(BIN)/python -m tests.bench.offices $(if $(QUICK),--quick)

lint: $(DEV_READY)  ## Style, types, and which folder may import which
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

$(BIN)/python:
	@echo "meja: making a Python environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || (echo "meja: Python 3.11 or newer is needed" && exit 1)
	@$(PYTHON) -m venv $(VENV)

$(RUN_READY): requirements.txt pyproject.toml | $(BIN)/python
	@echo "meja: installing the libraries (once)"
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(DEV_READY): requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "meja: installing the libraries and test tools (once)"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $(RUN_READY) $@

# The yardsticks live apart: one of them wants other versions than the desk.
$(BENCH_READY): requirements-bench.txt | $(BIN)/python
	@echo "meja: installing the benchmark's yardsticks (once)"
	@$(PYTHON) -m venv $(VENV)-bench
	@$(VENV)-bench/bin/pip --quiet --disable-pip-version-check install --require-hashes -r $<
	@touch $@

# Made with uv, which must be on the PATH; the files hold no download address.
PIN := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --quiet --extra demo --extra reports --extra postgres
pins:  ## Choose the newest versions anew
	$(PIN) --upgrade --group build -o requirements.txt
	$(PIN) --upgrade --group dev -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) $(VENV)-bench build *.egg-info var
