// Command cadvisor serves /metrics of cAdvisor as a library, put together as the kubelet does it: the raw container driver
// over the cgroup tree that is mounted, no container runtime.
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/google/cadvisor/lib/cache/memory"
	"github.com/google/cadvisor/lib/container"
	_ "github.com/google/cadvisor/lib/fs/overlay/install"
	_ "github.com/google/cadvisor/lib/fs/tmpfs/install"
	_ "github.com/google/cadvisor/lib/fs/vfs/install"
	"github.com/google/cadvisor/lib/manager"
	"github.com/google/cadvisor/lib/metrics"
	info "github.com/google/cadvisor/lib/model"
	"github.com/google/cadvisor/lib/utils/sysfs"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
)

func run(address string, interval time.Duration) error {
	included := container.MetricSet{
		container.CpuUsageMetrics:    struct{}{},
		container.MemoryUsageMetrics: struct{}{},
		container.CpuLoadMetrics:     struct{}{},
		container.ProcessMetrics:     struct{}{},
	}
	dynamic := false
	cache := memory.New(2*time.Minute, nil)
	watcher, err := manager.New(cache, sysfs.NewRealSysFs(),
		manager.HousekeepingConfig{Interval: &interval, AllowDynamic: &dynamic},
		included, []string{""}, nil, "", 0) // every group is a container
	if err != nil {
		return fmt.Errorf("making the manager: %w", err)
	}
	if err := watcher.Start(); err != nil {
		return fmt.Errorf("starting the manager: %w", err)
	}
	registry := prometheus.NewRegistry()
	always := time.Duration(0)
	registry.MustRegister(metrics.NewPrometheusCollector(watcher, nil, included, clock.RealClock{},
		info.RequestOptions{IdType: info.TypeName, Count: 1, Recursive: true, MaxAge: &always}))
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	fmt.Println("ready", address)
	return http.ListenAndServe(address, nil)
}

func main() {
	klog.InitFlags(nil)
	address := flag.String("listen", "127.0.0.1:8080", "where /metrics is served")
	interval := flag.Duration("interval", time.Second, "how often containers are looked at")
	flag.Parse()
	if err := run(*address, *interval); err != nil {
		fmt.Fprintln(os.Stderr, "cadvisor:", err)
		os.Exit(1)
	}
}
