// podnet drives CNI plugins through libcni, as a container runtime does, and sends traffic between the namespaces that
// they connected. Every command is one question: it exits with 0 and says what it saw, or with 1 and says what was wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"
)

const usage = `usage: podnet COMMAND
  add POD [HOSTPORT:PORT/PROTO]   a namespace, and the plugins' ADD for it; prints the result
  check POD | del POD | gc | status
  interface POD          its eth0 is up and has the addresses of the result
  outside                a namespace of its own behind a link of the host: 198.51.100.2, which knows no pods
  http FROM TO [AT]      GET from one place to a server in another, at its own address or at AT (ADDRESS:PORT)
  bulk FROM TO [AT]      as http, with an answer of 16 MiB
  udp FROM TO [AT]       a datagram there and back
  ping FROM TO           an ICMP echo there and back
  service POD            a DNAT from 10.96.0.9:80 to the pod's port 80, in OUTPUT and PREROUTING
  many N                 N pods at once: added, addresses distinct, deleted
  left                   no interface, no rule and no address is left
Places: a POD, host, outside. With 6 behind the command (http6, udp6, ping6) over IPv6.
Environment: CNI_CONF_DIR, CNI_PATH.
`

type command struct {
	run      func(ctx context.Context, args []string) error
	min, max int
}

const small, large = 16 << 10, 16 << 20 // bytes of an answer

var commands = map[string]command{
	"add":       {addPod, 1, 2},
	"check":     {checkPod, 1, 1},
	"del":       {delPod, 1, 1},
	"gc":        {collectGarbage, 0, 0},
	"status":    {showStatus, 0, 0},
	"interface": {checkInterface, 1, 1},
	"outside":   {makeOutside, 0, 0},
	"http":      {func(c context.Context, a []string) error { return getBetween(c, a, small, false) }, 2, 3},
	"http6":     {func(c context.Context, a []string) error { return getBetween(c, a, small, true) }, 2, 3},
	"bulk":      {func(c context.Context, a []string) error { return getBetween(c, a, large, false) }, 2, 3},
	"udp":       {func(c context.Context, a []string) error { return datagramBetween(c, a, false) }, 2, 3},
	"udp6":      {func(c context.Context, a []string) error { return datagramBetween(c, a, true) }, 2, 3},
	"ping":      {func(c context.Context, a []string) error { return pingBetween(c, a, false) }, 2, 2},
	"ping6":     {func(c context.Context, a []string) error { return pingBetween(c, a, true) }, 2, 2},
	"service":   {makeService, 1, 1},
	"many":      {addMany, 1, 1},
	"left":      {lookForLeftovers, 0, 0},
}

func main() {
	if len(os.Args) < 2 || strings.HasPrefix(os.Args[1], "-") {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(64)
	}
	chosen, known := commands[os.Args[1]]
	args := os.Args[2:]
	if !known || len(args) < chosen.min || len(args) > chosen.max {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(64)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	if err := chosen.run(ctx, args); err != nil {
		fmt.Fprintf(os.Stderr, "podnet: %s: %v\n", strings.Join(os.Args[1:], " "), err)
		os.Exit(1)
	}
}

// All that went wrong in one error, sorted so that two runs read alike.
func joined(problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	sort.Strings(problems)
	return errors.New(strings.Join(problems, "; "))
}
