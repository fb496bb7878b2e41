package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	namespaceDir   = "/run/netns"
	outsideAddress = "198.51.100.2"
	hostOutside    = "198.51.100.1"
	hostNetwork    = "192.0.2.0/24" // of the host's eth0
)

func namespacePath(name string) string { return filepath.Join(namespaceDir, "podnet-"+name) }

// A new network namespace that a file keeps, as `ip netns add` makes it, with lo up.
func makeNamespace(name string) error {
	if err := os.MkdirAll(namespaceDir, 0o755); err != nil {
		return err
	}
	path := namespacePath(name)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return err
	}
	file.Close()
	return onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("unshare: %w", err)
		}
		own := fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid())
		if err := unix.Mount(own, path, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("bind %s: %w", own, err)
		}
		return setLoopbackUp()
	})
}

func setLoopbackUp() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(socket, unix.SIOCGIFFLAGS, request); err != nil {
		return fmt.Errorf("flags of lo: %w", err)
	}
	if request.Uint16()&unix.IFF_UP != 0 {
		return nil
	}
	request.SetUint16(request.Uint16() | unix.IFF_UP)
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("set lo up: %w", err)
	}
	return nil
}

func removeNamespace(name string) error {
	path := namespacePath(name)
	if err := unix.Unmount(path, unix.MNT_DETACH); err != nil && err != unix.EINVAL && err != unix.ENOENT {
		return fmt.Errorf("unmount %s: %w", path, err)
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

// Runs the work on a thread of its own, which is not used again: it ends in another namespace.
func onThread(work func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		done <- work()
	}()
	return <-done
}

// Sockets that the work opens belong to that place for good, whichever thread uses them later.
func inside(place string, work func() error) error {
	if place == "host" {
		return work()
	}
	return onThread(func() error {
		fd, err := unix.Open(namespacePath(place), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("open namespace of %s: %w", place, err)
		}
		defer unix.Close(fd)
		if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter namespace of %s: %w", place, err)
		}
		return work()
	})
}

func call(ctx context.Context, words ...string) error {
	output, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, strings.TrimSpace(string(output)))
	}
	return nil
}

func makeOutside(ctx context.Context, _ []string) error {
	if err := makeNamespace("outside"); err != nil {
		return err
	}
	name := filepath.Base(namespacePath("outside"))
	for _, line := range []string{
		"ip link add podnet0 type veth peer name podnet1",
		"ip link set podnet1 netns " + name,
		"ip addr add " + hostOutside + "/24 dev podnet0",
		"ip link set podnet0 up",
		"ip netns exec " + name + " ip addr add " + outsideAddress + "/24 dev podnet1",
		"ip netns exec " + name + " ip link set podnet1 up",
		// The host's address on its way out, which is what a pod's is translated to; never a pod's own.
		"ip netns exec " + name + " ip route add " + hostNetwork + " via " + hostOutside,
	} {
		if err := call(ctx, strings.Fields(line)...); err != nil {
			return err
		}
	}
	return nil
}

// Plain DNAT rules, as a service proxy that works in gVisor writes them.
func makeService(ctx context.Context, args []string) error {
	pod, err := addressOf(args[0], "host", false)
	if err != nil {
		return err
	}
	for _, chain := range []string{"PREROUTING", "OUTPUT"} {
		for _, protocol := range []string{"tcp", "udp"} {
			err := call(ctx, "iptables-legacy", "-t", "nat", "-A", chain, "-d", serviceAddress, "-p", protocol,
				"--dport", "80", "-j", "DNAT", "--to-destination", pod.String()+":80")
			if err != nil {
				return err
			}
		}
	}
	// A service address must lead somewhere before OUTPUT can change it.
	return call(ctx, "ip", "addr", "add", serviceAddress+"/32", "dev", "lo")
}

func lookForLeftovers(ctx context.Context, _ []string) error {
	var problems []string
	links, err := exec.CommandContext(ctx, "ip", "-o", "link").Output()
	if err != nil {
		return err
	}
	for _, line := range strings.Split(string(links), "\n") {
		fields := strings.Fields(line)
		if len(fields) > 1 && strings.HasPrefix(fields[1], "veth") {
			problems = append(problems, "interface "+fields[1])
		}
	}
	rules, err := exec.CommandContext(ctx, "iptables-legacy", "-t", "nat", "-S").Output()
	if err != nil {
		return err
	}
	for _, line := range strings.Split(string(rules), "\n") {
		if strings.HasPrefix(line, "-A") && !strings.Contains(line, serviceAddress) {
			problems = append(problems, "rule "+line)
		}
	}
	for _, folder := range []string{"/var/lib/cni/networks", "/run/cni/networks"} {
		files, _ := filepath.Glob(folder + "/*/*[.:]*")
		for _, file := range files {
			if !strings.Contains(file, "last_reserved_ip") && !strings.Contains(file, "lock") {
				problems = append(problems, "address "+file)
			}
		}
	}
	return joined(problems)
}
