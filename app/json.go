package app

import (
	"encoding/json"

	"github.com/davylamp/davy"
)

// Rows as lines. Assets and incidents are few: encoding/json is fast enough.

func line(dst []byte, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		b, _ = json.Marshal(map[string]string{"error": err.Error()})
	}
	return append(append(dst, b...), '\n')
}

func appendAsset(dst []byte, a *davy.Asset) []byte { return line(dst, a.Row()) }

func appendIncident(dst []byte, i *davy.Incident) []byte { return line(dst, i.Row()) }

// seconds are rounded to microseconds, which is more than a mirror's stamps hold.
func seconds(ns int64) float64 { return float64((ns+500)/1000) / 1e6 }
