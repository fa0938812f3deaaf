# make up      builds Davy and watches the simulated plant under attack: it prints where the console
#              is, and each incident. Needs only Go, git and make. UP= adds flags of davy up.
# make report  writes a capture of the same, analyses it, and leaves demo/report.html.
# make test    sets up what is missing (as root) and passes the tests.
export CGO_ENABLED = 0
GO ?= go
FUZZTIME ?= 3m
FUZZCOUNT ?= 3000000

.PHONY: build up report test lint bench profile live trial fuzz generate console agree labels plants vendors clean

build:
	$(GO) build -trimpath -o bin/davy ./cmd/davy

up: build
	bin/davy up --demo --data demo/davy $(UP)

report: build
	bin/davy plant write --scenario bottling-campaign --days 0.05 --seed 1 --pace real demo/plant.pcapng
	bin/davy analyze --learn 24m --site demo/plant.site.yaml --windows demo/plant.windows.ndjson --out demo/result --report demo/report.html demo/plant.pcapng

test:
	$(GO) run ./scripts/setup
	$(GO) run ./scripts/test ./...

lint:
	$(GO) run ./scripts/lint
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

generate:
	$(GO) generate ./detect ./protocol/...

# Who was assigned which MAC prefix, anew from Debian's package ieee-data.
vendors:
	$(GO) generate ./inventory

# The console is built into web/dist, which is committed: whoever builds Davy needs no Node.
console:
	cd web/console && npm ci --ignore-scripts --no-audit --no-fund && npm run build

# The tables in docs/: each program measures and prints; see docs/acceptance.md.
agree: build
	$(GO) run ./cmd/agree -write

labels: build
	$(GO) run ./cmd/labels -write

plants: build
	$(GO) run ./cmd/plants -write -tshark

# davy up from outside: real peers, latency, kill -9, failures; as root. DAVY_PEERS names a folder
# with the node_modules of node-snap7 and nodes7, where these are to be among the peers.
trial: build
	$(GO) build -o bin/live ./cmd/live
	for c in peers latency failures kill soak; do bin/live $$c -write docs/live.md || exit 1; done

bench: build
	$(GO) run ./cmd/bench -write

# What the compiler is told of where the time goes (PGO): CAPTURES are those to read for it.
profile:
	@test -n "$(CAPTURES)" || { echo 'name the captures to read: make profile CAPTURES="a.pcap b.pcap"'; exit 2; }
	DAVY_BENCH="$(CAPTURES)" $(GO) test -trimpath ./app -run '^$$' -bench Analyze -benchtime 3x -cpuprofile cmd/davy/default.pgo
	rm -f app.test

# The highest rates captured without a drop; as root.
live: build
	$(GO) run ./scripts/live -write

# Every target for FUZZTIME and FUZZCOUNT executions, whichever is later; -write keeps docs/fuzz.md.
fuzz:
	$(GO) run ./scripts/fuzz -time $(FUZZTIME) -count $(FUZZCOUNT) -parallel 1 -jobs 2 -write
