# `make help` tells every task. Every task does its own set-up, so the first command on a fresh machine may be any of them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3.11
VENV := .venv
PY := $(VENV)/bin/python
# The stamps carry the hash of what they were made from: an unchanged list is never installed twice, however new its file date is.
RUN_STAMP = $(VENV)/.run-$(shell sha256sum requirements.txt | cut -c1-16)
DEV_STAMP = $(VENV)/.dev-$(shell cat requirements.txt requirements-dev.txt | sha256sum | cut -c1-16)
PIP_INSTALL := $(PY) -m pip install -qq --disable-pip-version-check --no-input --require-hashes

# Debian packages: what running needs, and what the tests need on top of it.
RUN_PACKAGES := libsndfile1 espeak-ng
TEST_PACKAGES := redis-server mariadb-server chromium fonts-noto-cjk sip-tester baresip

CODE = $(wildcard hotline fs_scripts webadmin ivr_prompts migrations tests tools bench run.py)
TYPED = $(wildcard hotline fs_scripts webadmin ivr_prompts tools run.py)

.PHONY: help run install install-dev packages packages-test test test-unit test-slow coverage lint fmt lock \
	vendor vendor-check clean bench-calls bench-digits bench-dispatch bench-waiting bench-scripts soak fuzz bench-acd

help: ## List the tasks
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

# Debian's own Python comes without the part that makes virtual environments.
$(PY):
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || tools/debian-packages python3.11-venv
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-%: $(PY)
	$(PIP_INSTALL) -r requirements.txt
	@rm -f $(VENV)/.run-* && touch $@

$(VENV)/.dev-%: $(PY)
	$(PIP_INSTALL) -r requirements-dev.txt
	@rm -f $(VENV)/.dev-* && touch $@

packages: ## Install the Debian packages that running needs
	@tools/debian-packages $(RUN_PACKAGES)

packages-test: packages ## Install the Debian packages that the tests need
	@tools/debian-packages $(TEST_PACKAGES)

install: packages $(RUN_STAMP) ## Install everything that running needs

install-dev: install packages-test $(DEV_STAMP) ## Install everything that the tests need

run: install ## Start everything: migrations, demo data, prompts, switch, console (Ctrl-C stops it)
	@exec $(PY) run.py serve

test: install-dev lint vendor-check ## Check and test everything; what this machine cannot test is named
	$(PY) -m tools.run_tests

test-unit: install-dev ## Run the tests that need no server, browser or FreeSWITCH
	$(PY) -m tools.run_tests --unit

fuzz: $(DEV_STAMP) $(RUN_STAMP) ## Drive the ACD with random histories for MINUTES=10, and 100,000 simulated calls
	$(PY) -m tools.fuzz --minutes $(or $(MINUTES),10)

test-slow: install-dev ## Run the tests that take minutes (loads, long calls)
	$(PY) -m tools.run_tests --slow

coverage: install-dev ## Run all tests and report what they do not reach
	rm -f .coverage .coverage.*
	$(PY) -m tools.run_tests --coverage
	$(PY) -m coverage combine --quiet
	$(PY) -m coverage report

lint: $(DEV_STAMP) $(RUN_STAMP) ## Check style, types and imports
	$(VENV)/bin/ruff check $(CODE)
	$(VENV)/bin/ruff format --check $(CODE)
	$(VENV)/bin/mypy $(TYPED)
	$(VENV)/bin/lint-imports

fmt: $(DEV_STAMP) ## Format the code and mend what can be mended by itself
	$(VENV)/bin/ruff check --fix $(CODE)
	$(VENV)/bin/ruff format $(CODE)

lock: $(DEV_STAMP) ## Pin the newest allowed version of every dependency, with hashes
	tools/lock

vendor: ## Fetch the browser's files again (needs npm) and write their checksums
	$(PYTHON) -m tools.vendor fetch

vendor-check: ## Check the browser's files against their checksums
	@$(PYTHON) -m tools.vendor check

clean: ## Remove what make made; the data in var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

bench-import: $(RUN_STAMP) ## Measure the import of 100,000 call records
	$(PY) -m bench.import_records

bench-acd: $(DEV_STAMP) $(RUN_STAMP) ## Measure the ACD's decisions at 500 to 5,000 agents, beside one that looks at everybody
	$(PY) -m bench.acd

bench-scripts: $(DEV_STAMP) $(RUN_STAMP) ## Measure what hostile routing scripts cost other calls
	$(PY) -m bench scripts

bench-journal: $(RUN_STAMP) ## Measure the journal's way into the database
	$(PY) -m bench.journal

migration: $(DEV_STAMP) ## Write a migration from changed models: make migration MESSAGE="add the ..."
	$(PY) -c 'import sys; from hotline.store import migrate; migrate.revise(sys.argv[1])' "$(MESSAGE)"
	$(PY) -m ruff format -q migrations

bench-calls: install-dev ## Measure 1,000 calls at 5 a second on FreeSWITCH
	$(PY) -m bench calls

bench-digits: install-dev ## Measure 10,000 keys over RTP on FreeSWITCH
	$(PY) -m bench digits

bench-dispatch: install-dev ## Measure joining the queue to the agent's INVITE, ours and mod_callcenter, on FreeSWITCH
	$(PY) -m bench dispatch

soak: install-dev ## Make 30,000 bridged calls on FreeSWITCH and listen to both ends of each (30 min)
	$(PY) -m bench soak

bench-waiting: install-dev ## Measure what 250 callers who wait on FreeSWITCH cost
	$(PY) -m bench waiting
