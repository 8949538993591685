// Package metrics is the module luart.metrics: counters, gauges and histograms with labels, in the text format that Prometheus reads.
//
// Numbers enter, a text leaves; github.com/prometheus/client_golang adds up and writes. The metrics are the computer's: those of a name are
// the same for all its programs, until it shuts down or starts anew. Programs get the module by require; the runtime calls Open, on
// the computer's goroutine, where all of it runs.
package metrics

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/prometheus/client_golang/prometheus"
)

// What programs may take.
const (
	// MaxSeries is how many series, which are combinations of labels' values, one metric may have.
	MaxSeries = 1000
	// MaxSamples is how many lines all metrics of a computer may have. A series of a histogram has as many as there are buckets, and three more.
	MaxSamples = 20_000
	// MaxMetrics is how many metrics a computer may have.
	MaxMetrics = 1000
	// MaxLabels is how many labels a metric may have, and MaxBuckets how many buckets.
	MaxLabels, MaxBuckets = 10, 64
	// MaxName and MaxValue are the lengths of names and of labels' values, in bytes; longer values are cut off.
	MaxName, MaxValue = 200, 200
	// maxHelp is the length of a help text.
	maxHelp = 1000
)

// ContentType is the type of the text, for HTTP.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// droppedName is the metric that counts what came to no series.
const droppedName = "luart_metrics_dropped_total"

// Options are what the module needs: nothing yet.
type Options struct{}

type api struct {
	computer stdlib.Computer
	registry *prometheus.Registry
	metrics  map[string]*metric
	samples  int
	dropped  *prometheus.CounterVec
}

// metric is a metric with all its series.
type metric struct {
	api     *api
	name    string
	kind    string
	labels  []string
	buckets []float64
	series  map[string]any // the library's, by the labels' values
	vec     prometheus.Collector
	table   lua.Value
	warned  bool
}

// Open returns the module for a computer.
func Open(c stdlib.Computer, _ Options) lua.Value {
	a := &api{computer: c, registry: prometheus.NewRegistry(), metrics: make(map[string]*metric)}
	a.dropped = prometheus.NewCounterVec(prometheus.CounterOpts{Name: droppedName, Help: "Observations that came to nothing, as the metric had too many series."}, []string{"metric"})
	a.registry.MustRegister(a.dropped)
	t := lua.NewTable(0, 6)
	for _, f := range []struct {
		name string
		fn   lua.GoFunc
	}{
		{"counter", a.maker("counter")}, {"gauge", a.maker("gauge")}, {"histogram", a.maker("histogram")},
		{"remove", a.remove}, {"text", a.text},
	} {
		t.SetString(f.name, lua.NewFunction(f.name, f.fn))
	}
	t.SetString("contentType", lua.String(ContentType))
	return t.Value()
}

// isName reports whether a text is the name of a metric or, without colons, of a label.
func isName(s string, colons bool) bool {
	for i := range len(s) {
		switch b := s[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b == '_', b == ':' && colons, b >= '0' && b <= '9' && i > 0:
		default:
			return false
		}
	}
	return s != "" && len(s) <= MaxName
}

// labelNames returns a list of names of labels.
func labelNames(t *lua.Table, kind string) ([]string, error) {
	var names []string
	for i := 1; ; i++ {
		v := t.GetInt(i)
		if v.IsNil() {
			return names, nil
		}
		name, ok := v.AsString()
		switch {
		case !ok || !isName(name, false) || strings.HasPrefix(name, "__"):
			return nil, fmt.Errorf("%.50q is no name of a label; letters, digits and _ are, and no __ at the beginning", v.String())
		case kind == "histogram" && name == "le":
			return nil, errors.New(`a histogram's label can't be called "le", which the buckets have`)
		case slices.Contains(names, name):
			return nil, fmt.Errorf("the label %q is there twice", name)
		case len(names) >= MaxLabels:
			return nil, fmt.Errorf("more than %d labels", MaxLabels)
		}
		names = append(names, name)
	}
}

func bucketList(t *lua.Table) ([]float64, error) {
	var list []float64
	for i := 1; ; i++ {
		v := t.GetInt(i)
		if v.IsNil() {
			break
		}
		f, ok := v.AsNumber()
		if !ok || math.IsNaN(f) || math.IsInf(f, 0) || len(list) > 0 && f <= list[len(list)-1] || len(list) >= MaxBuckets {
			return nil, fmt.Errorf("buckets are at most %d numbers, each larger than the one before", MaxBuckets)
		}
		list = append(list, f)
	}
	if len(list) == 0 {
		return nil, errors.New("there are no buckets")
	}
	return list, nil
}

// maker is counter, gauge or histogram(name, help[, labels[, buckets]]): a metric, the one that is there if its kind and labels are the same.
func (a *api) maker(kind string) lua.GoFunc {
	return func(c lua.Call) (lua.Results, error) {
		name, err := stdlib.CheckString(c, 1)
		if err != nil {
			return 0, err
		}
		help, err := stdlib.CheckString(c, 2)
		if err != nil {
			return 0, err
		}
		m := &metric{api: a, name: name, kind: kind, series: make(map[string]any)}
		if t, err := stdlib.OptTable(c, 3); err != nil {
			return 0, err
		} else if t != nil {
			if m.labels, err = labelNames(t, kind); err != nil {
				return 0, lua.ArgError(3, err.Error())
			}
		}
		if kind == "histogram" {
			m.buckets = prometheus.DefBuckets
			if t, err := stdlib.OptTable(c, 4); err != nil {
				return 0, err
			} else if t != nil {
				if m.buckets, err = bucketList(t); err != nil {
					return 0, lua.ArgError(4, err.Error())
				}
			}
		}
		if old := a.metrics[name]; old != nil {
			if old.kind != kind || !slices.Equal(old.labels, m.labels) || !slices.Equal(old.buckets, m.buckets) {
				return 0, lua.ArgError(1, fmt.Sprintf("%s is there already, a %s with other labels or buckets; remove it first, or choose another name", name, old.kind))
			}
			return c.Return1(old.table)
		}
		switch {
		case !isName(name, true) || name == droppedName:
			return 0, lua.ArgError(1, fmt.Sprintf("%.50q is no name of a metric; letters, digits, _ and : are", name))
		case a.collides(m):
			return 0, lua.ArgError(1, fmt.Sprintf("%s is a name that a histogram has with _bucket, _count or _sum behind", name))
		case len(a.metrics) >= MaxMetrics:
			return 0, fmt.Errorf("there are %d metrics; remove some", MaxMetrics)
		case len(help) > maxHelp:
			return 0, lua.ArgError(2, fmt.Sprintf("a text of at most %d bytes expected", maxHelp))
		}
		if err := c.Reserve(4096); err != nil {
			return 0, err
		}
		m.make(strings.ToValidUTF8(help, "\uFFFD"))
		if err := a.registry.Register(m.vec); err != nil {
			return 0, lua.ArgError(1, err.Error())
		}
		a.metrics[name] = m
		m.table = m.functions()
		return c.Return1(m.table)
	}
}

// collides reports whether a name is one of the lines of a histogram, or the other way round.
func (a *api) collides(m *metric) bool {
	for _, suffix := range []string{"_bucket", "_count", "_sum"} {
		if base, ok := strings.CutSuffix(m.name, suffix); ok && a.metrics[base] != nil && a.metrics[base].kind == "histogram" {
			return true
		}
		if m.kind == "histogram" && a.metrics[m.name+suffix] != nil {
			return true
		}
	}
	return false
}

// remove is remove(name): takes away a metric with all its series; false if there is none.
func (a *api) remove(c lua.Call) (lua.Results, error) {
	name, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	m := a.metrics[name]
	if m != nil {
		a.registry.Unregister(m.vec)
		a.dropped.DeleteLabelValues(name)
		delete(a.metrics, name)
		a.samples -= len(m.series) * m.lines()
		m.api = nil
	}
	return c.Return1(lua.Bool(m != nil))
}
