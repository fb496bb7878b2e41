package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"k8s.io/client-go/kubernetes"
	stats "k8s.io/kubelet/pkg/apis/stats/v1alpha1"
)

// What is said of one container, by whom.
type reading struct {
	source     string
	cpuSeconds float64
	memory     float64 // bytes
}

// metrics compares what the kubelet says of the first container of a pod with what the caller knows of it.
func metrics(ctx context.Context, arguments []string) error {
	var c cluster
	flags := c.flags("metrics")
	pod := flags.String("pod", "", "the pod, in the namespace default")
	cpu := flags.Float64("cpu-seconds", 0, "processor time that its first container has used")
	memory := flags.Float64("memory-bytes", 0, "memory that it keeps")
	within := flags.Float64("within", 10, "percent by which the numbers may differ")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	var problems []error
	for _, read := range []func(context.Context, *kubernetes.Clientset, string, string) (reading, error){fromSummary, fromCadvisor} {
		r, err := read(ctx, client, c.node, *pod)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		fmt.Printf("%s: %.2f s of %.2f s, %.1f MiB of %.1f MiB\n", r.source, r.cpuSeconds, *cpu, r.memory/(1<<20), *memory/(1<<20))
		problems = append(problems, near(r.source+": processor time", r.cpuSeconds, *cpu, *within),
			near(r.source+": memory", r.memory, *memory, *within))
	}
	return errors.Join(problems...)
}

func near(what string, said, known, percent float64) error {
	if math.Abs(said-known) <= known*percent/100 {
		return nil
	}
	return fmt.Errorf("%s is said to be %g and is %g", what, said, known)
}

func askKubelet(ctx context.Context, client *kubernetes.Clientset, node, path string) ([]byte, error) {
	return client.CoreV1().RESTClient().Get().Resource("nodes").Name(node).SubResource("proxy").Suffix(path).DoRaw(ctx)
}

func fromSummary(ctx context.Context, client *kubernetes.Clientset, node, pod string) (reading, error) {
	answer, err := askKubelet(ctx, client, node, "stats/summary")
	if err != nil {
		return reading{}, fmt.Errorf("/stats/summary: %w", err)
	}
	var summary stats.Summary
	if err := json.Unmarshal(answer, &summary); err != nil {
		return reading{}, fmt.Errorf("/stats/summary: %w", err)
	}
	r := reading{source: "/stats/summary"}
	for _, p := range summary.Pods {
		if p.PodRef.Name != pod || len(p.Containers) == 0 {
			continue
		}
		container := p.Containers[0]
		if container.CPU != nil && container.CPU.UsageCoreNanoSeconds != nil {
			r.cpuSeconds = float64(*container.CPU.UsageCoreNanoSeconds) / 1e9
		}
		if container.Memory != nil && container.Memory.WorkingSetBytes != nil {
			r.memory = float64(*container.Memory.WorkingSetBytes)
		}
		return r, nil
	}
	return r, errors.New("/stats/summary does not have the pod " + pod)
}

// Lines are NAME{LABELS} VALUE [TIME]; those of the pod's containers carry a name of the container.
func fromCadvisor(ctx context.Context, client *kubernetes.Clientset, node, pod string) (reading, error) {
	answer, err := askKubelet(ctx, client, node, "metrics/cadvisor")
	if err != nil {
		return reading{}, fmt.Errorf("/metrics/cadvisor: %w", err)
	}
	r := reading{source: "/metrics/cadvisor"}
	found := false
	lines := bufio.NewScanner(bytes.NewReader(answer))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, rest, _ := strings.Cut(lines.Text(), "{")
		labels, values, _ := strings.Cut(rest, "} ")
		if !strings.Contains(labels, `pod="`+pod+`"`) || strings.Contains(labels, `container=""`) {
			continue
		}
		value, err := strconv.ParseFloat(strings.Fields(values)[0], 64)
		if err != nil {
			return r, fmt.Errorf("/metrics/cadvisor: %w", err)
		}
		switch name {
		case "container_cpu_usage_seconds_total":
			r.cpuSeconds, found = r.cpuSeconds+value, true
		case "container_memory_working_set_bytes":
			r.memory, found = value, true
		}
	}
	if !found {
		return r, errors.New("/metrics/cadvisor does not have the pod " + pod)
	}
	return r, nil
}
