package settings

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
)

// maxReferences is how far references to references are followed.
const maxReferences = 10

// expander replaces ${…} in the values of one file.
type expander struct {
	env func(name string) string
	// raw returns the text of a value in the file, or the default.
	raw func(section, key string) (string, bool)
}

// prefixes are the types that values may name themselves.
var prefixes = map[string]Type{"int": Int, "float": Float, "bool": Bool, "list": List}

// cutPrefix takes the name of a type from a value.
func cutPrefix(text string) (Type, string, bool) {
	if name, rest, ok := strings.Cut(text, ":"); ok {
		if t, ok := prefixes[name]; ok {
			return t, strings.TrimSpace(rest), true
		}
	}
	return 0, text, false
}

// expand replaces ${ENV:NAME} and, unless the value names its type, ${section:key} and, within the value's section, ${key};
// $$ is a dollar sign.
func (e *expander) expand(home, text string, typed bool, depth int) (string, error) {
	if depth > maxReferences {
		return "", errors.New("references to references go in a circle, or too far")
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "$")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		if after, ok := strings.CutPrefix(rest, "$"); ok {
			b.WriteByte('$')
			text = after
			continue
		}
		inner, after, ok := strings.Cut(strings.TrimPrefix(rest, "{"), "}")
		if !ok || !strings.HasPrefix(rest, "{") {
			return "", errors.New("a $ stands alone; write $$ for a dollar sign, ${ENV:NAME} for a variable, ${section:key} for another value")
		}
		text = after
		section, key, ok := strings.Cut(inner, ":")
		switch {
		case ok && section == "ENV":
			b.WriteString(e.env(key))
			continue
		case typed:
			b.WriteString("${" + inner + "}") // only variables are looked up in typed values
			continue
		case !ok:
			section, key = home, inner
		}
		raw, ok := e.raw(section, strings.ToLower(key))
		if !ok {
			return "", fmt.Errorf("${%s} refers to [%s] %s, which is not set", inner, section, key)
		}
		raw, err := e.expand(section, raw, typed, depth+1)
		if err != nil {
			return "", err
		}
		b.WriteString(raw)
	}
}

// trueWords are what is true in a value that names its type, words what is known in those that don't.
var (
	trueWords = map[string]bool{"true": true, "enabled": true, "on": true, "1": true, "enable": true}
	words     = map[string]bool{
		"true": true, "enabled": true, "on": true, "1": true, "enable": true, "yes": true,
		"false": false, "disabled": false, "off": false, "0": false, "disable": false, "no": false, "": false,
	}
)

// parse makes the text of a key's value into a string, float64, bool or []string.
func (k Key) parse(text, base string) (any, error) {
	text = strings.TrimSpace(text)
	named, rest, typed := cutPrefix(text)
	if typed && !k.accepts(named) {
		if k.Type == String || k.Type == Path {
			return k.check(text, text, base) // "list:" may well begin a text
		}
		return nil, fmt.Errorf("%q is no value for a key of type %v", text, k.Type)
	}
	switch k.Type {
	case Bool:
		if typed {
			return trueWords[rest], nil
		}
		v, ok := words[strings.ToLower(text)]
		if !ok {
			return nil, fmt.Errorf("%q is neither true nor false; write true or false", text)
		}
		return v, nil
	case List:
		items := strings.Fields(rest)
		for i, item := range items {
			_, items[i], _ = cutPrefix(item)
		}
		return items, nil
	case Int, Float, Size, Span:
		v, err := k.number(rest)
		if err != nil {
			return nil, err
		}
		if k.Max != 0 && (v < k.Min || v > k.Max) {
			return nil, fmt.Errorf("%s is out of range; %s to %s is allowed", text, k.show(k.Min), k.show(k.Max))
		}
		return v, nil
	}
	return k.check(text, text, base)
}

func (k Key) accepts(named Type) bool {
	switch k.Type {
	case Int, Size:
		return named == Int
	case Float, Span:
		return named == Int || named == Float
	}
	return named == k.Type
}

// check finishes texts and paths.
func (k Key) check(text, given, base string) (any, error) {
	if k.Values != "" && !strings.Contains(" "+k.Values+" ", " "+text+" ") {
		return nil, fmt.Errorf("%q is not known; one of these is: %s", given, strings.ReplaceAll(k.Values, " ", ", "))
	}
	if strings.ContainsAny(text, "\x00\r\n") {
		return nil, errors.New("values have one line")
	}
	if k.Type == Path && text != "" && !filepath.IsAbs(text) {
		text = filepath.Join(base, text)
	}
	return text, nil
}

var (
	sizeUnits = map[string]float64{"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
	spanUnits = map[string]float64{"": 1, "us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400}
)

// number parses numbers with their units.
func (k Key) number(text string) (float64, error) {
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	unit := text[len(digits):]
	factor, known := 1.0, unit == ""
	switch k.Type {
	case Size:
		factor, known = sizeUnits[unit], sizeUnits[unit] != 0
	case Span:
		factor, known = spanUnits[unit], spanUnits[unit] != 0
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if err != nil || !known || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, fmt.Errorf("%q is no %v; write it like %s", text, k.Type, [...]string{Int: "8080", Float: "1.5", Size: "16MiB", Span: "1.5s"}[k.Type])
	}
	v *= factor
	if k.Type == Int || k.Type == Size {
		if v != math.Trunc(v) {
			return 0, fmt.Errorf("%q is no whole number", text)
		}
	}
	return v, nil
}

// show writes a number as people write it in the file.
func (k Key) show(v float64) string {
	switch k.Type {
	case Size:
		for _, unit := range []string{"GiB", "MiB", "KiB"} {
			if n := v / sizeUnits[unit]; v != 0 && n == math.Trunc(n) {
				return strconv.FormatFloat(n, 'f', -1, 64) + unit
			}
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	case Span:
		if v < 1 && v != 0 {
			return strconv.FormatFloat(math.Round(v*1e6)/1e3, 'f', -1, 64) + "ms"
		}
		return strconv.FormatFloat(v, 'f', -1, 64) + "s"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
