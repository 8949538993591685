package packaging_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// instruction is one of a Containerfile.
type instruction struct {
	line       int
	name, rest string
}

// instructions reads a Containerfile: comments are left out, continued lines are joined.
func instructions(t *testing.T, file string) (list []instruction) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	open := false
	for i, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		line, more := strings.CutSuffix(line, `\`)
		if open {
			list[len(list)-1].rest += line
		} else {
			name, rest, _ := strings.Cut(line, " ")
			list = append(list, instruction{i + 1, name, rest})
		}
		open = more
	}
	if open {
		t.Fatalf("%s ends within an instruction", file)
	}
	return list
}

// arguments takes flags off an instruction; its arguments are words, or a list in JSON.
func (i instruction) arguments(t *testing.T) (flags map[string]string, words []string) {
	t.Helper()
	flags = map[string]string{}
	rest := i.rest
	for strings.HasPrefix(rest, "--") {
		flag, after, _ := strings.Cut(rest, " ")
		name, value, _ := strings.Cut(flag, "=")
		flags[name], rest = value, strings.TrimSpace(after)
	}
	if strings.HasPrefix(rest, "[") {
		if err := json.Unmarshal([]byte(rest), &words); err != nil {
			t.Errorf("line %d: %v", i.line, err)
		}
		return flags, words
	}
	return flags, strings.Fields(rest)
}

// The file that engines build a container from: what it copies is there, and the result is no root's.
func TestContainerfile(t *testing.T) {
	// Of the instructions that there are, those with the form that their arguments have.
	forms := map[string]string{
		"FROM": `^(--platform=\S+ )?\S+( AS \w+)?$`, "WORKDIR": `^/\S+$`, "COPY": `^(--\w+=\S+ )*\S+( \S+)+$`, "RUN": `\S`, "ARG": `^\w+(=\S*)?$`,
		"ENV": `^(\w+=\S+ ?)+$`, "USER": `^\d+:\d+$`, "VOLUME": `^/\S+$`, "EXPOSE": `^(\d+ ?)+$`, "HEALTHCHECK": `^(--[\w-]+=\S+ )*CMD \[.*\]$`,
		"ENTRYPOINT": `^\[.*\]$`, "CMD": `^\[.*\]$`,
	}
	stages := map[string]bool{}
	last := map[string]instruction{} // of the last stage
	made := ""                       // by RUN in stages before
	for _, i := range instructions(t, "Containerfile") {
		form, ok := forms[i.name]
		if !ok || !regexp.MustCompile(form).MatchString(i.rest) {
			t.Errorf("line %d: %s %s", i.line, i.name, i.rest)
		}
		flags, words := i.arguments(t)
		switch i.name {
		case "FROM":
			last = map[string]instruction{}
			if len(words) == 3 {
				stages[words[2]] = true
			}
		case "RUN":
			made += i.rest
			for _, script := range regexp.MustCompile(`\bpackaging/\w+|\./cmd/\w+`).FindAllString(i.rest, -1) {
				if _, err := os.Stat(filepath.Join("..", script)); err != nil {
					t.Errorf("line %d: %v", i.line, err)
				}
			}
		case "COPY":
			from, staged := flags["--from"]
			if staged && !stages[from] {
				t.Errorf("line %d: there is no stage %s", i.line, from)
			}
			for _, source := range words[:len(words)-1] {
				below, ofCheckout := strings.CutPrefix(source, "/src/")
				switch {
				case !staged || ofCheckout:
					if !staged {
						below = source
					}
					if _, err := os.Stat(filepath.Join("..", below)); err != nil {
						t.Errorf("line %d: %v", i.line, err)
					}
				case strings.HasPrefix(source, "/out/") && !strings.Contains(made, source):
					t.Errorf("line %d: nothing makes %s", i.line, source)
				}
			}
		}
		last[i.name] = i
	}
	if from := last["FROM"].rest; from != "scratch" {
		t.Errorf("the result is made from %s", from)
	}
	if user := last["USER"].rest; user == "" || strings.HasPrefix(user, "0:") {
		t.Errorf("the user is %q", user)
	}
	if last["VOLUME"].rest != last["WORKDIR"].rest {
		t.Errorf("the volume is %s, the folder %s", last["VOLUME"].rest, last["WORKDIR"].rest)
	}
	if _, words := last["EXPOSE"].arguments(t); !slices.Equal(words, []string{"9192", "5460", "6133", "51515"}) {
		t.Errorf("the ports are %v", words)
	}
	dir, _ := unpacked(t)
	_, check, _ := strings.Cut(last["HEALTHCHECK"].rest, "CMD ")
	var words []string
	if err := json.Unmarshal([]byte(check), &words); err != nil || words[0] != "luart" {
		t.Fatal(err, words)
	}
	// Nobody listens there: the check says so, and not that it is wrong itself.
	closed := strings.ReplaceAll(words[len(words)-1], ":9192", ":1") + " error('answered')"
	words[len(words)-1] = closed
	out, err := runs(t, filepath.Join(dir, "luart"), words[1:]...)
	if err == nil || out != "" {
		t.Errorf("%v %s", err, out)
	}
}
