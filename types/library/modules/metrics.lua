---@meta luart.metrics

---Counters, gauges and histograms, in the text format that Prometheus reads. They are the computer's: all its programs see the same ones.
---@class luart.metrics
local metrics = {}

---The Content-Type of the text.
---@type string
metrics.contentType = nil

---Numbers by the labels' names, all of which must be given. Values longer than 200 bytes are cut off.
---@alias luart.metrics.Labels table<string, string|number|boolean>

---A number that only grows. If there is one of that name already, it is that one; its labels must be the same.
---@param name string letters, digits, _ and :, such as "requests_total"
---@param help string what it counts
---@param labels? string[] names, 10 at most
---@return luart.metrics.Counter
function metrics.counter(name, help, labels) end

---A number that goes up and down.
---@param name string
---@param help string
---@param labels? string[]
---@return luart.metrics.Gauge
function metrics.gauge(name, help, labels) end

---How many numbers were in which range.
---@param name string
---@param help string
---@param labels? string[]
---@param buckets? number[] the upper ends of the ranges, 64 at most; 0.005 to 10, for seconds, unless given
---@return luart.metrics.Histogram
function metrics.histogram(name, help, labels, buckets) end

---Takes away a metric.
---@param name string
---@return boolean removed false if there was none
function metrics.remove(name) end

---All metrics.
---@return string
---@nodiscard
function metrics.text() end

---A metric has at most 1000 combinations of labels, all metrics together at most 20000 lines. What comes with others is dropped, and counted in
---luart_metrics_dropped_total; the functions return false then.
---@class luart.metrics.Counter
local Counter = {}

---@param number? number 0 or more; 1 unless given
---@param labels? luart.metrics.Labels
---@return boolean counted
function Counter.add(number, labels) end

---The series with these labels: its functions get a number only, and cost less.
---@param labels? luart.metrics.Labels
---@return luart.metrics.Counter
---@nodiscard
function Counter.series(labels) end

---Takes away what has been counted for some labels.
---@param labels? luart.metrics.Labels
---@return boolean removed
function Counter.remove(labels) end

---@class luart.metrics.Gauge
local Gauge = {}

---@param number? number 1 unless given
---@param labels? luart.metrics.Labels
---@return boolean counted
function Gauge.add(number, labels) end

---@param number number
---@param labels? luart.metrics.Labels
---@return boolean counted
function Gauge.set(number, labels) end

---The series with these labels: its functions get a number only, and cost less.
---@param labels? luart.metrics.Labels
---@return luart.metrics.Gauge
---@nodiscard
function Gauge.series(labels) end

---@param labels? luart.metrics.Labels
---@return boolean removed
function Gauge.remove(labels) end

---@class luart.metrics.Histogram
local Histogram = {}

---@param number number
---@param labels? luart.metrics.Labels
---@return boolean counted
function Histogram.observe(number, labels) end

---The series with these labels: its functions get a number only, and cost less.
---@param labels? luart.metrics.Labels
---@return luart.metrics.Histogram
---@nodiscard
function Histogram.series(labels) end

---@param labels? luart.metrics.Labels
---@return boolean removed
function Histogram.remove(labels) end

return metrics
