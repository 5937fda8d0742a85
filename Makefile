# Targets: build, run, test, lint, fuzz, bench, ui, page, clean. `make run` needs Go and make alone.

LISTEN   ?= 127.0.0.1:8417
DATA     ?= data
EVENTS   ?= 20000
SEED     ?= 7
FUZZTIME ?= 30s
BENCH    ?= .

GO       ?= go
PACKAGES := ./...
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS  := $(if $(VERSION),-X main.version=$(VERSION))
BIN      := bin/lichtspur

.DEFAULT_GOAL := build
.PHONY: build run test lint fuzz bench node clients readers ui page browser clean

build:
	$(GO) build -trimpath -ldflags "$(LDFLAGS)" -o $(BIN) ./cmd/lichtspur

# run: a data directory with the public record and exercise events, served on this machine alone. Loading can be
# interrupted and repeated: what is already recorded is answered as a duplicate. The mark says that it was finished.
run: build $(DATA)/.loaded
	$(BIN) serve --data $(DATA) --listen $(LISTEN) --demo

# By way of files and not of pipes, so that a step that fails is noticed by any shell.
$(DATA)/.loaded: | build
	@test -d $(DATA)/ledger || $(BIN) init --data $(DATA) --origin localhost/lichtspur/demonstration
	@echo "The public record:"
	@$(BIN) record -o bin/record.ndjson
	@$(BIN) ingest --data $(DATA) --source log bin/record.ndjson
	@$(BIN) simulate --declarations -o bin/declarations.ndjson
	@$(BIN) ingest --data $(DATA) --source log bin/declarations.ndjson
	@echo "$(EVENTS) exercise events:"
	@$(BIN) simulate --events $(EVENTS) --seed $(SEED) -o bin/exercise.ndjson --truth bin/truth.json
	@$(BIN) ingest --data $(DATA) --source exercise bin/exercise.ndjson
	@touch $@

# test: everything that must hold before a change lands, with the set-up that it needs. staticcheck, vet and gofmt
# come first because they are quick. The race detector runs over all tests, one package at a time on small machines.
test: lint clients readers page
	$(GO) test -race -timeout 20m $(PACKAGES)

lint:
	@out="$$(gofmt -l $$(find . -name '*.go' -not -path '*/node_modules/*'))"; \
	if [ -n "$$out" ]; then echo "gofmt would change:"; echo "$$out"; exit 1; fi
	$(GO) vet $(PACKAGES)
	$(GO) tool staticcheck $(PACKAGES)

# fuzz: every fuzz target of every package, FUZZTIME each.
fuzz:
	@set -e; for pkg in $$($(GO) list $(PACKAGES)); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg; \
	  done; \
	done

bench:
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem $(PACKAGES)

# Node 20 or newer runs the clients that the server is tested with, and builds the page. Where it is missing and this is
# Debian and root, it is installed: from Debian, and where Debian's is older, as the package "node" of npm, into .node.
PATH := $(CURDIR)/.node/node_modules/node/bin:$(PATH)
export PATH
node_major = node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p'
node:
	@major="$$($(node_major))"; \
	if [ "$${major:-0}" -lt 20 ] && [ -f /etc/debian_version ] && [ "$$(id -u)" = 0 ]; then \
	  command -v npm >/dev/null || { apt-get update -q && apt-get install -y -q nodejs npm; }; \
	  major="$$($(node_major))"; \
	  [ "$${major:-0}" -ge 20 ] || npm install --no-audit --no-fund --prefix .node node@20; \
	  major="$$($(node_major))"; \
	fi; \
	if [ "$${major:-0}" -lt 20 ]; then echo "Node 20 or newer is needed; found: $${major:-none}"; exit 1; fi

# clients: what others wrote for others, which the server is held against (npm, cmd/lichtspur/testdata/clients).
CLIENTS := cmd/lichtspur/testdata/clients
clients: node $(CLIENTS)/node_modules/.package-lock.json

$(CLIENTS)/node_modules/.package-lock.json: $(CLIENTS)/package-lock.json | node
	cd $(CLIENTS) && npm ci --no-audit --no-fund
	@touch $@

# readers: others' readers of what is exported, as Debian has them: PROV-JSON (python3-prov), GraphML (python3-networkx).
PYTHON := /usr/bin/python3
readers:
	@if ! $(PYTHON) -c 'import prov, networkx' 2>/dev/null && [ -f /etc/debian_version ] && [ "$$(id -u)" = 0 ]; then \
	  apt-get -o DPkg::Lock::Timeout=300 update -q && apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends python3-prov python3-networkx; \
	fi; \
	$(PYTHON) -c 'import prov, networkx' || { echo "python3-prov and python3-networkx are needed for the tests of exports"; exit 1; }

# ui: the files of the page, built from ui/src into ui/dist, which is committed. The same sources give the same bytes.
ui: ui/node_modules/.package-lock.json
	cd ui && npx vite build --logLevel warn

ui/node_modules/.package-lock.json: ui/package-lock.json | node
	cd ui && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
	@touch $@

# page: ui/dist is what ui/src gives, and the page does what it should, in a real browser, with the real server.
page: build browser ui/node_modules/.package-lock.json
	cd ui && PAGE_OUT=.run/built npx vite build --logLevel warn && diff -r .run/built dist
	cd ui && npm run check && npm test

browser:
	@if ! command -v chromium >/dev/null && [ -f /etc/debian_version ] && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -q && apt-get install -y -q chromium; \
	fi; \
	command -v chromium >/dev/null || { echo "Chromium is needed for the page's tests"; exit 1; }

clean:
	rm -rf bin .node ui/node_modules ui/.run $(CLIENTS)/node_modules
	$(GO) clean -testcache
