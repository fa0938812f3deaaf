package detect

// ring is a table with a ceiling: when it is full it forgets what was not used since its
// hand passed last, and counts that.
type ring[K comparable, V any] struct {
	ceiling int
	find    map[K]*slot[K, V]
	order   []*slot[K, V]
	hand    int
	Evicted uint64
}

type slot[K comparable, V any] struct {
	key  K
	used bool
	v    V
}

func newRing[K comparable, V any](ceiling int) ring[K, V] {
	return ring[K, V]{ceiling: max(1, ceiling), find: map[K]*slot[K, V]{}}
}

// get is the value of a key; nil when there is none.
func (r *ring[K, V]) get(k K) *V {
	s := r.find[k]
	if s == nil {
		return nil
	}
	s.used = true
	return &s.v
}

// put keeps a value under a key that has none yet.
func (r *ring[K, V]) put(k K, v V) *V {
	s := &slot[K, V]{key: k, v: v, used: true}
	r.find[k] = s
	if len(r.order) < r.ceiling {
		r.order = append(r.order, s)
		return &s.v
	}
	if r.hand >= len(r.order) {
		r.hand = 0
	}
	for r.order[r.hand].used {
		r.order[r.hand].used = false
		r.hand = (r.hand + 1) % len(r.order)
	}
	delete(r.find, r.order[r.hand].key)
	r.order[r.hand] = s
	r.hand = (r.hand + 1) % len(r.order)
	r.Evicted++
	return &s.v
}
