package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/ini.v1"
)

// file is a configuration file as it was parsed.
type file struct {
	name string
	data []byte
	ini  *ini.File
}

func parseFile(name string, data []byte) (*file, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, fmt.Errorf("%s: there are zero bytes in it; it has to be a text file", name)
	}
	parsed, err := ini.LoadSources(ini.LoadOptions{
		IgnoreInlineComment: true, IgnoreContinuation: true, PreserveSurroundedQuote: true, AllowShadows: true,
		AllowDuplicateShadowValues: true, KeyValueDelimiters: "=:", AllowPythonMultilineValues: true,
	}, data)
	if err != nil {
		return nil, malformed(name, data, err)
	}
	return &file{name: name, data: data, ini: parsed}, nil
}

// malformed says what a file should look like that can't be parsed, and where, as the parser doesn't.
func malformed(name string, data []byte, err error) error {
	var noDelimiter ini.ErrDelimiterNotFound
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimSpace(line)
		switch {
		case errors.As(err, &noDelimiter) && line == strings.TrimSpace(noDelimiter.Line):
			return fmt.Errorf("%s:%d: %q is neither [section] nor key = value", name, n, line)
		case strings.HasPrefix(line, "[") && !strings.Contains(line, "]") && strings.HasPrefix(err.Error(), "unclosed section"):
			return fmt.Errorf("%s:%d: %q has no ] at its end", name, n, line)
		}
	}
	return fmt.Errorf("%s: %w", name, err)
}

// line finds the line of a key, or of a section if key is "".
func (f *file) line(section, key string) string {
	current := ""
	for i, l := range strings.Split(string(f.data), "\n") {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "[") {
			current = strings.TrimSpace(strings.Trim(strings.SplitN(l, "]", 2)[0], "["))
			if key != "" || current != section {
				continue
			}
		} else if end := strings.IndexAny(l, "=:"); key == "" || current != section || end < 0 || strings.TrimSpace(l[:end]) != key {
			continue
		}
		return fmt.Sprintf("%s:%d", f.name, i+1)
	}
	return f.name
}

// takeFile takes the values of the file.
func (s *Settings) takeFile(f *file, environ []string) (problems []string) {
	if f == nil {
		return nil
	}
	env := func(name string) string {
		for _, entry := range slices.Backward(environ) {
			if n, v, _ := strings.Cut(entry, "="); n == name {
				return v
			}
		}
		return ""
	}
	raw := func(section, key string) (string, bool) {
		for _, sec := range f.ini.Sections() {
			if !strings.EqualFold(sec.Name(), section) {
				continue
			}
			for _, k := range sec.Keys() {
				if strings.ToLower(k.Name()) == key {
					return k.Value(), true
				}
			}
		}
		if v := s.find(section, key); v != nil {
			return v.key.Default, true
		}
		return "", false
	}
	for _, sec := range f.ini.Sections() {
		name := sec.Name()
		if name == ini.DefaultSection {
			for _, k := range sec.Keys() {
				problems = append(problems, fmt.Sprintf("%s: %s stands before the first [section]", f.line("", k.Name()), k.Name()))
			}
			continue
		}
		free := strings.EqualFold(name, parameters) || strings.EqualFold(name, values)
		if !free && !slices.ContainsFunc(Keys, func(k Key) bool { return strings.EqualFold(k.Section, name) }) {
			problems = append(problems, fmt.Sprintf("%s: there is no section [%s]%s", f.line(name, ""), name, suggest(name, sections())))
			continue
		}
		e := expander{env: env, raw: raw}
		for _, k := range sec.Keys() {
			if err := s.takeKey(&e, sec.Name(), k); err != nil {
				problems = append(problems, fmt.Sprintf("%s: [%s] %s: %v", f.line(name, k.Name()), name, k.Name(), err))
			}
		}
	}
	for i := range s.values {
		if v := &s.values[i]; v.source == "file" {
			v.source = f.line(sectionIn(f, v.key.Section), keyIn(f, v.key))
			if v.key.Unused {
				s.Warnings = append(s.Warnings, fmt.Sprintf("%s: [%s] %s has no effect here", v.source, v.key.Section, v.key.Name))
			}
		}
	}
	return problems
}

// sectionIn and keyIn return how the file spells a name.
func sectionIn(f *file, section string) string {
	for _, sec := range f.ini.Sections() {
		if strings.EqualFold(sec.Name(), section) {
			return sec.Name()
		}
	}
	return section
}

func keyIn(f *file, key Key) string {
	for _, k := range f.ini.Section(sectionIn(f, key.Section)).Keys() {
		if strings.EqualFold(k.Name(), key.Name) {
			return k.Name()
		}
	}
	return key.Name
}

func (s *Settings) takeKey(e *expander, section string, k *ini.Key) error {
	if len(k.ValueWithShadows()) > 1 {
		return errors.New("is set more than once; leave one of them")
	}
	_, _, typed := cutPrefix(k.Value())
	text, err := e.expand(section, k.Value(), typed, 0)
	if err != nil {
		return err
	}
	switch {
	case strings.EqualFold(section, values):
		return nil
	case strings.EqualFold(section, parameters):
		return s.takeParameters(strings.ToLower(k.Name()), text)
	}
	v := s.find(section, k.Name())
	if v == nil {
		return fmt.Errorf("there is no such setting%s", suggest(k.Name(), names(section)))
	}
	return s.set(v, text, s.Base, "file")
}

// takeParameters parses what the file says for a plugin, which looks like the query of a URL. The first value of several
// counts, and empty ones don't. json=FILE adds the texts, numbers and booleans of a JSON object in the folder of the plugins.
func (s *Settings) takeParameters(plugin, text string) error {
	p := map[string]any{}
	jsonFile := ""
	if rest, ok := strings.CutPrefix(text, "json:"); ok {
		jsonFile, text = rest, ""
	}
	for _, pair := range strings.Split(text, "&") {
		name, v, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return err
		}
		if v, err = url.QueryUnescape(v); err != nil {
			return err
		}
		if _, seen := p[name]; !seen && v != "" {
			p[name] = v
		}
	}
	if f, ok := p["json"].(string); ok {
		jsonFile = f
		delete(p, "json")
	}
	if jsonFile != "" {
		if err := s.mergeJSON(jsonFile, p); err != nil {
			return err
		}
	}
	if s.parameters == nil {
		s.parameters = map[string]map[string]any{}
	}
	s.parameters[plugin] = p
	return nil
}

// mergeJSON adds what a JSON file in the folder of the plugins has, unless it is there already.
func (s *Settings) mergeJSON(name string, p map[string]any) error {
	v := s.find("paths", "plugins")
	folder, ok := v.value.(string)
	if !ok {
		folder = filepath.Join(s.Base, v.key.Default)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	data, err := root.ReadFile(name)
	if err != nil {
		return err
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for k, v := range object {
		if _, seen := p[k]; !seen {
			p[k] = v
		}
	}
	return nil
}
