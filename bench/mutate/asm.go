package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// assembly is a file with one function of Go's assembler in it. A mutant is a
// copy of the function with one instruction, or one value of a table, changed;
// the function itself becomes a jump to the copy that runs.
type assembly struct {
	file    string
	lines   []string
	text    int                // the line that begins the function
	name    string             // the function
	macros  map[int][2]int     // by line: the macro that it is in, from and to
	tables  map[string][]int   // by name: the lines of a table
	changes []assemblyMutation // by mutant
	mutants []mutant
	first   int // number of the first mutant
}

type assemblyMutation struct {
	line int
	to   string
}

// readAssembly finds what can be got wrong in a file of assembly.
func readAssembly(file string, first int) (*assembly, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	a := &assembly{file: file, lines: strings.Split(string(text), "\n"), first: first, text: -1, macros: map[int][2]int{}, tables: map[string][]int{}}
	if err := a.outline(); err != nil {
		return nil, err
	}
	for i, line := range a.lines {
		if _, inMacro := a.macros[i]; i <= a.text && !inMacro && !strings.HasPrefix(line, "DATA ") {
			continue
		}
		for _, m := range mistakes(line) {
			a.changes = append(a.changes, assemblyMutation{i, m.to})
			a.mutants = append(a.mutants, mutant{file, i + 1, m.what + ": " + strings.Join(strings.Fields(strings.TrimSuffix(uncommented(line), `\`)), " ")})
		}
	}
	return a, nil
}

// outline finds the function, the macros and the tables.
func (a *assembly) outline() error {
	for i := 0; i < len(a.lines); i++ {
		line := a.lines[i]
		if name := tableName.FindStringSubmatch(line); name != nil {
			a.tables[name[1]] = append(a.tables[name[1]], i)
		}
		if function := functionName.FindStringSubmatch(line); function != nil {
			if a.text >= 0 {
				return fmt.Errorf("%s: more than one function", a.file)
			}
			a.text, a.name = i, function[1]
		}
		if !strings.HasPrefix(line, "#define ") {
			continue
		}
		from := i
		for strings.HasSuffix(a.lines[i], `\`) {
			i++
		}
		for k := from; k <= i; k++ {
			a.macros[k] = [2]int{from, i + 1}
		}
	}
	if a.text < 0 {
		return fmt.Errorf("%s: no function", a.file)
	}
	return nil
}

var (
	tableName    = regexp.MustCompile(`^(?:DATA|GLOBL) (\w+)<>`)
	functionName = regexp.MustCompile(`^TEXT ·(\w+)\(SB\)`)
	macroName    = regexp.MustCompile(`^#define (\w+)`)
	instruction  = regexp.MustCompile(`^(\s*(?:\w+: *)?)([A-Z][A-Z0-9.]+)(\s.*)?$`)
	immediate    = regexp.MustCompile(`\$(-?(?:0x[0-9a-fA-F]+|\d+)|\(?~?const_[\w<()~]+|\([^$,]*\)|\w+__size)`)
	dataValue    = regexp.MustCompile(`\$0x([0-9a-fA-F]+)$`)
)

func uncommented(line string) string {
	before, _, _ := strings.Cut(line, "//")
	return strings.TrimRight(before, " \t")
}

// mistake is what a line can become.
type mistake struct{ to, what string }

// jumps and operations get mistaken for one another: by one, or for the
// opposite.
var jumps = map[string][]string{
	"JB": {"JBE", "JAE"}, "JBE": {"JB", "JA"}, "JLS": {"JB", "JA"}, "JA": {"JAE", "JBE"}, "JAE": {"JA", "JB"},
	"JLT": {"JLE", "JGE"}, "JLE": {"JLT", "JGT"}, "JGT": {"JGE", "JLE"}, "JGE": {"JGT", "JLT"},
	"JEQ": {"JNE"}, "JNE": {"JEQ"}, "JZ": {"JNZ"}, "JNZ": {"JZ"},
	"SETNE": {"SETEQ"}, "CMOVQEQ": {"CMOVQNE"}, "SBBQ": {"ADCQ"},
}

var operations = map[string]string{
	"AND": "OR", "OR": "AND", "XOR": "OR", "ADD": "SUB", "SUB": "ADD", "INC": "DEC", "DEC": "INC", "SHL": "SHR", "SHR": "SHL",
	"VPANDQ": "VPORQ", "VPORQ": "VPANDQ", "VPXORQ": "VPORQ", "VPANDNQ": "VPANDQ", "KANDNQ": "KANDQ", "ANDNQ": "ANDQ3",
	"VPADDD": "VPSUBD", "VPADDQ": "VPSUBQ", "VPSUBQ": "VPADDQ", "VPMINUB": "VPMAXUB",
}

// mistakes returns what a line can become.
func mistakes(line string) (all []mistake) {
	code := uncommented(line)
	end := ""
	if rest, ok := strings.CutSuffix(code, `\`); ok {
		code, end = strings.TrimRight(rest, " \t"), ` \`
	}
	add := func(to, what string) { all = append(all, mistake{to + end, what}) }
	if strings.HasPrefix(code, "DATA ") {
		if v := dataValue.FindStringSubmatchIndex(code); v != nil {
			n, err := strconv.ParseUint(code[v[2]:v[3]], 16, 64)
			if err == nil {
				add(fmt.Sprintf("%s0x%x", code[:v[0]+1], n^1), "lowest bit flipped")
				add(fmt.Sprintf("%s0x%x", code[:v[0]+1], n^1<<(4*uint(v[3]-v[2])-1)), "highest bit flipped")
			}
		}
		return all
	}
	parts := instruction.FindStringSubmatch(code)
	if parts == nil {
		return nil
	}
	before, op, rest := parts[1], parts[2], parts[3]
	for _, to := range jumps[op] {
		add(before+to+rest, to+" for "+op)
	}
	if to, ok := operation(op); ok && !clears(rest) {
		if to == "ANDQ3" { // there is no AND of three operands: of the first two only
			add(before+"ANDNQ"+swapped(rest), "operands swapped")
		} else {
			add(before+to+rest, to+" for "+op)
		}
	}
	if at := immediate.FindStringSubmatchIndex(rest); at != nil && strings.HasPrefix(strings.TrimSpace(rest), "$") {
		value := rest[at[2]:at[3]]
		for _, to := range constants(op, value) {
			add(before+op+rest[:at[2]]+to+rest[at[3]:], to+" for "+value)
		}
	} else if at != nil && strings.HasPrefix(op, "CMP") {
		value := rest[at[2]:at[3]]
		add(before+op+rest[:at[2]]+"("+value+"+1)"+rest[at[3]:], value+"+1 for "+value)
	}
	return all
}

// operation returns the operation that op is mistaken for, of the same width.
func operation(op string) (string, bool) {
	if to, ok := operations[op]; ok {
		return to, true
	}
	if n := len(op) - 1; strings.ContainsAny(op[n:], "BWLQ") {
		if to, ok := operations[op[:n]]; ok && !strings.HasPrefix(op, "V") {
			return to + op[n:], true
		}
	}
	return "", false
}

// clears reports whether all operands are one register: what such an
// instruction does to it says nothing about masks.
func clears(operands string) bool {
	list := strings.Split(operands, ",")
	for _, o := range list {
		if strings.TrimSpace(o) != strings.TrimSpace(list[0]) {
			return false
		}
	}
	return len(list) > 1
}

func swapped(operands string) string {
	list := strings.SplitN(strings.TrimSpace(operands), ",", 3)
	if len(list) < 3 || strings.Contains(list[0], "(") {
		return operands
	}
	return fmt.Sprintf(" %s, %s,%s", strings.TrimSpace(list[1]), strings.TrimSpace(list[0]), list[2])
}

// constants returns what the immediate of an instruction is mistaken for.
func constants(op, value string) []string {
	n, err := strconv.ParseInt(value, 0, 64)
	switch {
	case op == "VPCMPUB" || op == "VPCMPUQ": // less, or equal
		return []string{fmt.Sprint(3 - n)}
	case op == "VPTERNLOGQ" && n != 0xFF: // a row of the truth table
		return []string{fmt.Sprintf("0x%02X", n^0x01), fmt.Sprintf("0x%02X", n^0x10), fmt.Sprintf("0x%02X", n^0x80)}
	case op == "VPTERNLOGQ" || err == nil && n == -1:
		return nil
	case err == nil:
		return []string{fmt.Sprint(n + 1)}
	}
	return []string{"(" + value + "+1)"}
}

// instrumented returns the file with every mutant in it.
func (a *assembly) instrumented() string {
	var b strings.Builder
	put := func(lines ...string) {
		for _, l := range lines {
			b.WriteString(l)
			b.WriteByte('\n')
		}
	}
	put(a.lines[:a.text]...)
	put(a.chooser()...)
	put(a.copied(0, nil)...)
	for i, c := range a.changes {
		n := i + 1
		changed := append([]string(nil), a.lines...)
		changed[c.line] = c.to
		macro, inMacro := a.macros[c.line]
		table := tableName.FindStringSubmatch(a.lines[c.line])
		switch {
		case inMacro:
			undo := "#undef " + macroName.FindStringSubmatch(a.lines[macro[0]])[1]
			put(undo)
			put(changed[macro[0]:macro[1]]...)
			put(a.copied(n, a.lines)...)
			put(undo)
			put(a.lines[macro[0]:macro[1]]...)
		case table != nil:
			own := strings.NewReplacer(table[1]+"<>", fmt.Sprintf("%s_%d<>", table[1], n))
			for _, l := range a.tables[table[1]] {
				put(own.Replace(changed[l]))
			}
			for k := a.text; k < len(changed); k++ {
				changed[k] = own.Replace(changed[k])
			}
			put(a.copied(n, changed)...)
		default:
			put(a.copied(n, changed)...)
		}
	}
	return b.String()
}

// copied returns the function under the name of copy n.
func (a *assembly) copied(n int, lines []string) []string {
	if lines == nil {
		lines = a.lines
	}
	out := append([]string(nil), lines[a.text:]...)
	out[0] = strings.Replace(out[0], "·"+a.name+"(SB)", fmt.Sprintf("·%s_%d(SB)", a.name, n), 1)
	return out
}

// chooser returns the function that jumps to the copy that runs.
func (a *assembly) chooser() (out []string) {
	for n := range len(a.changes) + 1 {
		out = append(out, fmt.Sprintf("DATA copies<>+%d(SB)/8, $·%s_%d(SB)", 8*n, a.name, n))
	}
	size := a.lines[a.text][strings.LastIndex(a.lines[a.text], "-"):]
	return append(out,
		fmt.Sprintf("GLOBL copies<>(SB), RODATA, $%d", 8*(len(a.changes)+1)),
		fmt.Sprintf("TEXT ·%s(SB), NOSPLIT|NOFRAME, $0%s", a.name, size),
		"	MOVQ ·mutant(SB), AX",
		fmt.Sprintf("	SUBQ $%d, AX", a.first-1),
		fmt.Sprintf("	CMPQ AX, $%d", len(a.changes)),
		"	JLS chosen",
		"	XORL AX, AX",
		"chosen:",
		"	LEAQ copies<>(SB), CX",
		"	MOVQ (CX)(AX*8), CX",
		"	JMP CX",
		"")
}
