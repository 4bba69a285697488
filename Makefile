# remit: the two commands that matter are `make demo` and `make test`.
.POSIX:
SHELL = /bin/sh
PYTHON ?= python3
VENV = .venv
TESTVENV = .venv-test
STAMPS = .stamps
OUT ?= runs/demo

.PHONY: help demo test test-full bench lint lock clean check-python

help:
	@echo 'make demo       set up a virtual environment, run the main job, print where the report is'
	@echo 'make test       set up what tests need, run format, lint, types and the fast tests'
	@echo 'make test-full  all tests, also on the newest interpreter found'
	@echo 'make bench      speed and accuracy against other tools'
	@echo 'make lint       format, lint and types only'
	@echo 'make lock       renew the lock files (needs uv)'

check-python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'remit needs Python 3.11 or newer: try  make PYTHON=/path/to/python3.11 demo'; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' || { \
	  echo 'this Python has no venv module: on Debian, install the package python3-venv'; exit 1; }

$(STAMPS)/run: requirements.lock pyproject.toml Makefile | check-python
	@mkdir -p "$(STAMPS)"
	"$(PYTHON)" -m venv "$(VENV)"
	"$(VENV)/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	"$(VENV)/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch "$(STAMPS)/run"

$(STAMPS)/test: requirements-test.lock pyproject.toml Makefile | check-python
	@mkdir -p "$(STAMPS)"
	"$(PYTHON)" -m venv "$(TESTVENV)"
	"$(TESTVENV)/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	"$(TESTVENV)/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch "$(STAMPS)/test"

demo: $(STAMPS)/run
	"$(VENV)/bin/remit" run mcl_btki_treated --out "$(OUT)"

lint: $(STAMPS)/test
	"$(TESTVENV)/bin/ruff" format --check .
	"$(TESTVENV)/bin/ruff" check .
	"$(TESTVENV)/bin/basedpyright" --pythonpath "$(TESTVENV)/bin/python"

test: lint
	"$(TESTVENV)/bin/python" -m pytest -m 'not full'

test-full: lint
	"$(TESTVENV)/bin/python" -m pytest
	sh .ci/newest "$(PYTHON)"

bench: $(STAMPS)/test
	"$(TESTVENV)/bin/python" -m benchmarks

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  pyproject.toml .ci/build.in -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --group test pyproject.toml -o requirements-test.lock

clean:
	rm -rf "$(VENV)" "$(TESTVENV)" "$(STAMPS)"
