// All of Kubernetes in one program, which acts by its own name or, as `kubernetes`, by its first argument:
//
//	kubernetes prepare   writes certificates, credentials and configurations of a cluster of one node
//	kubernetes server    datastore, API server, controller manager, scheduler, service proxy, DNS and, if asked, a kubelet, as
//	                     threads of one process, which is how k3s does it
//	kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, kubectl   the programs of that name, unchanged
//	kubelet-quiet        a kubelet whose cAdvisor is a stub: what a flag that switches cAdvisor off would give
//	etcd                 the datastore alone
//	kubernetes metrics   compares what the kubelet says of a container with what is known of it
//
// Nothing of Kubernetes is changed: these are its published modules, put together.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// sysexits.h
const (
	exitUsage    = 64
	exitInternal = 70
)

// The programs of Kubernetes, as they are.
var programs = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllers.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kubelet":                 func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
	"kubectl":                 kubectl.NewDefaultKubectlCommand,
}

// What is ours; each returns when it is done or ctx ends.
var commands = map[string]func(ctx context.Context, arguments []string) error{
	"prepare":       prepare,
	"server":        serve,
	"etcd":          runDatastoreAlone,
	"kubelet-quiet": runQuietKubelet,
	"metrics":       metrics,
}

func main() {
	name := filepath.Base(os.Args[0])
	if _, ours := commands[name]; !ours && programs[name] == nil {
		if len(os.Args) < 2 {
			usage()
		}
		os.Args = os.Args[1:]
		name = os.Args[0]
	}
	if program := programs[name]; program != nil {
		if name == "kubectl" {
			findKubeconfig()
		}
		os.Exit(cli.Run(program()))
	}
	command := commands[name]
	if command == nil {
		usage()
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := command(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(exitInternal)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: kubernetes prepare|server|etcd|kube-apiserver|kube-controller-manager|kube-scheduler|"+
		"kubelet|kubelet-quiet|kubectl [FLAG...]")
	os.Exit(exitUsage)
}

// kubectl asks the cluster that was prepared here, unless it is told of another.
func findKubeconfig() {
	prepared := filepath.Join(defaultFolder, "kubeconfig")
	if _, err := os.Stat(prepared); err == nil && os.Getenv("KUBECONFIG") == "" {
		os.Setenv("KUBECONFIG", prepared)
	}
}
