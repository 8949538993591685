// Package compile turns a syntax tree into bytecode for a register machine.
//
// What enters is a *syntax.Function of a main chunk, as syntax.Parse returns it: names are resolved, jumps are checked,
// and each local variable says whether an inner function captures it and whether anything assigns to it. What leaves is
// a *Proto, plain data that a virtual machine links and runs; opcode.go describes the machine. Package lua calls this
// package, and package runtime, which compiles the ROM's chunks once for all computers. Compile does not change the tree and
// may run on several goroutines at once.
//
// # Registers
//
// A function's registers are a stack. The lowest hold the local variables in scope, in order of declaration; temporaries
// lie above them and are given up in reverse order. A variable that an inner function captures and that something assigns
// to after its declaration lives in a cell, and its register holds the cell (OpCell, OpGetCell, OpSetCell). Any other
// captured variable is copied when the closure is made. A declaration makes a fresh cell each time it runs, so that
// leaving a block needs no instruction.
//
// # Order of evaluation
//
// Where a program can see the order, it is that of PUC Lua 5.2: a local variable as an operand is read when the
// instruction that uses it runs, after the code of the operands to its right; a function's arguments are copied one by
// one; an assignment evaluates everything on its right side, then stores from right to left.
//
// # Jumps
//
// A condition becomes comparisons with jumps in one instruction. The body of a while loop comes before its condition,
// so that an iteration runs one jump: conditional jumps may go backwards, in while as in repeat.
package compile
