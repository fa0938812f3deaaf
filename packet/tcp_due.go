package packet

// The backlogs that wait for a moment stand in a heap by that moment, equals in the order
// of their making.

func before(a, b *backlog) bool {
	return a.deadline < b.deadline || a.deadline == b.deadline && a.serial < b.serial
}

// schedule puts the backlog where its deadline belongs.
func (t *Table) schedule(b *backlog) {
	b.deadline = b.due(t)
	if b.deadline == never {
		t.unschedule(b)
		return
	}
	if b.place == 0 {
		t.waiting = append(t.waiting, b)
		b.place = len(t.waiting)
	}
	t.sift(b.place - 1)
}

func (t *Table) unschedule(b *backlog) {
	if b.place == 0 {
		return
	}
	i, last := b.place-1, len(t.waiting)-1
	moved := t.waiting[last]
	t.waiting[i], moved.place = moved, i+1
	t.waiting[last] = nil
	t.waiting = t.waiting[:last]
	b.place = 0
	if i < last {
		t.sift(i)
	}
}

// sift moves the i-th one up or down to where it belongs.
func (t *Table) sift(i int) {
	w := t.waiting
	b := w[i]
	for i > 0 {
		up := (i - 1) / 2
		if !before(b, w[up]) {
			break
		}
		w[i], w[up].place = w[up], i+1
		i = up
	}
	for {
		down := 2*i + 1
		if down >= len(w) {
			break
		}
		if down+1 < len(w) && before(w[down+1], w[down]) {
			down++
		}
		if !before(w[down], b) {
			break
		}
		w[i], w[down].place = w[down], i+1
		i = down
	}
	w[i], b.place = b, i+1
}
