// Faulty is a server that is healthy for a while and faulty for as long, again
// and again. Healthy it answers everything as bench/minimal does. Faulty it does
// so with every other request, and something worse with the rest: it resets or
// closes the connection, stops in the middle, says nothing, drips, talks garbage
// or announces a gzip that is none. In the last third of that time it refuses
// connections.
//
//	faulty -each 30s
//
// prints the address it serves and that of its own report, where GET /count
// tells how many requests it has read and GET /made what became of them, by the
// class of error that a client has to make of it.
package main
