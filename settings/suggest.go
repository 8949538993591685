package settings

import "strings"

func sections() []string {
	list := []string{parameters, values}
	for _, k := range Keys {
		if list[len(list)-1] != k.Section {
			list = append(list, k.Section)
		}
	}
	return list
}

func names(section string) (list []string) {
	for _, k := range Keys {
		if strings.EqualFold(k.Section, section) {
			list = append(list, k.Name)
		}
	}
	return list
}

func allIDs() (list []string) {
	for _, k := range Keys {
		list = append(list, k.ID())
	}
	return list
}

func variables() (list []string) {
	for _, k := range Keys {
		list = append(list, k.Variable())
	}
	return list
}

// suggest returns "; did you mean …?" with the name in the list that is nearest, or where to find all of them.
func suggest(name string, list []string) string {
	best := Nearest(name, list)
	if best == "" {
		return "; luart serve --print-config lists all"
	}
	return "; did you mean " + best + "?"
}

// Nearest returns the name in a list that somebody may have meant by a misspelt one, "" if none is like it.
func Nearest(name string, list []string) string {
	best, least := "", len(name)/3+2
	for _, candidate := range list {
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance counts the letters that have to be put in, taken out or replaced to make a of b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			next := diagonal
			if a[i] != b[j] {
				next = min(diagonal, row[j], row[j+1]) + 1
			}
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
