# Everything a newcomer types. `make help` lists it.
#
# One virtual environment, .venv: `make demo` puts into it what a run needs, `make test` adds the
# tools. Every package comes from a lock file and is checked by its hash. All paths are relative, so
# that a checkout may lie in a folder whose name has spaces.

PYTHON ?= python3
UV ?= uv
# An interpreter for the second half of `make test-full`; the newest on PATH unless given.
NEWEST ?=
# For `make bench`: QUICK=1 takes little of everything, WRITE=1 puts the results into the documents.
QUICK ?=
WRITE ?=

VENV = .venv
PY = $(VENV)/bin/python
PIP = $(PY) -m pip install --disable-pip-version-check --quiet --quiet
INSTALL = $(PIP) --require-hashes --no-build-isolation
# What reads SAS transport files and writes RTF is optional for others, and always there in what make sets up.
LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --custom-compile-command 'make lock' --extra cdisc --extra documents
SELF = $(PIP) --no-deps --no-build-isolation --editable .

# What was set up elsewhere, before the folder was moved, or is gone is set up again.
FRESH := $(shell test -x $(PY) && test "$$(cat .stamps/place 2>/dev/null)" = "$$(pwd)" || rm -rf .stamps)

.PHONY: help demo test test-full bench lint audit lock clean

help:
	@echo 'make demo       set up what a run needs, run the study mcl_btki_treated, say where the report is'
	@echo 'make test       set up the tools; format, lint, types, and the fast tests'
	@echo 'make test-full  the same with every test, then the fast tests on the newest Python found'
	@echo 'make bench      speed and accuracy, beside other tools; half an hour, QUICK=1 for a look at everything'
	@echo 'make lint       format, lint and types only'
	@echo 'make audit      known vulnerabilities of the locked packages'
	@echo 'make lock       choose package versions anew (needs uv)'
	@echo 'make clean      remove what make set up'
	@echo 'PYTHON=...      the interpreter to use, 3.11 or newer; now $(PYTHON)'

demo: .stamps/run
	@$(PY) -m remit run mcl_btki_treated --out runs/demo

test: lint
	@$(PY) -m pytest -m 'not full'

test-full: lint
	@$(PY) -m pytest
	@PYTHON='$(PY)' NEWEST='$(NEWEST)' sh .ci/newest

bench: .stamps/bench $(if $(QUICK),,.stamps/amici)
	@for each in engine courses run events trials; do \
	  $(PY) -m benchmarks.$$each $(if $(QUICK),--quick) $(if $(WRITE),--write) || exit 1; done

lint: .stamps/test
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m basedpyright --pythonpath $(PY)

audit: .stamps/test
	@$(PY) -m pip_audit --strict --require-hashes --requirement requirements-test.lock

lock:
	$(LOCK) --group build --output-file requirements.lock pyproject.toml
	$(LOCK) --group test --constraint requirements.lock --output-file requirements-test.lock pyproject.toml
	$(LOCK) --group bench --constraint requirements-test.lock --output-file requirements-bench.lock pyproject.toml
	$(LOCK) --group amici --constraint requirements-bench.lock --output-file requirements-amici.lock pyproject.toml

clean:
	rm -rf .venv .venv-newest .stamps build/benchmarks

# A stamp is written last: a set-up that was broken off is done again.

.stamps/venv:
	@"$(PYTHON)" -c '' 2>/dev/null || { \
	  echo 'remit needs Python 3.11 or newer, and "$(PYTHON)" does not run; try make PYTHON=python3.12' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "remit needs Python 3.11 or newer, and \"$(PYTHON)\" is $$("$(PYTHON)" -c \
	  'import platform; print(platform.python_version())'); try make PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo 'remit needs the venv module, which "$(PYTHON)" lacks; on Debian: apt install python3-venv' >&2; exit 1; }
	@echo 'Setting up $(VENV) ...'
	@rm -rf $(VENV) .stamps
	@"$(PYTHON)" -m venv $(VENV)
	@mkdir .stamps
	@pwd > .stamps/place
	@touch $@

.stamps/run: .stamps/venv requirements.lock pyproject.toml
	@echo 'Installing what a run needs ...'
	@$(INSTALL) --only-binary :all: --requirement requirements.lock
	@$(SELF)
	@touch $@

.stamps/test: .stamps/run requirements-test.lock
	@echo 'Installing what the tests need ...'
	@$(INSTALL) --requirement requirements-test.lock
	@touch $@

.stamps/bench: .stamps/test requirements-bench.lock
	@echo 'Installing what the benchmarks need ...'
	@$(INSTALL) --requirement requirements-bench.lock
	@touch $@

# Built from source with the tools of the step before; where that fails, the benchmark names it as missing.
.stamps/amici: .stamps/bench requirements-amici.lock
	@echo 'Building AMICI, which takes minutes ...'
	@PATH="$$(pwd)/$(VENV)/bin:$$PATH" $(INSTALL) --requirement requirements-amici.lock \
	  || echo 'AMICI could not be built; going on without it.'
	@touch $@
