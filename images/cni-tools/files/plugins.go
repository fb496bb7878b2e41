package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/types"
	types100 "github.com/containernetworking/cni/pkg/types/100"
)

const ifname = "eth0"

func environment(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

// The first configuration by name, as runtimes choose it.
func loadNetwork() (*libcni.CNIConfig, *libcni.NetworkConfigList, error) {
	files, err := libcni.ConfFiles(environment("CNI_CONF_DIR", "/etc/cni/net.d"), []string{".conflist"})
	if err != nil {
		return nil, nil, err
	}
	if len(files) == 0 {
		return nil, nil, errors.New("no configuration in CNI_CONF_DIR")
	}
	list, err := libcni.ConfListFromFile(files[0])
	if err != nil {
		return nil, nil, err
	}
	path := filepath.SplitList(environment("CNI_PATH", "/opt/cni/bin"))
	return libcni.NewCNIConfigWithCacheDir(path, environment("PODNET_CACHE", "/run/podnet"), nil), list, nil
}

// HOSTPORT:PORT/PROTO as the capability portMappings.
func portMapping(text string) (map[string]any, error) {
	ports, protocol, _ := strings.Cut(text, "/")
	host, container, found := strings.Cut(ports, ":")
	hostPort, err1 := strconv.Atoi(host)
	containerPort, err2 := strconv.Atoi(container)
	if !found || err1 != nil || err2 != nil {
		return nil, fmt.Errorf("%q is not HOSTPORT:PORT/PROTO", text)
	}
	return map[string]any{"hostPort": hostPort, "containerPort": containerPort, "protocol": protocol}, nil
}

func runtimeOf(pod string) *libcni.RuntimeConf {
	return &libcni.RuntimeConf{
		ContainerID: pod,
		NetNS:       namespacePath(pod),
		IfName:      ifname,
		Args:        [][2]string{{"IgnoreUnknown", "1"}, {"K8S_POD_NAME", pod}},
	}
}

func addPod(ctx context.Context, args []string) error {
	cni, list, err := loadNetwork()
	if err != nil {
		return err
	}
	runtime := runtimeOf(args[0])
	if len(args) > 1 {
		mapping, err := portMapping(args[1])
		if err != nil {
			return err
		}
		runtime.CapabilityArgs = map[string]any{"portMappings": []map[string]any{mapping}}
	}
	if err := makeNamespace(args[0]); err != nil {
		return err
	}
	result, err := cni.AddNetworkList(ctx, list, runtime)
	if err != nil {
		return err
	}
	return result.PrintTo(os.Stdout)
}

func delPod(ctx context.Context, args []string) error {
	cni, list, err := loadNetwork()
	if err != nil {
		return err
	}
	// Twice: a runtime that is not sure asks again, and that is no error.
	for range 2 {
		if err := cni.DelNetworkList(ctx, list, runtimeOf(args[0])); err != nil {
			return err
		}
	}
	return removeNamespace(args[0])
}

func checkPod(ctx context.Context, args []string) error {
	cni, list, err := loadNetwork()
	if err != nil {
		return err
	}
	return cni.CheckNetworkList(ctx, list, runtimeOf(args[0]))
}

func collectGarbage(ctx context.Context, _ []string) error {
	cni, list, err := loadNetwork()
	if err != nil {
		return err
	}
	attachments, err := cni.GetCachedAttachments("")
	if err != nil {
		return err
	}
	valid := []types.GCAttachment{}
	for _, one := range attachments {
		valid = append(valid, types.GCAttachment{ContainerID: one.ContainerID, IfName: one.IfName})
	}
	return cni.GCNetworkList(ctx, list, &libcni.GCArgs{ValidAttachments: valid})
}

func showStatus(ctx context.Context, _ []string) error {
	cni, list, err := loadNetwork()
	if err != nil {
		return err
	}
	return cni.GetStatusNetworkList(ctx, list)
}

// What the plugins answered for the pod, as libcni keeps it.
func resultOf(pod string) (*types100.Result, error) {
	cni, list, err := loadNetwork()
	if err != nil {
		return nil, err
	}
	cached, err := cni.GetNetworkListCachedResult(list, runtimeOf(pod))
	if err != nil {
		return nil, err
	}
	if cached == nil {
		return nil, fmt.Errorf("no result of %s: it was not added", pod)
	}
	return types100.NewResultFromResult(cached)
}

// The address by which `from` asks for that place. The host is a pod's gateway.
func addressOf(place, from string, v6 bool) (net.IP, error) {
	switch place {
	case "outside":
		return net.ParseIP(outsideAddress), nil
	case "host":
		result, err := resultOf(from)
		if err != nil {
			return nil, err
		}
		for _, ip := range result.IPs {
			if (ip.Address.IP.To4() == nil) == v6 && ip.Gateway != nil {
				return ip.Gateway, nil
			}
		}
		return nil, errors.New("the result names no gateway of that family")
	}
	result, err := resultOf(place)
	if err != nil {
		return nil, err
	}
	for _, ip := range result.IPs {
		if (ip.Address.IP.To4() == nil) == v6 {
			return ip.Address.IP, nil
		}
	}
	return nil, fmt.Errorf("%s has no address of that family", place)
}

func checkInterface(_ context.Context, args []string) error {
	result, err := resultOf(args[0])
	if err != nil {
		return err
	}
	return inside(args[0], func() error {
		link, err := net.InterfaceByName(ifname)
		if err != nil {
			return err
		}
		if link.Flags&net.FlagUp == 0 {
			return errors.New(ifname + " is down")
		}
		addresses, err := link.Addrs()
		if err != nil {
			return err
		}
		for _, ip := range result.IPs {
			if !contains(addresses, ip.Address.IP) {
				return fmt.Errorf("%s lacks %s; it has %v", ifname, ip.Address.IP, addresses)
			}
		}
		return json.NewEncoder(os.Stdout).Encode(map[string]any{"mtu": link.MTU, "addresses": len(addresses)})
	})
}

func contains(addresses []net.Addr, wanted net.IP) bool {
	for _, one := range addresses {
		if prefix, ok := one.(*net.IPNet); ok && prefix.IP.Equal(wanted) {
			return true
		}
	}
	return false
}

func addMany(ctx context.Context, args []string) error {
	count, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	cni, list, err := loadNetwork()
	if err != nil {
		return err
	}
	var lock sync.Mutex
	var problems []string
	owners := map[string]string{}
	each := func(work func(pod string) error) {
		var group sync.WaitGroup
		for i := range count {
			group.Add(1)
			go func() {
				defer group.Done()
				if err := work(fmt.Sprintf("many%d", i)); err != nil {
					lock.Lock()
					problems = append(problems, err.Error())
					lock.Unlock()
				}
			}()
		}
		group.Wait()
	}
	each(func(pod string) error {
		if err := makeNamespace(pod); err != nil {
			return err
		}
		added, err := cni.AddNetworkList(ctx, list, runtimeOf(pod))
		if err != nil {
			return err
		}
		result, err := types100.NewResultFromResult(added)
		if err != nil {
			return err
		}
		lock.Lock()
		defer lock.Unlock()
		for _, ip := range result.IPs {
			text := ip.Address.IP.String()
			if other, taken := owners[text]; taken {
				return fmt.Errorf("%s and %s both got %s", other, pod, text)
			}
			owners[text] = pod
		}
		return nil
	})
	each(func(pod string) error {
		if err := cni.DelNetworkList(ctx, list, runtimeOf(pod)); err != nil {
			return err
		}
		return removeNamespace(pod)
	})
	fmt.Printf("%d addresses\n", len(owners))
	return joined(problems)
}
