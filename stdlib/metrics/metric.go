package metrics

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

// This file is what programs do with one metric, and the text of all.

// make makes the library's metric.
func (m *metric) make(help string) {
	switch m.kind {
	case "counter":
		m.vec = prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.name, Help: help}, m.labels)
	case "gauge":
		m.vec = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: m.name, Help: help}, m.labels)
	default:
		m.vec = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: m.name, Help: help, Buckets: m.buckets}, m.labels)
	}
}

// lines is how many lines of text a series has.
func (m *metric) lines() int {
	if m.kind == "histogram" {
		return len(m.buckets) + 3 // +Inf, the sum and the count
	}
	return 1
}

// operation is a function of a metric.
type operation struct {
	name  string
	run   func(series any, by float64) error
	needs bool // a number
}

// operations are what can be done with a series.
func (m *metric) operations() []operation {
	switch m.kind {
	case "counter":
		return []operation{{"add", func(series any, by float64) error {
			if !(by >= 0) || math.IsInf(by, 1) {
				return lua.ArgError(1, "a counter only grows: a finite number of at least 0 expected")
			}
			series.(prometheus.Counter).Add(by)
			return nil
		}, false}}
	case "gauge":
		return []operation{
			{"add", func(series any, by float64) error { series.(prometheus.Gauge).Add(by); return nil }, false},
			{"set", func(series any, to float64) error { series.(prometheus.Gauge).Set(to); return nil }, true},
		}
	}
	return []operation{{"observe", func(series any, v float64) error {
		if math.IsNaN(v) {
			return lua.ArgError(1, "a number expected, got nan")
		}
		series.(prometheus.Observer).Observe(v)
		return nil
	}, true}}
}

// functions makes the table of a metric.
func (m *metric) functions() lua.Value {
	t := lua.NewTable(0, 4)
	for _, o := range m.operations() {
		t.SetString(o.name, lua.NewFunction(o.name, func(c lua.Call) (lua.Results, error) {
			return m.observe(c, o, func() ([]string, string, error) {
				values, err := m.values(c, 2)
				return values, strings.Join(values, "\xff"), err
			})
		}))
	}
	t.SetString("series", lua.NewFunction("series", m.bind))
	t.SetString("remove", lua.NewFunction("remove", m.removeSeries))
	return t.Value()
}

// bind is series(labels): a table of the same functions for the series with these labels, which then get a number only.
func (m *metric) bind(c lua.Call) (lua.Results, error) {
	values, err := m.values(c, 1)
	if err != nil {
		return 0, err
	}
	if err := c.Reserve(1024); err != nil {
		return 0, err
	}
	key := strings.Join(values, "\xff")
	t := lua.NewTable(0, 2)
	for _, o := range m.operations() {
		t.SetString(o.name, lua.NewFunction(o.name, func(c lua.Call) (lua.Results, error) {
			return m.observe(c, o, func() ([]string, string, error) { return values, key, nil })
		}))
	}
	return c.Return1(t.Value())
}

var errRemoved = errors.New("the metric has been removed; make it anew")

// observe is add, set or observe(number[, labels]): false if the metric has too many series for one more. The key of a series are the values of
// its labels, with a byte between that is in no value.
func (m *metric) observe(c lua.Call, o operation, find func() (values []string, key string, err error)) (lua.Results, error) {
	if m.api == nil {
		return 0, errRemoved
	}
	by := 1.0
	if o.needs || !c.Arg(1).IsNil() {
		var err error
		if by, err = stdlib.CheckNumber(c, 1); err != nil {
			return 0, err
		}
	}
	values, key, err := find()
	if err != nil {
		return 0, err
	}
	series, ok := m.series[key]
	if !ok {
		if len(m.series) >= MaxSeries || m.api.samples+m.lines() > MaxSamples {
			m.api.dropped.WithLabelValues(m.name).Inc()
			if !m.warned {
				m.warned = true
				m.api.computer.Log().Warn("a metric has too many combinations of labels; what comes with others is dropped", "metric", m.name)
			}
			return c.Return1(lua.False)
		}
		if err := c.Reserve(1024 + 64*m.lines()); err != nil {
			return 0, err
		}
		if series, err = m.with(values); err != nil {
			return 0, err
		}
		m.series[key] = series
		m.api.samples += m.lines()
	}
	if err := o.run(series, by); err != nil {
		return 0, err
	}
	return c.Return1(lua.True)
}

func (m *metric) with(values []string) (any, error) {
	switch vec := m.vec.(type) {
	case *prometheus.CounterVec:
		return vec.GetMetricWithLabelValues(values...)
	case *prometheus.GaugeVec:
		return vec.GetMetricWithLabelValues(values...)
	case *prometheus.HistogramVec:
		return vec.GetMetricWithLabelValues(values...)
	}
	return nil, errRemoved
}

// values returns the values of the labels, in their order, from argument arg, a table by the labels' names.
func (m *metric) values(c lua.Call, arg int) ([]string, error) {
	t, err := stdlib.OptTable(c, arg)
	if err != nil {
		return nil, err
	}
	if t == nil {
		t = lua.NewTable(0, 0)
	}
	values := make([]string, len(m.labels))
	for i, name := range m.labels {
		v := t.GetString(name)
		if v.IsNil() {
			return nil, lua.ArgError(arg, fmt.Sprintf("the metric %s has the labels %s; there is no value for %s", m.name, strings.Join(m.labels, ", "), name))
		}
		text := v.String()
		values[i] = strings.ToValidUTF8(text[:min(len(text), MaxValue)], "\uFFFD")
	}
	for key, _, ok, err := t.Next(lua.Nil); ok || err != nil; key, _, ok, err = t.Next(key) {
		if err != nil {
			return nil, err
		}
		if name, _ := key.AsString(); !slices.Contains(m.labels, name) {
			return nil, lua.ArgError(arg, fmt.Sprintf("the metric %s has no label %.50q", m.name, key.String()))
		}
	}
	return values, nil
}

// removeSeries is remove(labels): takes away a series; false if there is none.
func (m *metric) removeSeries(c lua.Call) (lua.Results, error) {
	if m.api == nil {
		return 0, errRemoved
	}
	values, err := m.values(c, 1)
	if err != nil {
		return 0, err
	}
	key := strings.Join(values, "\xff")
	if _, ok := m.series[key]; !ok {
		return c.Return1(lua.False)
	}
	delete(m.series, key)
	m.api.samples -= m.lines()
	m.vec.(interface{ DeleteLabelValues(...string) bool }).DeleteLabelValues(values...)
	return c.Return1(lua.True)
}

// text is text(): all metrics, in order.
func (a *api) text(c lua.Call) (lua.Results, error) {
	if err := c.Reserve(1024 * len(a.metrics)); err != nil {
		return 0, err
	}
	families, err := a.registry.Gather()
	if err != nil {
		return 0, err
	}
	var out bytes.Buffer
	for _, f := range families {
		before := out.Len()
		if _, err := expfmt.MetricFamilyToText(&out, f); err != nil {
			return 0, err
		}
		if err := c.Reserve(2 * (out.Len() - before)); err != nil {
			return 0, err
		}
		if err := c.Interrupted(); err != nil {
			return 0, err
		}
	}
	return c.Return1(lua.Bytes(out.Bytes()))
}
