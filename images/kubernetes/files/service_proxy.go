package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

const (
	gatherFor       = 50 * time.Millisecond // changes come in bursts; one write of rules for each burst
	tryAgainAfter   = 2 * time.Second
	iptables        = "iptables-legacy"
	iptablesRestore = "iptables-legacy-restore"
)

// What the service proxy and DNS know of the cluster, kept up to date by watches.
type view struct {
	services  corelisters.ServiceLister
	endpoints discoverylisters.EndpointSliceLister
	changed   chan struct{} // holds one entry when something has changed since it was taken
}

func (c cluster) client() (*kubernetes.Clientset, error) {
	config, err := clientcmd.BuildConfigFromFlags("", c.file("kubeconfig"))
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(config)
}

func watchServices(ctx context.Context, c cluster) (*view, error) {
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	services, endpoints := factory.Core().V1().Services(), factory.Discovery().V1().EndpointSlices()
	v := &view{services.Lister(), endpoints.Lister(), make(chan struct{}, 1)}
	tell := func() {
		select {
		case v.changed <- struct{}{}:
		default:
		}
	}
	handler := cache.ResourceEventHandlerFuncs{AddFunc: func(any) { tell() }, UpdateFunc: func(any, any) { tell() },
		DeleteFunc: func(any) { tell() }}
	for _, informer := range []cache.SharedIndexInformer{services.Informer(), endpoints.Informer()} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return nil, err
		}
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	return v, nil
}

// runServiceProxy keeps the rules of the nat table what the services say until ctx ends.
func runServiceProxy(ctx context.Context, c cluster) error {
	v, err := watchServices(ctx, c)
	if err != nil {
		return err
	}
	written := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-v.changed:
		}
		time.Sleep(gatherFor)
		services, _ := v.services.List(labels.Everything())
		endpoints, _ := v.endpoints.List(labels.Everything())
		rules := rulesFor(forwardingsOf(services, endpoints, c.address), c.address)
		if rules == written {
			continue
		}
		if err := writeRules(ctx, rules); err != nil {
			klog.ErrorS(err, "The rules of services could not be written; connections to them fail")
			time.AfterFunc(tryAgainAfter, func() { v.changed <- struct{}{} })
			continue
		}
		written = rules
	}
}

// writeRules replaces both chains in one transaction and makes sure that they are called.
func writeRules(ctx context.Context, rules string) error {
	if err := runWithInput(ctx, rules, iptablesRestore, "--noflush"); err != nil {
		return err
	}
	for hook, chain := range map[string]string{"PREROUTING": incoming, "OUTPUT": own} {
		if runWithInput(ctx, "", iptables, "-t", "nat", "-C", hook, "-j", chain) == nil {
			continue
		}
		if err := runWithInput(ctx, "", iptables, "-t", "nat", "-A", hook, "-j", chain); err != nil {
			return err
		}
	}
	return nil
}

func runWithInput(ctx context.Context, input, program string, arguments ...string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, program, arguments...)
	command.Stdin = strings.NewReader(input)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", program, strings.Join(arguments, " "), err, strings.TrimSpace(string(output)))
	}
	return nil
}
