# Two commands do everything on a fresh machine: `make run` and `make test`. All they fetch and make is in .odoo/.
.DEFAULT_GOAL := help
.PHONY: help run test lint format stop clean

help: ## this text
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Odoo with the demo data on 127.0.0.1 (PORT=8080, FRESH=1)
	@tools/run

test: ## every test (ARGS='-k seats', ALLOW_SKIPS=1)
	@tools/test $(ARGS)

lint: ## ruff, pylint-odoo, the OCA's checks, the format of XML
	@tools/lint

format: ## let ruff and the XML formatter mend what they can
	@tools/lint --fix

stop: ## end the PostgreSQL that tools/odoo leaves running
	@tools/stop

clean: stop ## remove all that was fetched and made: .odoo/
	@tools/clean
