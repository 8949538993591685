package compile

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// disassemble returns a listing of p and the functions inside it. Each instruction is shown with its line, its operands, and behind a semicolon what they mean.
func disassemble(p *Proto) string {
	var b strings.Builder
	list(&b, p, "main")
	return b.String()
}

func list(b *strings.Builder, p *Proto, name string) {
	fmt.Fprintf(b, "function %s <%d,%d> params %d", name, p.LineDefined, p.LastLine, p.NumParams)
	if p.IsVararg {
		b.WriteString(" vararg")
	}
	fmt.Fprintf(b, " stack %d\n", p.MaxStack)
	for i, u := range p.Upvalues {
		from := "upvalue"
		if u.FromParent {
			from = "register"
		}
		fmt.Fprintf(b, "  upvalue %d %s = %s %d", i, u.Name, from, u.Index)
		if u.Self {
			b.WriteString(" self")
		}
		if u.Cell {
			b.WriteString(" cell")
		}
		b.WriteByte('\n')
	}
	for _, v := range p.LocalVars {
		fmt.Fprintf(b, "  local %s = register %d, %d to %d", v.Name, v.Reg, v.StartPC, v.EndPC)
		if v.Cell {
			b.WriteString(" cell")
		}
		b.WriteByte('\n')
	}
	for pc, i := range p.Code {
		fmt.Fprintf(b, "  %3d [%d] %s\n", pc, p.Lines[pc], instruction(p, pc, i))
	}
	for i, inner := range p.Protos {
		list(b, inner, name+"."+strconv.Itoa(i))
	}
}

// instruction returns one instruction as text.
func instruction(p *Proto, pc int, i Instr) string {
	var args []int
	note := ""
	for _, o := range operandsOf[min(i.Op(), OpCount-1)] {
		switch o {
		case useA, setA:
			args = append(args, i.A())
			args = append(args, i.B())
		case useC, intC:
			args = append(args, i.C())
		case constB:
			args = append(args, i.B())
			note += " " + constant(p, i.B())
		case constC:
			args = append(args, i.C())
			note += " " + constant(p, i.C())
		case constJ:
			args = append(args, i.J())
			note += " " + constant(p, i.J())
		case upA:
			args = append(args, i.A())
			note += " " + upvalue(p, i.A())
		case upB:
			args = append(args, i.B())
			note += " " + upvalue(p, i.B())
		case protoJ, intJ:
			args = append(args, i.J())
		case jumpJ:
			args = append(args, i.J())
			note += fmt.Sprintf(" to %d", pc+1+i.J())
		}
	}
	if (i.Op() == OpAddK || i.Op() == OpMulK) && i.D() == 1 {
		note += " on the left"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-9s", i.Op())
	for _, a := range args {
		fmt.Fprintf(&b, " %d", a)
	}
	if note != "" {
		b.WriteString(" ;" + note)
	}
	return strings.TrimRight(b.String(), " ")
}

func constant(p *Proto, k int) string {
	if k < 0 || k >= len(p.Consts) {
		return "?"
	}
	c := p.Consts[k]
	switch c.Kind {
	case ConstNil:
		return "nil"
	case ConstFalse:
		return "false"
	case ConstTrue:
		return "true"
	case ConstNumber:
		if c.Num == math.Trunc(c.Num) && math.Abs(c.Num) < 1e15 {
			return strconv.FormatInt(int64(c.Num), 10)
		}
		return strconv.FormatFloat(c.Num, 'g', 14, 64)
	default:
		const long = 40
		if len(c.Str) > long {
			return strconv.Quote(c.Str[:long]) + "..."
		}
		return strconv.Quote(c.Str)
	}
}

func upvalue(p *Proto, u int) string {
	if u >= len(p.Upvalues) {
		return "?"
	}
	return p.Upvalues[u].Name
}

// use says what a part of an instruction is.
type use uint8

const (
	useA   use = iota // register A is read
	setA              // register A is written
	useB              // register B is read
	useC              // register C is read
	intB              // B is an integer, or a count
	intC              // C is an integer, or a count
	constB            // B is a constant
	constC            // C is a constant
	constJ            // J is a constant
	upA               // A is an upvalue
	upB               // B is an upvalue
	protoJ            // J is an inner function
	intJ              // J is an integer
	jumpJ             // J is a jump distance
)

// operandsOf tells for each operation what its operands are.
var operandsOf = [OpCount][]use{
	OpTrap:       {},
	OpMove:       {setA, useB},
	OpLoadK:      {setA, constJ},
	OpLoadNil:    {setA, intB},
	OpLoadTrue:   {setA},
	OpLoadFalse:  {setA},
	OpFalseSkip:  {setA},
	OpCell:       {useA},
	OpGetCell:    {setA, useB},
	OpSetCell:    {useA, useB},
	OpGetUp:      {setA, upB},
	OpGetUpC:     {setA, upB},
	OpSetUpC:     {upA, useB},
	OpGetUpField: {setA, upB, constC},
	OpSetUpField: {useA, upB, constC},
	OpGetTable:   {setA, useB, useC},
	OpGetField:   {setA, useB, constC},
	OpGetInt:     {setA, useB, intC},
	OpSetTable:   {useA, useB, useC},
	OpSetField:   {useA, constB, useC},
	OpSetInt:     {useA, intB, useC},
	OpNewTable:   {setA, intB, intC},
	OpSetList:    {useA, intB, intJ},
	OpSelf:       {setA, useB, constC},
	OpAdd:        {setA, useB, useC},
	OpSub:        {setA, useB, useC},
	OpMul:        {setA, useB, useC},
	OpDiv:        {setA, useB, useC},
	OpMod:        {setA, useB, useC},
	OpPow:        {setA, useB, useC},
	OpAddK:       {setA, useB, constC},
	OpSubK:       {setA, useB, constC},
	OpMulK:       {setA, useB, constC},
	OpDivK:       {setA, useB, constC},
	OpModK:       {setA, useB, constC},
	OpPowK:       {setA, useB, constC},
	OpUnm:        {setA, useB},
	OpNot:        {setA, useB},
	OpLen:        {setA, useB},
	OpConcat:     {setA, useB, useC},
	OpJump:       {jumpJ},
	OpJumpTrue:   {useA, jumpJ},
	OpJumpFalse:  {useA, jumpJ},
	OpEq:         {useA, useB, jumpJ},
	OpNe:         {useA, useB, jumpJ},
	OpEqK:        {useA, constB, jumpJ},
	OpNeK:        {useA, constB, jumpJ},
	OpLt:         {useA, useB, jumpJ},
	OpNlt:        {useA, useB, jumpJ},
	OpLe:         {useA, useB, jumpJ},
	OpNle:        {useA, useB, jumpJ},
	OpLtK:        {useA, constB, jumpJ},
	OpNltK:       {useA, constB, jumpJ},
	OpLeK:        {useA, constB, jumpJ},
	OpNleK:       {useA, constB, jumpJ},
	OpGtK:        {useA, constB, jumpJ},
	OpNgtK:       {useA, constB, jumpJ},
	OpGeK:        {useA, constB, jumpJ},
	OpNgeK:       {useA, constB, jumpJ},
	OpCall:       {useA, intB, intC},
	OpTailCall:   {useA, intB},
	OpReturn:     {useA, intB},
	OpReturn0:    {},
	OpReturn1:    {useA},
	OpVararg:     {setA, intC},
	OpClosure:    {setA, protoJ},
	OpForPrep:    {useA, jumpJ},
	OpForLoop:    {useA, jumpJ},
	OpForLoop1:   {useA, jumpJ},
	OpTForPrep:   {useA, jumpJ},
	OpTForCall:   {useA, intB, jumpJ},
	OpTForLoop:   {useA, jumpJ},
}
