package identity

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/davylamp/davy"
)

// What is allowed to whoever guesses: ten wrong secrets for a name or from an address, then
// a wait that doubles with each further one. A quiet day forgets.
const (
	freeTries  = 10
	firstWait  = 30 * time.Second
	longest    = 15 * time.Minute
	forgotten  = 24 * time.Hour
	maxWatched = 10_000 // names and addresses; of some, the one that was quiet longest is forgotten
)

type limits struct {
	sync.Mutex
	tries map[string]*tries
}

type tries struct {
	wrong int
	until int64 // no try before it
	last  int64
}

// keys are what tries are counted by.
func keys(name, from string) [2]string {
	return [2]string{"name " + strings.ToLower(name), "from " + from}
}

// allow refuses while one of the keys has to wait.
func (l *limits) allow(now int64, keys [2]string) error {
	l.Lock()
	defer l.Unlock()
	for _, k := range keys {
		if t := l.tries[k]; t != nil && now < t.until {
			wait := time.Duration(t.until - now).Round(time.Second)
			return &davy.Fault{Kind: davy.TooMany, Text: fmt.Sprintf("too many wrong tries: wait %s", max(wait, time.Second)), Hint: "an administrator can give you a new password meanwhile", Wait: wait}
		}
	}
	return nil
}

// wrong counts a wrong try and reports whether it locked something.
func (l *limits) wrong(now int64, keys [2]string) (locked bool) {
	l.Lock()
	defer l.Unlock()
	if l.tries == nil {
		l.tries = map[string]*tries{}
	}
	for _, k := range keys {
		t := l.tries[k]
		if t == nil || now-t.last > int64(forgotten) {
			l.makeRoom(now)
			t = &tries{}
			l.tries[k] = t
		}
		t.wrong++
		t.last = now
		if over := t.wrong - freeTries; over >= 0 {
			t.until = now + int64(min(firstWait<<min(over, 10), longest))
			locked = true
		}
	}
	return locked
}

// right forgets the tries for a name. Those from an address stay: somebody who has one
// password must not use it to go on guessing others'.
func (l *limits) right(keys [2]string) {
	l.Lock()
	defer l.Unlock()
	delete(l.tries, keys[0])
}

// makeRoom forgets the one of fifty that was quiet longest: whoever goes on guessing is
// never that one.
func (l *limits) makeRoom(now int64) {
	if len(l.tries) < maxWatched {
		return
	}
	oldest, key, looked := now+1, "", 0
	for k, t := range l.tries { // in no order
		if t.last < oldest {
			oldest, key = t.last, k
		}
		if looked++; looked == 50 {
			break
		}
	}
	delete(l.tries, key)
}

// touches remembers when a session's or token's use was last written, so that not every
// request writes: once a minute is enough.
type touches struct {
	sync.Mutex
	last map[string]int64
}

func (t *touches) due(key string, now int64) bool {
	t.Lock()
	defer t.Unlock()
	if last, ok := t.last[key]; ok && now-last < int64(time.Minute) && now >= last {
		return false
	}
	if t.last == nil || len(t.last) >= maxWatched {
		t.last = map[string]int64{}
	}
	t.last[key] = now
	return true
}
