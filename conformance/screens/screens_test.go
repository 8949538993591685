// Package screens tests programs of the ROM that fill the screen, as a user meets them: scripts type and click, and have the
// rows that are to be seen then. A computer's clock stands still unless a script moves it, and what is compared is what the screen
// shows once the computer has nothing left to do, so scripts always go the same way.
//
// A script, testdata/NAME.txt, has a command on each line; indented lines, which begin with "| ", belong to the one above:
//
//	# text              a comment
//	file PATH           makes a file of the lines below; lines N PATH TEXT one of N lines, with their numbers for %d
//	quota BYTES         limits the files; grey makes a screen without colour; both before the program
//	run PROGRAM ARGS    starts a computer with a program of /rom/programs; shell one with the shell
//	type TEXT           types; key NAME... presses keys: enter, left, a, ctrl+s, ...; paste TEXT pastes
//	click BUTTON X Y    clicks; drag BUTTON X Y X2 Y2, scroll DIRECTION X Y, resize WIDTH HEIGHT, terminate
//	wait MILLISECONDS   moves the computer's clock
//	screen [FROM [TO]]  the lines below are the rows of the screen, without spaces at their ends; "?" is a graphic character
//	text, back          the same for the colours of the text and behind it, without white and black at the ends of rows
//	cursor              the line below is its column, its row, and whether it blinks
//	content PATH        the lines below are what is in a file
//	ended               the line below is whether the program has ended
//
// go test -update writes into the scripts what is there.
package screens

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write into the scripts what the screens show")

func TestScreens(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("there are scripts missing: %v", files)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := &player{t: t, root: t.TempDir(), colour: true}
			written := p.play(file, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"))
			if *update {
				if err := os.WriteFile(file, []byte(strings.Join(written, "\n")+"\n"), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

const mark = "| "

// play does what a script says, and returns it with what was seen in the place of what was expected.
func (p *player) play(file string, script []string) (written []string) {
	for at := 0; at < len(script); {
		line, number := script[at], at+1
		at++
		var block []string
		for at < len(script) && strings.HasPrefix(script[at], mark[:1]) {
			block = append(block, strings.TrimPrefix(strings.TrimPrefix(script[at], mark[:1]), mark[1:]))
			at++
		}
		written = append(written, line)
		shown := block
		if line != "" && line[0] != '#' {
			seen, ok, err := p.look(line)
			if !ok {
				err = p.do(line, block)
			}
			if err != nil {
				p.t.Fatalf("%s:%d: %s: %v", file, number, line, err)
			}
			if ok && !slices.Equal(seen, block) {
				if !*update {
					p.t.Errorf("%s:%d: %s: there should be\n%s\nbut there is\n%s", file, number, line, strings.Join(block, "\n"), strings.Join(seen, "\n"))
				}
				shown = seen
			}
		}
		for _, row := range shown {
			written = append(written, strings.TrimRight(mark+row, " "))
		}
	}
	return written
}
