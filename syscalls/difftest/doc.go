// Package difftest holds the model against a real kernel: the same random program on both, statement by statement.
//
// A generator makes programs of a Kind: mostly sensible calls with an eye for edges (area borders, ends of files, odd
// lengths), or mostly wrong ones. It looks at the maps of a running process before it chooses an address, so a program
// is made while it runs; its seed alone decides what it becomes.
//
//	generator --op--> Pair --op--> model  --Result--+
//	    ^              |                            +--> compare --> Difference --> rule, or unexplained
//	    |              +----op--> kernel --Result--+
//	    +--maps, new processes--+
//
// Whatever one statement can tell is compared: result and errno, the address that was chosen, the signal, the bytes,
// the lines of /proc/PID/maps that went and came, minor and major faults, mincore's vector. A Difference that no Rule
// explains is shrunk to the shortest program that still differs in the same way, and put into a Bundle that says how to
// see it again.
//
// The evidence vmstat is what the statements since the last look have added to the counters of /proc/vmstat. Most of
// them the kernel also keeps for each control group, and a group with the puppets alone has the exact numbers. The rest
// (events such as pgreuse, and those of mlock) is kept for the whole machine: the sum is exact, but what else runs
// is in it. A difference there is a suspect until the program has run several times more and each run differed at the
// same statement by the same number. Recordings have no line for counters: they would hold what others did.
//
// Allowed differences between the two are in one list, Rules; an entry that no run needs is an error.
// # The path of one operation
//
//	Campaign    one seed after the other, until the number of statements is reached
//	generator   looks at the maps of the process, and makes the next statement
//	Pair        runs it on both machines
//	compare     result, signal, bytes, maps, faults: what differs
//	Rules       an entry explains the difference, and the campaign goes on; else:
//	shrink      fewer statements, smaller numbers, as long as the same difference remains
//	Bundle      the program, both answers, the release and the seed, and the command that shows it again
//
// # What is left out
//
// One program runs on one processor of each machine, one statement after the other: races between processes are not
// looked for. What takes time (the flusher, kswapd) is not compared here.
package difftest
