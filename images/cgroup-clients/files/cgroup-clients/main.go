// Command cgroup-clients compares what clients of cgroups see in the files of a group with what is true.
package main

import (
	"fmt"
	"os"
)

const (
	top   = "/sys/fs/cgroup"
	usage = `usage: cgroup-clients limited RUNTIME   a container with limits, run by runc or crun
       cgroup-clients busy URL          a busy process, by the word of cAdvisor's /metrics`
)

func run(words []string) error {
	if len(words) == 2 {
		switch words[0] {
		case "limited":
			return runLimited(words[1])
		case "busy":
			return compareBusy(words[1])
		}
	}
	fmt.Fprintln(os.Stderr, usage)
	os.Exit(64)
	return nil
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cgroup-clients:", err)
		os.Exit(1)
	}
}
