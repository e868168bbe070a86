# One entry point. `make` alone lists what there is.
.DEFAULT_GOAL := help
.PHONY: help venv venv-oldest lock

# The environment's own tools first, ansible-playbook among them.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: ## The Python environment .venv: newest ansible-core, collections, every tool
	@python3 tests/tools/environment.py newest

venv-oldest: ## The same in .venv-oldest with the oldest ansible-core that is claimed
	@python3 tests/tools/environment.py oldest

# Galaxy is for users (requirements.yml); here the collections come with the PyPI package `ansible`, locked like all else.
LOCK = UV_CUSTOM_COMPILE_COMMAND="make lock" $$(python3 tests/tools/environment.py uv) pip compile --quiet --upgrade --universal \
  --generate-hashes --no-emit-index-url
lock: ## Renew the locks in requirements/ to the newest versions that fit
	$(LOCK) --python-version 3.8 requirements/bootstrap.in -o requirements/bootstrap.txt
	$(LOCK) --python-version 3.12 requirements/controller.in -o requirements/controller.txt
	$(LOCK) --python-version 3.12 -c requirements/controller.txt requirements/dev.in -o requirements/dev.txt
	$(LOCK) --python-version 3.12 --override requirements/overrides-oldest.txt requirements/oldest.in -o requirements/oldest.txt
