package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

//go:embed config.json
var config []byte

const (
	limited  = "limited" // cgroupsPath of config.json
	patience = 20 * time.Second
)

// A file of the group, and what must stand in it; "" is a number above 0.
type expected struct{ file, value string }

var v1 = []expected{
	{"memory/limited/memory.limit_in_bytes", "67108864"},
	{"cpu/limited/cpu.cfs_quota_us", "50000"},
	{"cpu/limited/cpu.cfs_period_us", "100000"},
	{"cpu/limited/cpu.shares", "512"},
	{"pids/limited/pids.max", "20"},
	{"pids/limited/pids.current", ""},
	{"pids/limited/cgroup.procs", ""},
	{"cpuacct/limited/cpuacct.usage", ""},
	{"memory/limited/memory.usage_in_bytes", ""},
}

var v2 = []expected{
	{"limited/memory.max", "67108864"},
	{"limited/cpu.max", "50000 100000"},
	{"limited/pids.max", "20"},
	{"limited/pids.current", ""},
	{"limited/cgroup.procs", ""},
	{"limited/memory.current", ""},
}

func files() []expected {
	if _, err := os.Stat(filepath.Join(top, "cgroup.controllers")); err == nil {
		return v2
	}
	return v1
}

func holds(want expected, text string) bool {
	if want.value != "" {
		return text == want.value
	}
	first, _, _ := strings.Cut(text, "\n")
	number, err := strconv.ParseUint(first, 10, 64)
	return err == nil && number > 0
}

// look prints what stands in the files once they are right, or at the end of the time.
func look(ended <-chan error) error {
	deadline := time.Now().Add(patience)
	for {
		var lines, wrong []string
		for _, want := range files() {
			text, err := os.ReadFile(filepath.Join(top, want.file))
			shown := strings.TrimSpace(string(text))
			if err != nil {
				shown = err.Error()
			}
			lines = append(lines, fmt.Sprintf("%s %s", want.file, strings.ReplaceAll(shown, "\n", " ")))
			if err != nil || !holds(want, shown) {
				wrong = append(wrong, want.file)
			}
		}
		select {
		case err := <-ended:
			return fmt.Errorf("the container ended (%v) while these were not right: %s", err, strings.Join(wrong, " "))
		default:
		}
		if len(wrong) == 0 || time.Now().After(deadline) {
			fmt.Println(strings.Join(lines, "\n"))
			if len(wrong) != 0 {
				return fmt.Errorf("not right within %v: %s", patience, strings.Join(wrong, " "))
			}
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// runLimited has an OCI runtime run a container with limits, and looks at the files of its group meanwhile: the limits must
// stand there, and the processes, CPU time and memory of the container.
func runLimited(runtime string) error {
	bundle, err := os.MkdirTemp("/var/tmp", "limited") // not on a mount without devices, as /tmp may be
	if err != nil {
		return err
	}
	defer os.RemoveAll(bundle)
	if err := errors.Join(os.MkdirAll(filepath.Join(bundle, "rootfs", "dev"), 0o755),
		os.WriteFile(filepath.Join(bundle, "config.json"), config, 0o644)); err != nil {
		return err
	}
	container := exec.Command(runtime, "--root", filepath.Join(bundle, "state"), "run", "-b", bundle, limited)
	container.Stdout, container.Stderr = os.Stdout, os.Stderr
	if err := container.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- container.Wait() }()
	if err := look(ended); err != nil {
		_ = container.Process.Kill()
		return err
	}
	if err := <-ended; err != nil {
		return fmt.Errorf("%s run: %w", runtime, err)
	}
	for _, want := range files() {
		if _, err := os.Stat(filepath.Dir(filepath.Join(top, want.file))); err == nil {
			return fmt.Errorf("the group of %s is still there", want.file)
		}
	}
	fmt.Println("the groups are gone")
	return nil
}
