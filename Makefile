# Every human action is a target here or a wadi command; `make` alone lists the targets.

.DEFAULT_GOAL := help
.PHONY: help install run test check fix start services bench soak clean image compose compose-down deploy emit watch e2e undeploy

BIN := node_modules/.bin

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: node_modules/.installed ## install what is needed, Node 24 included

node_modules/.installed: package.json package-lock.json .npmrc
	@echo "Installing packages (once) ..."
	@npm ci --loglevel=error
	@touch $@

run: install ## stream 20,000 real flights through Wadi, or SCENARIO=app-sessions; ONCE=1 ends after them; PORT and ADMIN_PORT take other ports
	@./wadi demo $(if $(SCENARIO),--scenario $(SCENARIO)) $(if $(ONCE),--once) $(if $(PORT),--port $(PORT)) $(if $(ADMIN_PORT),--admin-port $(ADMIN_PORT))

start: install ## run Wadi here, ready for curl; settings: ./wadi start --help
	@./wadi start $(if $(PORT),--port $(PORT)) $(if $(ADMIN_PORT),--admin-port $(ADMIN_PORT))

services: install ## a Kafka and a Redis to run Wadi on (`wadi start --kafka`): Docker where it runs, else jars and redis-server
	@$(BIN)/node functions/local/services/main.ts

test: install ## run every test; ONLY=learners takes those whose path has that in it
	@npm test $(if $(ONLY),-- $(ONLY))

bench: install ## measure Wadi beside its anchors, and say which bars hold; ROWS=predict,embedded takes some, ROUNDS=3, FULL=1 takes what lasts long, CHECK=1 fails where a bar is missed, AGAINST=file compares with an earlier run
	@npm run --silent bench -- $(if $(ROWS),--rows $(ROWS)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(FULL),--full) $(if $(CHECK),--check) $(if $(AGAINST),--against $(AGAINST))

soak: install ## the long tests: 100,000 examples to learners that are killed again and again, Redis too; SOAK_SEED repeats a run
	@SOAK=long npm test -- soak

check: install ## formatting, lint and types
	@npm run check

fix: install ## format, and mend what the linter can mend
	@$(BIN)/biome check --write

# The token of the page is made once, for whoever may read this folder.
compose: ## Kafka, Redis and Wadi in containers (Docker Compose), and where the page is
	@docker compose version >/dev/null 2>&1 || { echo "make compose: there is no Docker with its compose plugin here; 'make services' and 'make start' need neither" >&2; exit 1; }
	@mkdir -p .wadi && test -s .wadi/compose.env || (umask 077; echo "WADI_ADMIN_TOKEN=$$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" > .wadi/compose.env)
	@docker compose --env-file .wadi/compose.env up --build --detach --wait
	@echo "events     http://127.0.0.1:8080/"
	@echo "page       http://127.0.0.1:8090/#token=$$(sed -n s/^WADI_ADMIN_TOKEN=//p .wadi/compose.env)"
	@echo "try        ./wadi emit --pipeline line --generate line --n 1000"
	@echo "look       docker compose logs -f wadi"
	@echo "stop       make compose-down"

compose-down: ## stop what make compose started; events and models stay in its volumes
	@docker compose version >/dev/null 2>&1 || { echo "make compose-down: there is no Docker with its compose plugin here" >&2; exit 1; }
	@WADI_ADMIN_TOKEN=none docker compose down

image: ## build the one image of all functions, with its size; IMAGE=name:tag
	@docker build --progress=plain -t $(or $(IMAGE),dev.local/wadi:dev) .

# What is set on make's command line is in the environment of these scripts; k8s/deploy says what there is.
deploy: ## Wadi on Knative in a kind cluster of its own; CLUSTER=existing IMAGE=registry/wadi takes the one kubectl talks to
	@k8s/deploy

emit: install ## send events to the Broker and show how to with curl; N=200, or FILE=trips.csv PIPELINE=taxi
	@k8s/emit

watch: install ## each step's pods as they come from zero and go again, until Ctrl-C
	@k8s/watch

e2e: install ## try a whole Wadi on that cluster, beside the deployed one: wake, kill, upgrade, back to zero; N=2000, WAKES=6 for a median of six wakes
	@k8s/e2e

undeploy: ## take away all that deploy brought, with all that was learned
	@k8s/undeploy

clean: ## remove all that running Wadi here has learned and kept (.wadi), unless a Wadi runs on it
	@test ! -d .wadi || ./wadi clean
