package app

import (
	"encoding/json"

	"github.com/davylamp/davy"
)

// Rows as lines. They are few: encoding/json is fast enough.

func line(dst []byte, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		b, _ = json.Marshal(map[string]string{"error": err.Error()})
	}
	return append(append(dst, b...), '\n')
}

func appendFinding(dst []byte, f *davy.Finding, file string) []byte { return line(dst, f.Row(file)) }

func appendAsset(dst []byte, a *davy.Asset) []byte { return line(dst, a.Row()) }

func appendLink(dst []byte, l *davy.Link) []byte { return line(dst, l.Row()) }

func appendIncident(dst []byte, i *davy.Incident) []byte { return line(dst, i.Row()) }

// seconds are rounded to microseconds, which is more than a mirror's stamps hold.
func seconds(ns int64) float64 { return float64((ns+500)/1000) / 1e6 }
