# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Everything that these targets make lies in .cache/.
PYTHON ?= python3

.PHONY: help demo playground docs test test-all test-faults test-kills list pytest format changelog clean

help:
	@echo 'make demo              run the demonstration: a play against simulated systems'
	@echo 'make playground        start simulated systems of every kind, for plays of your own'
	@echo 'make docs              build the documentation site'
	@echo 'make test              run every check'
	@echo 'make test ONLY=a,b     run the checks or groups of checks named'
	@echo 'make test-all          run every check, on every release of ansible-core'
	@echo 'make test-faults       hit every request of every operation with every fault: an hour of two processors'
	@echo 'make test-kills        kill 1,000 runs, and run each task again: twenty minutes'
	@echo 'make list              list the checks'
	@echo 'make pytest ARGS=...   run pytest, for instance ARGS="tests/unit -k poller"'
	@echo 'make format            let ruff format and fix the code'
	@echo 'make changelog         turn the fragments into the changelog of the version in galaxy.yml'
	@echo 'make clean             remove .cache/'

demo:
	@$(PYTHON) -m tools.run demo python -m tools.demo

playground:
	@$(PYTHON) -m tools.run demo python -m tools.playground

docs:
	@$(PYTHON) -m tools.run docs python -m tools.docs .cache/docs

test:
	@$(PYTHON) -m tools.check --only '$(ONLY)'

test-all:
	@$(PYTHON) -m tools.check --all --only '$(ONLY)'

test-faults:
	@$(PYTHON) -m tools.run dev python -m tests.faults $(ARGS)

test-kills:
	@$(PYTHON) -m tools.run dev python -m tests.faults.kills $(ARGS)

list:
	@$(PYTHON) -m tools.check --list

pytest:
	@$(PYTHON) -m tools.run dev pytest $(ARGS)

format:
	@$(PYTHON) -m tools.run dev ruff format .
	@$(PYTHON) -m tools.run dev ruff check --fix .

changelog:
	@$(PYTHON) -m tools.run galaxy antsibull-changelog release --reload-plugins --update-existing

clean:
	rm -rf .cache
