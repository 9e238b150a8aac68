# The commands of this project. `make demo` shows what it does, `make test`
# passes all its tests; `make help` lists the rest.

GO      ?= go
CACHE   := $(CURDIR)/.cache
LINT    := $(CACHE)/golangci-lint
LEAKS   := $(CACHE)/gitleaks
VULN    := $(CACHE)/govulncheck
CHART   := $(CACHE)/deploy
CONFORM := $(CACHE)/kubeconform
MODULES := web/node_modules/.package-lock.json
FUZZTIME ?= 10s

.DEFAULT_GOAL := help
.PHONY: help demo build test validate vet lint fmt race faults chaos cover layout secrets cross fuzz fuzz-short guard bench clean hooks
.PHONY: web-check web-dist web-e2e web-scale screenshots deploy-check

help: ## list the commands
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

demo: build ## a 20-second test of the embedded demo target: terminal, verdict, report
	@./bin/loadforge demo

build: ## build bin/loadforge
	@$(GO) build -o bin/loadforge ./cmd/loadforge

test: validate ## pass all tests (installs the tools it needs)

validate: fmt-check vet lint race cover cross guard secrets fuzz-short web-check web-dist web-e2e ## every check of the quality gate
	@echo "validate: all checks passed"

vet:
	$(GO) vet ./...

fmt: $(LINT) ## format the Go files
	$(LINT) fmt ./...

.PHONY: fmt-check
fmt-check: $(LINT)
	$(LINT) fmt --diff ./...

lint: $(LINT) ## run the linters
	$(LINT) run ./...

race: ## run the Go tests with the race detector
	$(GO) test -race -timeout 15m ./...

faults: ## kill, cut off and stop runs, workers and coordinators: minutes, on a machine that does nothing else
	LOADFORGE_FAULTS=1 $(GO) test -count=1 -v -timeout 20m -run 'TestFaults|TestFleet|TestSuite|TestTheVerdict|TestATerrible' ./cmd/loadforge ./internal/natsbus
	LOADFORGE_FAULTS=1 $(GO) test -count=1 -timeout 20m -parallel 6 -run 'TestKilledRuns|TestEveryCause' ./cmd/loadforge

CHAOS ?= 10m
chaos: ## kill and cut off workers and coordinators at random for CHAOS
	LOADFORGE_CHAOS=$(CHAOS) $(GO) test -count=1 -v -timeout 2h -run TestChaos ./internal/cluster/clustertest ./internal/natsbus

cover: ## measure the coverage of the internal packages; at least 80 %
	./.ci/coverage 80

cross: ## compile for macOS and Windows
	GOOS=darwin $(GO) vet ./...
	GOOS=windows $(GO) vet ./...

secrets: $(LEAKS) ## look for secrets in the files and the history
	$(LEAKS) dir --no-banner --redact --log-level warn .
	$(LEAKS) git --no-banner --redact --log-level warn .

.PHONY: vuln
vuln: $(VULN) ## ask the database of known weaknesses (needs the network; no part of the gate)
	./.ci/vuln $(VULN)

fuzz: ## fuzz each parser for FUZZTIME
	./.ci/fuzz $(FUZZTIME)

fuzz-short: ## fuzz each parser for a second
	./.ci/fuzz 1s fresh

guard: ## count the instructions of the hot path against .ci/instructions
	./.ci/guard

web-check: $(MODULES) ## check the app: format, types, tests and their coverage
	cd web && npm run check

web-dist: $(MODULES) ## build the app anew: the committed file has the same bytes
	cd web && npx vite build --outDir $(CACHE)/dist --emptyOutDir --logLevel warn
	@cmp $(CACHE)/dist/index.html web/dist/index.html || \
		{ echo "web/dist/index.html is not what web/src makes: run npm run build in web/ and commit it" >&2; exit 1; }

web-e2e: $(MODULES) ## try the app in Chromium, with real runs
	./.ci/chromium
	cd web && GO=$(GO) npm run e2e

web-scale: $(MODULES) ## try reports of a day and of 200 endpoints in Chromium: minutes
	./.ci/chromium
	cd web && GO=$(GO) LOADFORGE_SCALE=1 npm run e2e

screenshots: $(MODULES) ## take the pictures of docs/images of a real run
	./.ci/chromium
	cd web && GO=$(GO) npm run screenshots

deploy-check: $(CHART) $(CONFORM) ## check the chart and the manifests for Kubernetes, without a cluster
	./.ci/deploy $(CHART) $(CONFORM)

bench: ## measure against peers; see bench/README.md
	./bench/run

.PHONY: tools
tools: $(LINT) $(LEAKS) $(CHART) $(CONFORM)

hooks: ## run format, lint and secret scan before each commit
	git config core.hooksPath .githooks

clean: ## remove what was built
	rm -rf bin coverage.out web/coverage web/node_modules $(CACHE)

# The tools are built once from pinned versions in modules of their own.
$(LINT): tools/lint/go.mod tools/lint/go.sum
	@echo "building golangci-lint (some minutes, once)"
	@mkdir -p $(CACHE)
	cd tools/lint && $(GO) build -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(LEAKS): tools/secrets/go.mod tools/secrets/go.sum
	@echo "building gitleaks (once)"
	@mkdir -p $(CACHE)
	cd tools/secrets && $(GO) build -o $@ github.com/zricethezav/gitleaks/v8

$(VULN): tools/vuln/go.mod tools/vuln/go.sum
	@echo "building govulncheck (once)"
	@mkdir -p $(CACHE)
	cd tools/vuln && $(GO) build -o $@ golang.org/x/vuln/cmd/govulncheck

$(CHART): $(wildcard tools/deploy/*.go) tools/deploy/go.mod tools/deploy/go.sum
	@echo "building what checks deploy/ (some minutes, once)"
	@mkdir -p $(CACHE)
	cd tools/deploy && $(GO) build -o $@ .

$(CONFORM): tools/kubeconform/go.mod tools/kubeconform/go.sum
	@echo "building kubeconform (once)"
	@mkdir -p $(CACHE)
	cd tools/kubeconform && $(GO) build -o $@ github.com/yannh/kubeconform/cmd/kubeconform

# npm leaves this file behind when it is done.
$(MODULES): web/package-lock.json web/package.json
	cd web && npm ci --no-audit --no-fund --prefer-offline
	@touch $@
