package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/openapi.json")

// TestOpenAPI: the document in docs is the one that the code makes.
func TestOpenAPI(t *testing.T) {
	const path = "../docs/openapi.json"
	made := OpenAPI()
	if *update {
		if err := os.WriteFile(path, made, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, made) {
		t.Error("docs/openapi.json is not what the code makes: go generate ./api writes it")
	}
}

// TestOpenAPIHoldsEveryRoute: what is served is described, what is described is served, and
// every route but setting up and logging in says who may call it.
func TestOpenAPIHoldsEveryRoute(t *testing.T) {
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string
			Security    []map[string][]string
			Act         string `json:"x-act"`
			Responses   map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("the document is OpenAPI %q", doc.OpenAPI)
	}
	ids, described := map[string]bool{}, 0
	for path, methods := range doc.Paths {
		described += len(methods)
		for method, op := range methods {
			if ids[op.OperationID] {
				t.Errorf("%s %s: its name %s is taken", method, path, op.OperationID)
			}
			ids[op.OperationID] = true
			if op.Summary == "" || len(op.Responses) < 2 {
				t.Errorf("%s %s: no summary, or no error described", method, path)
			}
		}
	}
	routes := build(Config{}).Routes()
	open := map[string]bool{"GET /setup": true, "POST /setup": true, "POST /session": true}
	for _, r := range routes {
		op, ok := doc.Paths[r.Path][strings.ToLower(r.Method)]
		if !ok || op.Act != r.Act {
			t.Errorf("%s %s is not described", r.Method, r.Path)
		}
		if open[r.Method+" "+r.Path] != (r.Act == "") || (len(op.Security) == 0) != (r.Act == "") {
			t.Errorf("%s %s: the act is %q and the document asks for %v", r.Method, r.Path, r.Act, op.Security)
		}
	}
	if len(routes) != described {
		t.Errorf("%d routes are served and %d described", len(routes), described)
	}
}
