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
RUN_PACKAGES := sox libsndfile1 fonts-noto-cjk
TEST_PACKAGES := redis-server mariadb-server chromium sip-tester baresip

.PHONY: help install install-dev packages packages-test lock

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

lock: $(DEV_STAMP) ## Pin the newest allowed version of every dependency, with hashes
	tools/lock
