package detect

import (
	"slices"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/rule"
)

// Judge judges the messages of one shard, one by one.
type Judge struct {
	config   *Config
	ledger   ledger
	findings []*davy.Finding
	view     rule.View
	machine  rule.Machine
	words    words
	room     []concerning // for the next findings
	protocol string       // asked about last
	plant    bool         // whether it is industrial
}

// industrial reports whether a protocol is industrial; mostly it is the one asked about last.
func (j *Judge) industrial(protocol string) bool {
	if j.protocol != protocol {
		j.protocol, j.plant = protocol, j.config.Industrial(protocol)
	}
	return j.plant
}

// NewJudge makes the judge of a shard.
func NewJudge(c *Config) *Judge {
	return &Judge{config: c, ledger: newLedger(c.Ledger), words: words{site: c.Site}}
}

// Drain hands over what was found and what went on since the last call, each in order.
func (j *Judge) Drain(findings []*davy.Finding, extensions []davy.Extension) ([]*davy.Finding, []davy.Extension) {
	findings = append(findings, j.findings...)
	clear(j.findings)
	j.findings = j.findings[:0]
	return findings, j.ledger.drain(extensions)
}

// Any reports whether something was found since the last Drain.
func (j *Judge) Any() bool { return len(j.findings) > 0 }

// Forget closes what is open: an input has ended.
func (j *Judge) Forget() { j.ledger.forget() }

// Message judges one message. known says in words what the link is known for, and is asked
// for only when something new is to be explained.
func (j *Judge) Message(m *davy.Message, news davy.News, known func(m *davy.Message) string) {
	if m.Duplicate {
		return
	}
	if m.Defect != "" {
		j.defect(m)
	}
	if m.Result.Failed {
		j.refusal(m)
	}
	ruled := false
	if rules := j.config.Rules.For(m.Verb); len(rules) > 0 && m.Part == 0 {
		ruled = j.rules(m, news, rules)
	}
	if news&(davy.NewOperation|davy.NewObject|davy.NewWriter) != 0 && !ruled {
		j.news(m, news, known)
	}
}

// rules judges by what is written as YAML, and reports whether a rule fired.
func (j *Judge) rules(m *davy.Message, news davy.News, rules []*rule.Rule) (fired bool) {
	v, seen, said := &j.view, false, false
	for _, r := range rules {
		if len(r.Protocols) > 0 && !slices.Contains(r.Protocols, m.Protocol) {
			continue
		}
		if !seen {
			j.look(v, m, news)
			seen = true
		}
		if r.Words && !said {
			j.say(v, m)
			said = true
		}
		severity, fires := r.Match(v, &j.machine)
		if !fires {
			continue
		}
		fired = true
		k := key(r.ID, m.Client.Addr.Hash(), m.Server.Addr.Hash(), uint64(m.Verb))
		if r.Per == "link" {
			k = key(r.ID, m.Client.Addr.Hash(), m.Server.Addr.Hash())
		}
		if j.ledger.again(k, m.Time, m.Origin, actionQuiet) {
			continue
		}
		if !said {
			j.say(v, m)
			said = true
		}
		f := j.about(m, r.ID, r.Title, severity, k)
		f.Attack, f.Expected, f.Seen = r.Attack, v.Say(r.Expected), v.Say(r.Seen)
		j.findings = append(j.findings, f)
	}
	return fired
}

// look fills the view that rules have of a message, but for what takes making.
func (j *Judge) look(v *rule.View, m *davy.Message, news davy.News) {
	site := j.config.Site
	*v = rule.View{Protocol: m.Protocol, Verb: m.Verb.String(), Code: int(m.Code), ClientPort: int(m.Client.Port), ServerPort: int(m.Server.Port),
		Asks: !m.Reply || m.Took == 0, Reply: m.Reply, Refused: m.Result.Failed, Defect: string(m.Defect),
		Industrial: j.config.Industrial(m.Protocol), Known: news&(davy.NewOperation|davy.Learning) == 0,
		Inside: site.Inside(m.Client.Addr) && site.Inside(m.Server.Addr)}
}

// say fills in what takes making.
func (j *Judge) say(v *rule.View, m *davy.Message) {
	site := j.config.Site
	v.Op, v.Object, v.Result = m.OpText(), string(m.AppendObject(nil)), string(m.Result.Append(nil))
	v.Client, v.Server = site.Call(m.Client.Addr), site.Call(m.Server.Addr)
}

// concerning is a finding with room for the two whom it concerns.
type concerning struct {
	davy.Finding
	two [2]davy.Addr
}

// about starts a finding about a message: who asks is the actor.
func (j *Judge) about(m *davy.Message, detector, title string, s davy.Severity, key uint64) *davy.Finding {
	if len(j.room) == 0 {
		j.room = make([]concerning, 8)
	}
	f := &j.room[0]
	j.room = j.room[1:]
	*f = concerning{davy.Finding{Detector: detector, Title: title, Severity: s, Time: m.Time, Last: m.Time, Origin: m.Origin, LastFrame: m.Origin.Frame, Count: 1,
		Path: m.Path, Protocol: m.Protocol, Verb: m.Verb, Key: key}, [2]davy.Addr{m.Client.Addr, m.Server.Addr}}
	f.Entities = f.two[:]
	return &f.Finding
}

// Watch reports whether activity on a link extends a finding: the link is new while not
// learning, or crosses the border to the Internet.
func (j *Judge) Watch(client, server davy.Addr, news davy.News) bool {
	return news&(davy.NewLink|davy.Learning) == davy.NewLink || j.crosses(client, server)
}

func (j *Judge) crosses(client, server davy.Addr) bool {
	return !j.config.Site.Inside(client) || !j.config.Site.Inside(server)
}

// GoesOn says that activity on a watched link goes on.
func (j *Judge) GoesOn(client, server davy.Addr, now int64, o davy.Origin) {
	k := LinkFinding(client, server)
	if j.crosses(client, server) {
		k = BorderFinding(client, server)
	}
	j.ledger.again(k, now, o, newsQuiet)
}
