package main

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// One address and port of a service, and where its connections go.
type forwarding struct {
	protocol string // tcp, udp
	address  string // the cluster address; the node's own of a node port
	port     int32
	targets  []target // in a stable order; none: connections are left alone, and nobody answers
}

type target struct {
	address string
	port    int32
}

// forwardingsOf is what services and their endpoints come to, in an order that depends on nothing but them.
func forwardingsOf(services []*corev1.Service, slices_ []*discoveryv1.EndpointSlice, node string) []forwarding {
	var all []forwarding
	for _, service := range services {
		if service.Spec.Type == corev1.ServiceTypeExternalName {
			continue
		}
		for _, port := range service.Spec.Ports {
			protocol := strings.ToLower(string(port.Protocol))
			if protocol != "tcp" && protocol != "udp" {
				continue
			}
			targets := targetsOf(service, port, slices_)
			if service.Spec.ClusterIP != corev1.ClusterIPNone && service.Spec.ClusterIP != "" {
				all = append(all, forwarding{protocol, service.Spec.ClusterIP, port.Port, targets})
			}
			if port.NodePort != 0 {
				all = append(all, forwarding{protocol, node, port.NodePort, targets})
			}
		}
	}
	slices.SortFunc(all, func(a, b forwarding) int {
		return strings.Compare(fmt.Sprint(a.address, a.port, a.protocol), fmt.Sprint(b.address, b.port, b.protocol))
	})
	return all
}

func targetsOf(service *corev1.Service, port corev1.ServicePort, all []*discoveryv1.EndpointSlice) []target {
	var targets []target
	for _, slice := range all {
		if slice.Namespace != service.Namespace || slice.Labels[discoveryv1.LabelServiceName] != service.Name ||
			slice.AddressType != discoveryv1.AddressTypeIPv4 {
			continue
		}
		for _, offered := range slice.Ports {
			if offered.Port == nil || (offered.Name != nil && *offered.Name != port.Name) {
				continue
			}
			for _, endpoint := range slice.Endpoints {
				if endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready {
					targets = append(targets, target{endpoint.Addresses[0], *offered.Port})
				}
			}
		}
	}
	slices.SortFunc(targets, func(a, b target) int {
		return strings.Compare(fmt.Sprint(a.address, a.port), fmt.Sprint(b.address, b.port))
	})
	return slices.Compact(targets)
}

const (
	incoming = "SERVICES-IN"  // of pods and of the outside, called from PREROUTING
	own      = "SERVICES-OUT" // of the node itself, called from OUTPUT
	// Where most kernels begin and end to choose source ports (ip_local_port_range).
	firstSourcePort, lastSourcePort = 32768, 60999
)

// rulesFor is the input of iptables-restore: two chains of plain DNAT. gVisor has none of the matches with which kube-proxy
// chooses among endpoints (statistic) or masks packets (mark, comment, conntrack), so each endpoint gets a range of source
// ports; and a packet to the node's own address from a pod has to be a REDIRECT there.
func rulesFor(forwardings []forwarding, node string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*nat\n:%s - [0:0]\n:%s - [0:0]\n", incoming, own)
	for _, f := range forwardings {
		for i, t := range f.targets {
			match := fmt.Sprintf("-d %s/32 -p %s -m %s --dport %d", f.address, f.protocol, f.protocol, f.port)
			if len(f.targets) > 1 {
				match += " --sport " + sourcePorts(i, len(f.targets))
			}
			forward := fmt.Sprintf("-j DNAT --to-destination %s:%d", t.address, t.port)
			fmt.Fprintf(&b, "-A %s %s %s\n", own, match, forward)
			if t.address == node {
				forward = fmt.Sprintf("-j REDIRECT --to-ports %d", t.port)
			}
			fmt.Fprintf(&b, "-A %s %s %s\n", incoming, match, forward)
		}
	}
	b.WriteString("COMMIT\n")
	return b.String()
}

// sourcePorts is the i-th of n ranges that together are all ports.
func sourcePorts(i, n int) string {
	width := (lastSourcePort - firstSourcePort + 1) / n
	from, to := firstSourcePort+i*width, firstSourcePort+(i+1)*width-1
	if i == 0 {
		from = 0
	}
	if i == n-1 {
		to = 65535
	}
	return fmt.Sprintf("%d:%d", from, to)
}
