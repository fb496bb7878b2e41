package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	serviceAddress = "10.96.0.9"
	patience       = 4 * time.Second
)

// FROM TO [AT]: where the server is, and the address by which it is asked.
func endpoints(args []string, v6 bool) (from, to, at string, port int, err error) {
	from, to = args[0], args[1]
	if len(args) == 3 {
		host, text, err := net.SplitHostPort(args[2])
		if err != nil {
			return "", "", "", 0, err
		}
		if host == "service" {
			host = serviceAddress
		}
		asked, err := strconv.Atoi(text)
		return from, to, net.JoinHostPort(host, strconv.Itoa(asked)), 80, err
	}
	address, err := addressOf(to, from, v6)
	if err != nil {
		return "", "", "", 0, err
	}
	return from, to, net.JoinHostPort(address.String(), "80"), 80, nil
}

func getBetween(_ context.Context, args []string, payload int, v6 bool) error {
	from, to, at, port, err := endpoints(args, v6)
	if err != nil {
		return err
	}
	var listener net.Listener
	err = inside(to, func() (err error) {
		listener, err = net.Listen("tcp", ":"+strconv.Itoa(port))
		return err
	})
	if err != nil {
		return fmt.Errorf("listen in %s: %w", to, err)
	}
	seen := make(chan string, 1)
	server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.RemoteAddr
		_, _ = w.Write(bytes.Repeat([]byte{'x'}, payload))
	})}
	go server.Serve(listener)
	defer server.Close()
	return inside(from, func() error {
		// Dialled here: a client would dial on another thread, in another namespace.
		connection, err := net.DialTimeout("tcp", at, patience)
		if err != nil {
			return err
		}
		defer connection.Close()
		_ = connection.SetDeadline(time.Now().Add(patience))
		client := http.Client{Transport: &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) { return connection, nil },
		}}
		answer, err := client.Get("http://" + at + "/")
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		size, err := io.Copy(io.Discard, answer.Body)
		if err != nil {
			return err
		}
		if size != int64(payload) {
			return fmt.Errorf("%d bytes came of %d", size, payload)
		}
		fmt.Printf("%d bytes; the server saw %s\n", size, <-seen)
		return nil
	})
}

func datagramBetween(_ context.Context, args []string, v6 bool) error {
	from, to, at, port, err := endpoints(args, v6)
	if err != nil {
		return err
	}
	var server net.PacketConn
	err = inside(to, func() (err error) {
		server, err = net.ListenPacket("udp", ":"+strconv.Itoa(port))
		return err
	})
	if err != nil {
		return fmt.Errorf("listen in %s: %w", to, err)
	}
	defer server.Close()
	go func() {
		buffer := make([]byte, 2048)
		for {
			count, who, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = server.WriteTo(buffer[:count], who)
		}
	}()
	return inside(from, func() error {
		// Connected: an answer from another address than the one that was asked is not taken.
		connection, err := net.Dial("udp", at)
		if err != nil {
			return err
		}
		defer connection.Close()
		buffer := make([]byte, 2048)
		var last error
		// Datagrams may be lost while an address is being resolved.
		for range 4 {
			if _, err := connection.Write([]byte("there and back")); err != nil {
				last = err
				continue
			}
			_ = connection.SetReadDeadline(time.Now().Add(patience / 4))
			count, err := connection.Read(buffer)
			if err == nil && string(buffer[:count]) == "there and back" {
				fmt.Println("answered by", connection.RemoteAddr())
				return nil
			}
			last = err
		}
		return last
	})
}

func echoRequest(v6 bool) []byte {
	message := make([]byte, 16)
	message[0] = 8
	if v6 {
		message[0] = 128
	}
	binary.BigEndian.PutUint16(message[4:], 0x7062)
	copy(message[8:], "there...")
	if v6 {
		return message // the kernel writes the checksum of ICMPv6
	}
	var sum uint32
	for i := 0; i < len(message); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(message[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(message[2:], ^uint16(sum))
	return message
}

func pingBetween(_ context.Context, args []string, v6 bool) error {
	address, err := addressOf(args[1], args[0], v6)
	if err != nil {
		return err
	}
	return inside(args[0], func() error {
		network, answer := "ip4:icmp", byte(0)
		if v6 {
			network, answer = "ip6:ipv6-icmp", byte(129)
		}
		connection, err := net.ListenPacket(network, map[bool]string{false: "0.0.0.0", true: "::"}[v6])
		if err != nil {
			return err
		}
		defer connection.Close()
		end := time.Now().Add(patience)
		buffer := make([]byte, 256)
		for time.Now().Before(end) {
			if _, err := connection.WriteTo(echoRequest(v6), &net.IPAddr{IP: address}); err != nil {
				return err
			}
			_ = connection.SetReadDeadline(time.Now().Add(patience / 4))
			for {
				count, who, err := connection.ReadFrom(buffer)
				if err != nil {
					break
				}
				if count > 8 && buffer[0] == answer && strings.Split(who.String(), "%")[0] == address.String() {
					fmt.Println("answered by", who)
					return nil
				}
			}
		}
		return errors.Join(fmt.Errorf("no answer from %s", address), unix.ETIMEDOUT)
	})
}
