// What runs in the pods of a scenario: one static program, which is also the whole of its image.
//
//	pod pause                         waits for SIGTERM
//	pod serve [--port N] [--text T]   answers HTTP: T (the host's name) on /, 204 on /healthz, a file's content on /file/PATH
//	pod get URL                       prints what it answers; exit code 1 unless that is 200
//	pod resolve NAME                  prints its addresses
//	pod spin SECONDS                  uses one processor for that long
//	pod hold MEBIBYTES                keeps that much memory, then waits for SIGTERM
//	pod load SECONDS MEBIBYTES        both, then serves as `serve` does
//	pod image NAME                    prints an image archive (docker-archive, which ctr imports) of this very program
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const answerWithin = 5 * time.Second

func main() {
	if len(os.Args) < 2 {
		usage()
	}
	arguments := os.Args[2:]
	if len(arguments) == 0 && (os.Args[1] == "get" || os.Args[1] == "resolve" || os.Args[1] == "spin" ||
		os.Args[1] == "hold" || os.Args[1] == "image") {
		usage()
	}
	var err error
	switch os.Args[1] {
	case "pause":
		pause()
	case "serve":
		err = serve(arguments)
	case "get":
		err = get(arguments[0])
	case "resolve":
		err = resolve(arguments[0])
	case "spin":
		err = spin(arguments[0])
	case "hold":
		err = hold(arguments[0])
	case "load":
		err = load(arguments)
	case "image":
		err = writeImage(os.Stdout, arguments[0])
	default:
		usage()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pod:", err)
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "pod: usage: pod pause|serve|get URL|resolve NAME|spin SECONDS|hold MEBIBYTES|load SECONDS MEBIBYTES|image NAME")
	os.Exit(64)
}

func pause() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	<-signals
}

func serve(arguments []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	port := flags.Int("port", 8080, "where it listens")
	name, _ := os.Hostname()
	text := flags.String("text", name, "what it answers")
	_ = flags.Parse(arguments)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, *text) })
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/file/", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, strings.TrimPrefix(r.URL.Path, "/file"))
	})
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", *port))
	if err != nil {
		return err
	}
	fmt.Printf("serving %s on %s\n", *text, listener.Addr())
	go func() { _ = http.Serve(listener, mux) }()
	pause()
	return nil
}

func get(address string) error {
	client := http.Client{Timeout: answerWithin}
	answer, err := client.Get(address)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(os.Stdout, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", address, answer.Status)
	}
	return nil
}

func resolve(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, name)
	if err != nil {
		return err
	}
	fmt.Println(strings.Join(addresses, "\n"))
	return nil
}

func spin(text string) error {
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return err
	}
	for end := time.Now().Add(time.Duration(seconds * float64(time.Second))); time.Now().Before(end); {
	}
	return nil
}

// load is measured in processor time, not in time: a machine may be busy with others.
func load(arguments []string) error {
	if len(arguments) != 2 {
		usage()
	}
	seconds, err := strconv.ParseFloat(arguments[0], 64)
	if err != nil {
		return err
	}
	for used := time.Duration(0); used.Seconds() < seconds; {
		var usage syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
			return err
		}
		used = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	ready := make(chan error, 1)
	go func() { ready <- hold(arguments[1]) }()
	select {
	case err := <-ready:
		return err
	case <-time.After(time.Second): // all of it was touched
	}
	return serve(nil)
}

func hold(text string) error {
	mebibytes, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	memory := make([]byte, mebibytes<<20)
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1
	}
	fmt.Printf("holding %d MiB\n", mebibytes)
	pause()
	fmt.Fprintln(io.Discard, memory[0])
	return nil
}
