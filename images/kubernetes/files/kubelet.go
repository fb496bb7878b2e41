package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	cliflag "k8s.io/component-base/cli/flag"
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/kubernetes/cmd/kubelet/app"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/kubeletconfig/configfiles"
	utilfs "k8s.io/kubernetes/pkg/util/filesystem"
)

func (c cluster) kubeletFlags(more []string) []string {
	flags := []string{"--config=" + c.file("kubelet.yaml"), "--kubeconfig=" + c.file("kubeconfig"),
		"--hostname-override=" + c.node, "--node-ip=" + c.address}
	for _, flag := range more {
		flags = append(flags, "--"+flag)
	}
	return flags
}

func runQuietKubelet(ctx context.Context, arguments []string) error {
	return runKubelet(ctx, arguments, true)
}

// runKubelet does what the command of cmd/kubelet does. That one sets up the handling of signals, which is possible once
// in a process, and does not let its caller replace anything.
func runKubelet(ctx context.Context, arguments []string, quiet bool) error {
	server, err := kubeletServer(ctx, arguments)
	if err != nil {
		return err
	}
	dependencies, err := app.UnsecuredDependencies(ctx, server, utilfeature.DefaultFeatureGate)
	if err != nil {
		return err
	}
	if quiet {
		dependencies.CAdvisorInterface = quietCadvisor{root: server.RootDirectory}
	}
	return app.Run(ctx, server, dependencies, utilfeature.DefaultFeatureGate)
}

// kubeletServer reads flags and the file that they name; a flag wins over the file.
func kubeletServer(ctx context.Context, arguments []string) (*options.KubeletServer, error) {
	flags := options.NewKubeletFlags()
	config, err := options.NewKubeletConfiguration()
	if err != nil {
		return nil, err
	}
	if err := parseKubeletFlags(arguments, flags, config); err != nil {
		return nil, err
	}
	if flags.KubeletConfigFile != "" {
		if config, err = loadKubeletConfiguration(ctx, flags.KubeletConfigFile); err != nil {
			return nil, err
		}
		if err := parseKubeletFlags(arguments, options.NewKubeletFlags(), config); err != nil {
			return nil, err
		}
	}
	if err := logsapi.ValidateAndApply(&config.Logging, utilfeature.DefaultFeatureGate); err != nil {
		return nil, err
	}
	return &options.KubeletServer{KubeletFlags: *flags, KubeletConfiguration: *config}, nil
}

func parseKubeletFlags(arguments []string, flags *options.KubeletFlags, config *kubeletconfig.KubeletConfiguration) error {
	set := pflag.NewFlagSet("kubelet", pflag.ContinueOnError)
	set.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	flags.AddFlags(set)
	options.AddKubeletConfigFlags(set, config)
	return set.Parse(arguments)
}

func loadKubeletConfiguration(ctx context.Context, name string) (*kubeletconfig.KubeletConfiguration, error) {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(absolute); err != nil {
		return nil, err
	}
	loader, err := configfiles.NewFsLoader(&utilfs.DefaultFs{}, absolute)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", absolute, err)
	}
	return loader.Load(ctx)
}
