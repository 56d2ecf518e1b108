# The front door: every target calls one script of Scripts/.
.DEFAULT_GOAL := help
.PHONY: help demo test check up down compose-test bench soak soak-mixed fuzz format proto hooks docs-check

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## watch a message and a presence change cross from a real Prosody to a SIP peer and back
	@Scripts/demo

test: ## everything that CI runs
	@Scripts/test

check: ## format, warnings as errors, layers, generated code, unit tests: before every commit
	@Scripts/check

up: ## the six services in the background, on loopback; endpoints in .isthmus/env
	@Scripts/up

down: ## stop what `make up` started
	@Scripts/down

compose-test: ## the compose file on a real engine: message across, scale to 2, again
	@Scripts/compose-test

bench: ## measure, side by side with other systems; figures go to docs/performance.md: make bench GROUP="s2s core"
	@Scripts/bench $(GROUP)

soak: ## ordered messages over streams that break at random: make soak COUNT=1000000
	@Scripts/soak

soak-mixed: ## messages and presence between real servers, each service restarted several times: make soak-mixed MINUTES=30
	@Scripts/soak-mixed

fuzz: ## fuzz every parser for a while: make fuzz FOR=60
	@Scripts/fuzz

format: ## bring all Swift files into shape
	@Scripts/format

proto: ## generate Shared/CIsthmusProto from proto/
	@Scripts/generate-proto

hooks: ## run `make check` before every commit
	@Scripts/hooks

docs-check: ## run the README's commands, compare the documents with the code
	@Scripts/docs-check
