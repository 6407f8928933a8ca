# make help lists what there is; tools/ holds how it is done.

.DEFAULT_GOAL := help
.PHONY: help run test test-odoo stress screenshots i18n lint format stop clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 13
	@echo "tools/odoo runs any Odoo command: tools/odoo shell -d ve_demo"
run: ## Serve Odoo with demo data on 127.0.0.1 (PORT=8080; FRESH=1 makes the data again)
	@tools/run
test: ## Run every test (ARGS='-k shift' goes to pytest; ALLOW_SKIPS=1 lets a skipped test pass)
	@tools/test $(ARGS)
test-odoo: ## Run tests of Odoo's own on top of the addons (ARGS='lint suites click' names parts; BARE=1 without them)
	@tools/test-odoo $(ARGS)
stress: ## Let people act at the same moment, 50 times each (ROUNDS=90; ARGS='-k seats' goes to pytest)
	@ROUNDS=$${ROUNDS:-50} tools/test tests/test_race.py tests/test_fault.py $(ARGS)
screenshots: ## Take the pictures of the docs again (ARGS=manager: those whose name begins so)
	@tools/screenshots $(ARGS)
i18n: ## Write the terms to translate, after a change of words; then translate what is new in i18n/*.po
	@tools/i18n
lint: ## Check the form of all files
	@tools/lint
format: ## Put their form right
	@tools/lint --fix
stop: ## End the PostgreSQL that tools/odoo leaves running
	@tools/stop
clean: ## Remove .odoo/: Odoo, packages, databases
	@tools/stop --clean
