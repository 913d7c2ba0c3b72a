# Every target is one command of the pipeline; on a machine without make call that command.
# With another Python: make PYTHON=python3.12 reproduce
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: reproduce test check report lab package bench trials lock help

reproduce: ## make the environment, run every stage from the raw data, compare all outputs
	@$(PYTHON) -m pipeline reproduce

test: ## make the environment if needed and run all tests
	@$(PYTHON) -m pipeline test

check: ## unit and data tests and the linter, in a minute and a half, for the next edit
	@$(PYTHON) -m pipeline check

report: ## bring the reports up to date: run only the stages whose inputs changed
	@$(PYTHON) -m pipeline report

lab: ## open the notebooks in JupyterLab
	@$(PYTHON) -m pipeline lab

package: ## write one archive that opens anywhere and reproduces the same bytes there
	@$(PYTHON) -m pipeline package

bench: ## measure how long a reader waits, against the usual ways, on a machine that does nothing else
	@$(PYTHON) -m pipeline bench

trials: ## stop runs, feed the readers nonsense, break the code on purpose: does the project stand it; hours
	@$(PYTHON) -m pipeline trials

lock: ## write requirements.lock and requirements-test.lock after a change of pyproject.toml
	@$(PYTHON) -m pipeline lock

help: ## show this list
	@$(PYTHON) -m pipeline help
