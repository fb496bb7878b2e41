package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	busyFor   = 300 // ticks: long enough that neither the time before it joined nor one of them matters
	tickNanos = 10_000_000
)

// The groups of the process: one in each hierarchy that matters, or one in all.
func groups() ([]string, error) {
	if _, err := os.Stat(top + "/cgroup.controllers"); err == nil {
		return []string{top + "/busy"}, os.WriteFile(top+"/cgroup.subtree_control", []byte("+cpu +memory +pids"), 0)
	}
	var all []string
	for _, name := range []string{"cpu", "cpuacct", "memory", "pids"} {
		all = append(all, filepath.Join(top, name, "busy"))
	}
	return all, nil
}

func fields(pid int, file string, after string) []string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	rest := string(text)
	if at := strings.LastIndex(rest, after); after != "" && at >= 0 {
		rest = rest[at+len(after):]
	}
	return append(strings.Fields(rest), make([]string, 16)...)
}

func number(text string) float64 {
	value, _ := strconv.ParseFloat(text, 64)
	return value
}

func cpuSeconds(pid int) float64 {
	stat := fields(pid, "stat", ") ")
	return (number(stat[11]) + number(stat[12])) * tickNanos / 1e9
}

func memoryBytes(pid int) float64 {
	return number(fields(pid, "statm", "")[1]) * float64(os.Getpagesize())
}

// metrics gives what /metrics of cAdvisor says of the group.
func metrics(url string) (cpu, memory float64, err error) {
	response, err := http.Get(url)
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, 0, err
	}
	value := func(name string) float64 {
		found := regexp.MustCompile(`(?m)^` + name + `\{[^}]*id="/busy"[^}]*\} (\S+)`).FindSubmatch(body)
		if found == nil {
			err = fmt.Errorf("%s says nothing of %s of /busy", url, name)
			return 0
		}
		return number(string(found[1]))
	}
	return value("container_cpu_usage_seconds_total"), value("container_memory_usage_bytes"), err
}

func within(a, b float64) bool { return a > 0.9*b && a < 1.1*b }

// compare waits until cAdvisor has looked at the process while it stands still.
func compare(url string, pid int) error {
	deadline := time.Now().Add(patience)
	for {
		time.Sleep(500 * time.Millisecond)
		cpu, memory, err := metrics(url)
		wantCPU, wantMemory := cpuSeconds(pid), memoryBytes(pid)
		if err == nil && !(within(cpu, wantCPU) && within(memory, wantMemory)) {
			err = errors.New("cAdvisor and /proc differ by more than a tenth")
		}
		if err == nil || time.Now().After(deadline) {
			fmt.Printf("cpu %.2f s, /proc %.2f s; memory %.0f, /proc %.0f\n", cpu, wantCPU, memory, wantMemory)
			return err
		}
	}
}

// compareBusy puts a busy process into a group of its own and compares what cAdvisor says of it with /proc, while the process
// stands still: CPU time and memory must be within a tenth.
func compareBusy(url string) error {
	all, err := groups()
	if err != nil {
		return err
	}
	busy := exec.Command("sh", "-c", "while :; do :; done")
	if err := busy.Start(); err != nil {
		return err
	}
	pid := busy.Process.Pid
	defer func() {
		_ = busy.Process.Kill()
		_ = busy.Wait()
		for _, group := range all {
			_ = os.Remove(group)
		}
	}()
	for _, group := range all {
		if err := os.Mkdir(group, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(group+"/cgroup.procs", []byte(strconv.Itoa(pid)), 0); err != nil {
			return err
		}
	}
	for deadline := time.Now().Add(patience); cpuSeconds(pid)*1e9/tickNanos < busyFor && time.Now().Before(deadline); {
		time.Sleep(100 * time.Millisecond)
	}
	if err := busy.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return compare(url, pid)
}
