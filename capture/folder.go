package capture

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// toldNames is how many names a notice about many files gives.
const toldNames = 3

// listing is the walk of one folder given as a PATH.
type listing struct {
	in     *Input
	root   string // as given, with one slash behind it
	files  []listed
	links  []link   // met on the way, followed when all else is walked
	odd    []string // no captures, or no files
	broken []string // links to nothing
	again  []string // further names of what is there already
	seen   map[sameKey][]listed
	first  Batch // of the first look into each
}

// link is a symbolic link in a folder.
type link struct{ path, relative string }

type listed struct {
	file
	info    fs.FileInfo
	stamp   int64
	segment uint64 // its number, where it is a ring's segment
}

// sameKey is equal for two names of one file; os.SameFile then decides.
type sameKey struct{ size, modified int64 }

// listFolder adds a folder's captures in the order of their first packet's time, ties by
// path; a ring's segments keep the order of their numbers. Everything else in it is skipped, with a warning.
func (in *Input) listFolder(path string, info fs.FileInfo) {
	l := listing{in: in, root: strings.TrimRight(path, "/") + "/", seen: map[sameKey][]listed{}, first: Batch{bare: true, limit: 1}}
	l.once(listed{file: file{name: path}, info: info})
	l.walk(path, "")
	for i := 0; i < len(l.links); i++ { // following one may find more
		l.follow(l.links[i])
	}
	for i := range l.files {
		l.look(&l.files[i])
	}
	captures := l.files[:0]
	for _, f := range l.files {
		if f.path != "" {
			captures = append(captures, f)
		}
	}
	sort.SliceStable(captures, func(i, j int) bool {
		a, b := &captures[i], &captures[j]
		if a.stamp != b.stamp {
			return a.stamp < b.stamp
		}
		return a.name < b.name
	})
	orderSegments(captures)
	for _, f := range captures {
		in.files = append(in.files, f.file)
	}
	if len(l.odd) > 0 {
		in.skipped += len(l.odd)
		in.warn(Notice{path, Skipped, -1, several(l.odd, "is no capture and was skipped", "are no captures and were skipped")})
	}
	if len(l.broken) > 0 {
		in.warn(Notice{path, Skipped, -1, several(l.broken, "is a link to nothing and was skipped", "are links to nothing and were skipped")})
	}
	if len(l.again) > 0 {
		in.warn(Notice{path, Repeated, -1, several(l.again, "is another name of what is read already", "are other names of what is read already")})
	}
	if len(captures) == 0 {
		in.fail(Notice{path, Empty, -1, "holds no capture: expected pcap or pcapng files"})
	}
}

// several says the number of names, some of them, and what is so of them.
func several(names []string, one, many string) string {
	sort.Strings(names)
	if len(names) == 1 {
		return names[0] + " " + one
	}
	some := strings.Join(names[:min(len(names), toldNames)], ", ")
	if len(names) > toldNames {
		some += ", ..."
	}
	return fmt.Sprintf("%d entries %s (%s)", len(names), many, some)
}

// walk lists a folder. Links are put off, so that what has a name of its own is read by it.
func (l *listing) walk(path, relative string) {
	entries, err := os.ReadDir(path) // sorted
	if err != nil {
		l.in.fail(Notice{strings.TrimSuffix(l.root+relative, "/"), Unreadable, -1, reason(err)})
	}
	for _, e := range entries {
		name, whole := relative+e.Name(), filepath.Join(path, e.Name())
		if e.Type()&fs.ModeSymlink != 0 {
			l.links = append(l.links, link{whole, name})
			continue
		}
		if info, err := e.Info(); err != nil {
			l.in.fail(Notice{l.root + name, Unreadable, -1, reason(err)})
		} else {
			l.entry(whole, name, info)
		}
	}
}

func (l *listing) follow(at link) {
	info, err := os.Stat(at.path)
	if err != nil {
		l.broken = append(l.broken, at.relative)
		return
	}
	l.entry(at.path, at.relative, info)
}

func (l *listing) entry(path, relative string, info fs.FileInfo) {
	f := listed{file: file{name: l.root + relative, path: path, size: info.Size()}, info: info}
	switch {
	case info.IsDir():
		if l.once(f) {
			l.walk(path, relative+"/")
		}
	case !info.Mode().IsRegular(): // opening a pipe would wait for its writer
		l.odd = append(l.odd, relative)
	case l.once(f):
		l.files = append(l.files, f)
	}
}

// once says whether a file or folder is new. Links may give it several names, and may lead
// round in a circle.
func (l *listing) once(f listed) bool {
	key := sameKey{f.info.Size(), f.info.ModTime().UnixNano()}
	for _, other := range l.seen[key] {
		if os.SameFile(other.info, f.info) {
			l.again = append(l.again, strings.TrimPrefix(f.name, l.root))
			return false
		}
	}
	l.seen[key] = append(l.seen[key], f)
	return true
}

// look takes a first look into a file: no capture is taken out, a capture learns its stamp.
func (l *listing) look(f *listed) {
	h, err := os.Open(f.path)
	if err != nil { // its reading will tell
		f.stamp = MaxStamp + 1
		return
	}
	capture := false
	if f.stamp, capture = l.in.reader.firstStamp(&l.first, h, h); !capture {
		l.odd = append(l.odd, strings.TrimPrefix(f.name, l.root))
		f.path = ""
	}
	f.segment = l.in.reader.segment
}

// orderSegments puts the segments of each ring in the order of their numbers, at the places
// where segments of that ring stand: a clock that was set back may have mixed their times.
func orderSegments(captures []listed) {
	places := map[string][]int{}
	for i, f := range captures {
		if f.segment > 0 {
			folder := filepath.Dir(f.path)
			places[folder] = append(places[folder], i)
		}
	}
	for _, at := range places {
		of := make([]listed, len(at))
		for i, p := range at {
			of[i] = captures[p]
		}
		sort.SliceStable(of, func(i, j int) bool { return of[i].segment < of[j].segment })
		for i, p := range at {
			captures[p] = of[i]
		}
	}
}
