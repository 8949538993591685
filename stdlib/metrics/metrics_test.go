package metrics

import (
	"strings"
	"testing"

	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func newComputer(t testing.TB) *computertest.Computer {
	c := computertest.New(t, lualib.Open)
	c.VM().Globals().SetString("m", Open(c, Options{}))
	return c
}

func TestSeries(t *testing.T) {
	c := newComputer(t)
	got := c.Run(`
		local requests = m.counter("requests_total", "Requests.", { "method" })
		local get = requests.series({ method = "GET" })
		get.add() get.add(2) requests.add(1, { method = "GET" })
		requests.remove({ method = "GET" })
		get.add(4)
		local seconds = m.histogram("seconds", "How long.", nil, { 1 }).series()
		seconds.observe(2)
		m.gauge("players", "Players.").series().set(3)
		local ok, message = pcall(requests.series, { x = 1 })
		m.remove("seconds")
		return m.text() .. tostring(message) .. tostring(select(2, pcall(seconds.observe, 1))) .. tostring(select(2, pcall(get.add, -1)))`)
	for _, want := range []string{`requests_total{method="GET"} 4`, "players 3", "there is no value for method", "has been removed", "a counter only grows"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestText(t *testing.T) {
	c := newComputer(t)
	got := c.Run(`
		local requests = m.counter("requests_total", "All\nrequests.", { "method", "path" })
		requests.add(nil, { method = "GET", path = "/" })
		requests.add(2.5, { path = "/", method = "GET" })
		requests.add(0, { method = 'P"O\\S\nT', path = "\255" })
		local players = m.gauge("players", "Players.")
		players.set(5) players.add(-2) players.add()
		local seconds = m.histogram("seconds", "How long.", nil, { 0.5, 1 })
		seconds.observe(0.5) seconds.observe(0.7) seconds.observe(9)
		m.histogram("others", "With the default buckets.", { "x" }).observe(1 / 0, { x = true })
		m.counter("unused_total", "Nothing.")
		return m.text()`)
	want := `# HELP others With the default buckets.
# TYPE others histogram
others_bucket{x="true",le="0.005"} 0
others_bucket{x="true",le="0.01"} 0
others_bucket{x="true",le="0.025"} 0
others_bucket{x="true",le="0.05"} 0
others_bucket{x="true",le="0.1"} 0
others_bucket{x="true",le="0.25"} 0
others_bucket{x="true",le="0.5"} 0
others_bucket{x="true",le="1"} 0
others_bucket{x="true",le="2.5"} 0
others_bucket{x="true",le="5"} 0
others_bucket{x="true",le="10"} 0
others_bucket{x="true",le="+Inf"} 1
others_sum{x="true"} +Inf
others_count{x="true"} 1
# HELP players Players.
# TYPE players gauge
players 4
# HELP requests_total All\nrequests.
# TYPE requests_total counter
requests_total{method="GET",path="/"} 3.5
requests_total{method="P\"O\\S\nT",path="` + "\uFFFD" + `"} 0
# HELP seconds How long.
# TYPE seconds histogram
seconds_bucket{le="0.5"} 1
seconds_bucket{le="1"} 2
seconds_bucket{le="+Inf"} 3
seconds_sum 10.2
seconds_count 3
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	if families, err := parser.TextToMetricFamilies(strings.NewReader(got)); err != nil || len(families) != 4 {
		t.Errorf("%v, %v", families, err)
	}
}

func TestLua(t *testing.T) {
	for code, want := range map[string]string{
		`return m.counter("a", "") == m.counter("a", "other"), m.contentType`:                                                                 "true " + ContentType,
		`m.counter("a", "") return pcall(m.gauge, "a", "")`:                                                                                   "false test:1: bad argument #1 (a is there already, a counter with other labels or buckets; remove it first, or choose another name)",
		`m.counter("a", "") return pcall(m.counter, "a", "", { "x" })`:                                                                        "false test:1: bad argument #1 (a is there already, a counter with other labels or buckets; remove it first, or choose another name)",
		`m.counter("a", "").add() local o = m.remove("a") return o, m.remove("a"), #m.text()`:                                                 "true false 0",
		`local a = m.counter("a", "") m.remove("a") return pcall(a.add)`:                                                                      "false test:1: the metric has been removed; make it anew",
		`local a = m.gauge("a", "", { "x" }) a.set(1, { x = 1 }) a.set(2, { x = 2 }) return a.remove { x = 1 }, a.remove { x = 1 }, m.text()`: "true false # HELP a \n# TYPE a gauge\na{x=\"2\"} 2\n",
		`return pcall(m.counter)`:                                                                 "false test:1: bad argument #1 (string expected, got nil)",
		`return pcall(m.counter, "a")`:                                                            "false test:1: bad argument #2 (string expected, got nil)",
		`return pcall(m.counter, "a b", "")`:                                                      `false test:1: bad argument #1 ("a b" is no name of a metric; letters, digits, _ and : are)`,
		`return pcall(m.counter, "1a", "")`:                                                       `false test:1: bad argument #1 ("1a" is no name of a metric; letters, digits, _ and : are)`,
		`return pcall(m.counter, "", "")`:                                                         `false test:1: bad argument #1 ("" is no name of a metric; letters, digits, _ and : are)`,
		`return pcall(m.counter, "a", "", { "__x" })`:                                             `false test:1: bad argument #3 ("__x" is no name of a label; letters, digits and _ are, and no __ at the beginning)`,
		`return pcall(m.counter, "a", "", { "x", "x" })`:                                          `false test:1: bad argument #3 (the label "x" is there twice)`,
		`return pcall(m.histogram, "a", "", { "le" })`:                                            `false test:1: bad argument #3 (a histogram's label can't be called "le", which the buckets have)`,
		`return pcall(m.histogram, "a", "", nil, { 2, 1 })`:                                       "false test:1: bad argument #4 (buckets are at most 64 numbers, each larger than the one before)",
		`return pcall(m.histogram, "a", "", nil, {})`:                                             "false test:1: bad argument #4 (there are no buckets)",
		`m.histogram("a", "") return pcall(m.counter, "a_count", "")`:                             "false test:1: bad argument #1 (a_count is a name that a histogram has with _bucket, _count or _sum behind)",
		`m.counter("a_sum", "") return pcall(m.histogram, "a", "")`:                               "false test:1: bad argument #1 (a is a name that a histogram has with _bucket, _count or _sum behind)",
		`return pcall(m.counter("a", "").add, -1)`:                                                "false test:1: bad argument #1 (a counter only grows: a finite number of at least 0 expected)",
		`return pcall(m.counter("a", "").add, 0/0)`:                                               "false test:1: bad argument #1 (a counter only grows: a finite number of at least 0 expected)",
		`return pcall(m.histogram("a", "").observe, 0/0)`:                                         "false test:1: bad argument #1 (a number expected, got nan)",
		`return pcall(m.gauge("a", "").set)`:                                                      "false test:1: bad argument #1 (number expected, got nil)",
		`return pcall(m.gauge("a", "", { "x", "y" }).set, 1, { x = 1 })`:                          "false test:1: bad argument #2 (the metric a has the labels x, y; there is no value for y)",
		`return pcall(m.gauge("a", "", { "x" }).set, 1, { x = 1, z = 1 })`:                        `false test:1: bad argument #2 (the metric a has no label "z")`,
		`return pcall(m.gauge("a", "").set, 1, { 1 })`:                                            `false test:1: bad argument #2 (the metric a has no label "1")`,
		`return pcall(m.counter, "luart_metrics_dropped_total", "")`:                              `false test:1: bad argument #1 ("luart_metrics_dropped_total" is no name of a metric; letters, digits, _ and : are)`,
		`local a = m.counter("a", "", { "x" }) a.add(1, { x = ("x"):rep(500) }) return #m.text()`: "237",
	} {
		if got := newComputer(t).Run(code); got != want {
			t.Errorf("%s\ngives %q\nnot   %q", code, got, want)
		}
	}
}

// What has no room is counted, and room is made by what is removed.
func TestLimits(t *testing.T) {
	got := newComputer(t).Run(`
		local a, dropped = m.counter("a", "", { "x" }), 0
		for i = 1, 1010 do if not a.add(1, { x = i }) then dropped = dropped + 1 end end
		assert(a.add(1, { x = 1 }))
		assert(dropped == 10 and m.text():find('luart_metrics_dropped_total{metric="a"} 10\n', 1, true))
		a.remove { x = 1 }
		assert(a.add(1, { x = "new" }) and not a.add(1, { x = "newer" }))
		m.remove("a")
		assert(not m.text():find("dropped"))
		-- All metrics together: series of histograms count by their lines.
		local full
		for i = 1, 40 do
			local h = m.histogram("h" .. i, "", { "x" })
			for j = 1, 200 do full = full or not h.observe(1, { x = j }) end
		end
		assert(full)
		for i = 1, 40 do assert(m.remove("h" .. i)) end
		for i = 1, 1000 do m.gauge("g" .. i, "").set(1) end
		return pcall(m.gauge, "more", "")`)
	if want := "false test:19: there are 1000 metrics; remove some"; got != want {
		t.Error(got)
	}
}
