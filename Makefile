# One entry point. `make` alone lists what there is. LAB=name works with a second lab beside the first.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help venv venv-oldest venv-awx lab lab-down lab-destroy lab-status demo check lint unit sanity molecule cluster test \
  test-long benchmark format changelog build execution-environment lock clean

LAB ?=
export LAB
export LAB_DIRECTORY := .lab$(if $(LAB),-$(LAB))
# The environment's own tools first, ansible-playbook among them, then the lab's kubectl and helm.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/$(LAB_DIRECTORY)/bin:$(PATH)
# Python keeps what it compiled, also where a build machine's settings say otherwise: each run imports a thousand files.
unexport PYTHONDONTWRITEBYTECODE
VAULT_PASSWORD := $(LAB_DIRECTORY)/vault-password
# inventories/lab is the default lab's; every lab has the same with its own addresses.
INVENTORY := $(if $(LAB),$(LAB_DIRECTORY)/inventory,inventories/lab)

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: ## The Python environment .venv: newest ansible-core, collections, every tool
	@python3 tests/tools/environment.py newest

venv-oldest: ## The same in .venv-oldest with the oldest ansible-core that is claimed
	@python3 tests/tools/environment.py oldest

venv-awx: ## The collection awx.awx in .venv-awx, for playbooks/awx.yml
	@python3 tests/tools/environment.py awx

lab: venv ## A Kubernetes node with all around it on this machine (Linux, root); found if it runs
	@python -m tests.lab up

lab-down: venv ## Ends it; what it holds stays for the next start
	@python -m tests.lab down

lab-destroy: venv ## The same, and removes what it holds
	@python -m tests.lab destroy

lab-status: venv ## What runs in it
	@python -m tests.lab status

demo: lab $(VAULT_PASSWORD) ## From nothing to a data plane that is Connected
	@python -m tests.lab deployment demo
	ansible-playbook -i $(INVENTORY) --vault-id lab@$(VAULT_PASSWORD) site.yml
	@python -m tests.lab.show demo

$(VAULT_PASSWORD):
	@python -m tests.tools.vault_password $@

check: venv venv-awx ## Lint, types and unit tests: what needs no cluster
	@python -m tests.tools.run check

lint: venv venv-awx ## ruff, mypy, ansible-lint
	@python -m tests.tools.run lint

unit: venv venv-awx ## Unit tests
	@python -m tests.tools.run unit

sanity: venv ## ansible-test sanity, every test
	@python -m tests.tools.run sanity

molecule: venv ## The Molecule scenarios on the lab; ONLY=name for one
	@python -m tests.tools.run molecule --only "$(ONLY)"

cluster: venv ## The pytest tests that need the lab
	@python -m tests.tools.run cluster

test: venv venv-oldest venv-awx ## All of it, in a lab of its own that is gone afterwards
	@python -m tests.tools.run test

test-long: venv venv-oldest venv-awx ## The same with the tests that take long
	@python -m tests.tools.run test-long

benchmark: lab $(VAULT_PASSWORD) ## A run with nothing to change against a shell script that does the same
	@python -m tests.benchmark

format: venv ## Write the Python files the way lint wants them
	@ruff format
	@ruff check --fix

changelog: venv ## Turn changelogs/fragments into the changelog of galaxy.yml's version
	@antsibull-changelog release --update-existing --reload-plugins

build: venv ## The collection as an archive in dist/
	@ansible-galaxy collection build --force --output-path dist

execution-environment: venv ## What podman builds the image for AWX from, in dist/execution-environment/context
	@rm -rf dist/execution-environment
	@ansible-galaxy collection build --output-path dist/execution-environment/collection
	@ansible-builder create --context dist/execution-environment/context --output-filename Containerfile

# Galaxy is for users (requirements.yml); here the collections come with the PyPI package `ansible`, locked like all else.
LOCK = UV_CUSTOM_COMPILE_COMMAND="make lock" $$(python3 tests/tools/environment.py uv) pip compile --quiet --upgrade \
  --universal --generate-hashes --no-emit-index-url
lock: ## Renew the locks in requirements/ to the newest versions that fit
	$(LOCK) --python-version 3.8 requirements/bootstrap.in -o requirements/bootstrap.txt
	$(LOCK) --python-version 3.12 requirements/controller.in -o requirements/controller.txt
	$(LOCK) --python-version 3.12 -c requirements/controller.txt requirements/dev.in -o requirements/dev.txt
	$(LOCK) --python-version 3.12 -c requirements/dev.txt requirements/execution-environment.in -o requirements/execution-environment.txt
	$(LOCK) --python-version 3.12 --no-deps requirements/helm.in -o requirements/helm.txt
	$(LOCK) --python-version 3.12 --override requirements/overrides-oldest.txt requirements/oldest.in -o requirements/oldest.txt
	$(LOCK) --python-version 3.12 --no-deps requirements/awx.in -o requirements/awx.txt

clean: ## Remove what was made here, less the labs
	rm -rf .venv .venv-oldest .venv-awx .cache dist
