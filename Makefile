# Every target sets itself up: a virtual environment in .venv, made once and renewed when pyproject.toml changes.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
WORKERS ?= 3  # much of the suite waits: a few at a time keep two cores busy

.PHONY: run test test-windows lint check format bench soak

run: $(READY)        ## serve the tree in scripts/ on localhost port 6023
	$(BIN)/python -m sttelnet $(ARGS)

test: $(READY)       ## the test suite
	$(BIN)/python -m pytest -q -n $(WORKERS) $(ARGS)

test-windows: .wine/.ready  ## what can be tested of Windows under Wine: Debian 12, as root; see docs/windows.md
	sh tests/windows/run.sh .wine $(ARGS)

lint: $(READY)       ## format, rules, types for both platforms, import layers, the shipped scripts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --platform win32
	$(BIN)/lint-imports
	$(BIN)/python -m sttelnet lint scripts

check: lint test     ## what must pass before a change lands

format: $(READY)     ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)      ## figures against bare asyncio, telnetlib3's own server and lrzsz, in one run
	$(BIN)/python -m tests.bench $(ARGS)

soak: $(READY)       ## what the daemon withstands, done to it: half an hour; ARGS=--short takes minutes
	$(BIN)/python -m tests.soak $(ARGS)

.wine/.ready: tests/windows/wine-setup.sh $(wildcard tests/windows/shim/*) tests/windows/wpy.in constraints.txt
	sh tests/windows/wine-setup.sh .wine

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(READY)
