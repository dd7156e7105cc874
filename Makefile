# Each target is one line that calls a script or the command line program.

EDGEOS := bash backend/scripts/edgeos.sh

.DEFAULT_GOAL := help
.PHONY: help dev test check fix docs migration resource seed audit bench lock

help:       ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dev:        ## Run database, API and worker with reload
	@bash backend/scripts/dev.sh

test:       ## Run the tests: make test args="tests/unit -x"
	@bash backend/scripts/test.sh $(args)

check:      ## Run all that has to pass before a change goes in
	@bash .ci/run

fix:        ## Format, and correct what a machine can correct
	@bash backend/scripts/format.sh

docs:       ## Write the pages that are made from the code
	@bash backend/scripts/docs.sh

migration:  ## Write a migration from the models: make migration m="Add waivers"
	@$(EDGEOS) migration "$(m)"

resource:   ## Write a new resource: make resource name=waiver
	@$(EDGEOS) resource "$(name)"

seed:       ## Fill the database with what a newcomer needs
	@$(EDGEOS) seed $(args)

audit:      ## Say where the database would not keep tenants apart
	@$(EDGEOS) audit $(args)

bench:      ## Measure against the usual recipe
	@$(EDGEOS) bench $(args)

lock:       ## Write requirements.lock from pyproject.toml
	@bash backend/scripts/lock.sh $(args)
