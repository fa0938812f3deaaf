// Package davy holds the nouns of a plant's security: what every room of Davy
// talks about, and how none of it is done. A [Message] is one protocol message,
// a [Fact] something a packet said about an asset, a [Finding] what a judge
// says, an [Incident] findings that tell one story.
//
// The package imports the standard library alone, opens nothing, keeps no clock
// and starts no goroutine. Times are nanoseconds since the Unix epoch and come
// from the packets, never from the machine.
package davy

// Version is the release this source tree is on its way to.
const Version = "0.1.0-dev"
