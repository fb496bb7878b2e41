// What an interposer must not disturb, as a Go program: the verbs of workload.cc, carried out by 16
// goroutines that each hold a thread while they are in a system call.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"syscall"
)

const goroutines = 16
const rounds = 160 // of `work`, shared by the goroutines

// inAll runs act in every goroutine at once and returns the different answers.
func inAll(act func() string) map[string]bool {
	answers := make([]string, goroutines)
	var group sync.WaitGroup
	for i := range answers {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			runtime.LockOSThread() // its thread ends with it
			answers[i] = act()
		}(i)
	}
	group.Wait()
	different := map[string]bool{}
	for _, answer := range answers {
		different[answer] = true
	}
	return different
}

func print(answers map[string]bool) int {
	for answer := range answers {
		fmt.Print(answer)
	}
	if len(answers) > 1 {
		fmt.Fprintln(os.Stderr, "the goroutines disagree")
		return 1
	}
	return 0
}

func read(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error() + "\n"
	}
	return string(text)
}

// typeOf asks by path and by descriptor, which must say the same.
func typeOf(path string) string {
	var byPath, byFd syscall.Statfs_t
	if err := syscall.Statfs(path, &byPath); err != nil {
		return "statfs: " + err.Error() + "\n"
	}
	file, err := os.Open(path)
	if err != nil {
		return err.Error() + "\n"
	}
	defer file.Close()
	if err := syscall.Fstatfs(int(file.Fd()), &byFd); err != nil {
		return "fstatfs: " + err.Error() + "\n"
	}
	if byPath.Type != byFd.Type {
		return "statfs and fstatfs disagree\n"
	}
	return fmt.Sprintf("%x\n", byPath.Type)
}

func child(path string) int {
	command := exec.Command("/proc/self/exe", "read", path)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func work(path string) string {
	for i := 0; i < rounds/goroutines; i++ {
		if read(path) == "" {
			return "empty\n"
		}
		runtime.Gosched()
	}
	return "done\n"
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: go-program start TEXT|read FILE|type PATH|child FILE|work FILE|exit CODE")
		os.Exit(64)
	}
	argument := os.Args[2]
	switch os.Args[1] {
	case "start":
		inAll(func() string { return "" })
		fmt.Println(argument)
	case "read":
		os.Exit(print(inAll(func() string { return read(argument) })))
	case "type":
		os.Exit(print(inAll(func() string { return typeOf(argument) })))
	case "child":
		os.Exit(child(argument))
	case "work":
		os.Exit(print(inAll(func() string { return work(argument) })))
	case "exit":
		inAll(func() string { return "" })
		code, _ := strconv.Atoi(argument)
		os.Exit(code)
	default:
		os.Exit(64)
	}
}
