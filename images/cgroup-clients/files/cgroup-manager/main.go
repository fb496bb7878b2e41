// Command cgroup-manager manages one container with libcontainer's cgroup managers, as runc and the kubelet do: Apply, Set,
// GetStats, Freeze, Destroy. Prints a line of JSON per step and exits with 1 at the first that fails.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/opencontainers/cgroups"
	_ "github.com/opencontainers/cgroups/devices" // makes the managers set device rules
	devices "github.com/opencontainers/cgroups/devices/config"
	"github.com/opencontainers/cgroups/manager"
)

const (
	memoryLimit = 64 << 20
	cpuQuota    = 50000
	cpuPeriod   = 100000
	pidsLimit   = 20
)

type step struct {
	Step  string         `json:"step"`
	Error *string        `json:"error"`
	Seen  map[string]any `json:"seen,omitempty"`
}

func report(name string, seen map[string]any, err error) {
	line := step{Step: name, Seen: seen}
	if err != nil {
		text := err.Error()
		line.Error = &text
	}
	text, _ := json.Marshal(line)
	fmt.Println(string(text))
}

// read returns the content of the named file of the container's group; on v1 the controller is its first word.
func read(group cgroups.Manager, name string) string {
	controller := ""
	if !cgroups.IsCgroup2UnifiedMode() {
		controller, _, _ = strings.Cut(name, ".")
	}
	text, err := os.ReadFile(filepath.Join(group.Path(controller), name))
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text))
}

func limits() *cgroups.Resources {
	swappiness, pids := uint64(10), int64(pidsLimit)
	resources := &cgroups.Resources{
		Memory:    memoryLimit,
		CpuQuota:  cpuQuota,
		CpuPeriod: cpuPeriod,
		CpuShares: 512,
		PidsLimit: &pids,
	}
	if cgroups.IsCgroup2UnifiedMode() {
		resources.SkipDevices = true // device rules of v2 are BPF programs, which is another question
		resources.CpuWeight = cgroups.ConvertCPUSharesToCgroupV2Value(512)
	} else {
		resources.MemorySwappiness = &swappiness
		resources.Devices = []*devices.Rule{
			{Type: 'a', Major: devices.Wildcard, Minor: devices.Wildcard, Permissions: "rwm", Allow: false},
			{Type: 'c', Major: 1, Minor: 3, Permissions: "rwm", Allow: true},
		}
	}
	return resources
}

func limitFiles(group cgroups.Manager) map[string]any {
	names := []string{"memory.limit_in_bytes", "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.shares", "pids.max", "devices.list"}
	if cgroups.IsCgroup2UnifiedMode() {
		names = []string{"memory.max", "cpu.max", "cpu.weight", "pids.max"}
	}
	seen := map[string]any{}
	for _, name := range names {
		seen[name] = read(group, name)
	}
	return seen
}

// ticks of CPU time that /proc tells of the process.
func ticks(pid int) uint64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	var user, system uint64
	fmt.Sscan(fields[11], &user)
	fmt.Sscan(fields[12], &system)
	return user + system
}

func manage(group cgroups.Manager, pid int) error {
	steps := []struct {
		name string
		do   func() (map[string]any, error)
	}{
		{"apply", func() (map[string]any, error) {
			if err := group.Apply(pid); err != nil {
				return nil, err
			}
			pids, err := group.GetPids()
			if err == nil && (len(pids) != 1 || pids[0] != pid) {
				err = fmt.Errorf("the group holds %v, not [%d]", pids, pid)
			}
			return map[string]any{"paths": group.GetPaths()}, err
		}},
		{"set", func() (map[string]any, error) {
			if err := group.Set(limits()); err != nil {
				return nil, err
			}
			return limitFiles(group), nil
		}},
		{"stats", func() (map[string]any, error) {
			time.Sleep(time.Second) // the process is busy meanwhile
			stats, err := group.GetStats()
			if err != nil {
				return nil, err
			}
			return map[string]any{
				"cpu_usage_ns":     stats.CpuStats.CpuUsage.TotalUsage,
				"cpu_of_proc_ns":   ticks(pid) * 10_000_000,
				"memory_bytes":     stats.MemoryStats.Usage.Usage,
				"memory_limit":     stats.MemoryStats.Usage.Limit,
				"pids_current":     stats.PidsStats.Current,
				"pids_limit":       stats.PidsStats.Limit,
				"throttled_period": stats.CpuStats.ThrottlingData.ThrottledPeriods,
			}, nil
		}},
		{"freeze", func() (map[string]any, error) {
			if err := group.Freeze(cgroups.Frozen); err != nil {
				return nil, err
			}
			before := ticks(pid)
			time.Sleep(300 * time.Millisecond)
			state, err := group.GetFreezerState()
			return map[string]any{"state": state, "ticks_while_frozen": ticks(pid) - before}, err
		}},
		{"thaw", func() (map[string]any, error) {
			if err := group.Freeze(cgroups.Thawed); err != nil {
				return nil, err
			}
			state, err := group.GetFreezerState()
			return map[string]any{"state": state}, err
		}},
	}
	for _, each := range steps {
		seen, err := each.do()
		report(each.name, seen, err)
		if err != nil {
			return err
		}
	}
	return nil
}

func run(name string) error {
	busy := exec.Command("sh", "-c", "while :; do :; done")
	if err := busy.Start(); err != nil {
		return err
	}
	end := func() {
		_ = busy.Process.Kill()
		_ = busy.Wait()
	}
	group, err := manager.New(&cgroups.Cgroup{Path: "/" + name, Resources: limits()})
	report("manager", map[string]any{"unified": cgroups.IsCgroup2UnifiedMode()}, err)
	if err != nil {
		end()
		return err
	}
	err = manage(group, busy.Process.Pid)
	end()
	if err != nil {
		return err
	}
	err = group.Destroy()
	if err == nil && group.Exists() {
		err = fmt.Errorf("the group is still there")
	}
	report("destroy", nil, err)
	return err
}

func main() {
	name := flag.String("name", "managed", "name of the container's group")
	flag.Parse()
	if err := run(*name); err != nil {
		os.Exit(1)
	}
}
