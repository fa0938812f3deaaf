package wire

import "testing"

func TestAppendUTF16LE(t *testing.T) {
	for in, want := range map[string]string{
		"":                   "",
		"P\x00C\x007\x00":    "PC7",
		"P\x00\x00\x00X\x00": "P",
		"\xe4\x00\xac\x20":   "ä€",
		"\x3d\xd8\x00\xde":   "😀",
		"\x3d\xd8":           "\ufffd",
		"\x3d\xd8A\x00":      "\ufffdA",
		"A\x00odd":           "A摯",
	} {
		if got := string(AppendUTF16LE(nil, []byte(in))); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}
