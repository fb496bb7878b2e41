package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/klog/v2"
)

const (
	dnsPort      = 53
	answersLast  = 5 // seconds
	largestQuery = 512
)

// runDNS answers for the names of services: NAME.NAMESPACE.svc.cluster.local, A records only. It asks nobody else, so every
// other name does not exist.
func runDNS(ctx context.Context, c cluster) error {
	v, err := watchServices(ctx, c)
	if err != nil {
		return err
	}
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{Port: dnsPort})
	if err != nil {
		return fmt.Errorf("DNS: %w", err)
	}
	go func() {
		<-ctx.Done()
		socket.Close()
	}()
	query := make([]byte, largestQuery)
	for {
		size, from, err := socket.ReadFromUDPAddrPort(query)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("DNS: %w", err)
		}
		answer, err := v.answer(query[:size])
		if err != nil {
			klog.V(4).InfoS("A query that is none", "from", from, "err", err)
			continue
		}
		if _, err := socket.WriteToUDPAddrPort(answer, from); err != nil {
			klog.ErrorS(err, "An answer could not be sent", "to", from)
		}
	}
}

func (v *view) answer(query []byte) ([]byte, error) {
	var parser dnsmessage.Parser
	header, err := parser.Start(query)
	if err != nil {
		return nil, err
	}
	question, err := parser.Question()
	if err != nil {
		return nil, err
	}
	addresses, known := v.addressesOf(question.Name.String())
	answer := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: header.ID, Response: true, Authoritative: true, RecursionDesired: header.RecursionDesired},
		Questions: []dnsmessage.Question{question}}
	if !known {
		answer.RCode = dnsmessage.RCodeNameError
	}
	for _, address := range addresses {
		if question.Type != dnsmessage.TypeA {
			break
		}
		answer.Answers = append(answer.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET, TTL: answersLast},
			Body:   &dnsmessage.AResource{A: address.As4()}})
	}
	return answer.Pack()
}

// addressesOf is the cluster address of a service, or the endpoints of one that has none.
func (v *view) addressesOf(name string) ([]netip.Addr, bool) {
	labels_ := strings.Split(strings.ToLower(name), ".")
	if strings.Join(labels_[min(2, len(labels_)):], ".") != "svc."+clusterDomain+"." {
		return nil, false
	}
	service, err := v.services.Services(labels_[1]).Get(labels_[0])
	if err != nil {
		return nil, false
	}
	if service.Spec.ClusterIP != corev1.ClusterIPNone {
		return parsed([]string{service.Spec.ClusterIP}), true
	}
	slices, _ := v.endpoints.EndpointSlices(service.Namespace).List(
		labels.SelectorFromSet(labels.Set{discoveryv1.LabelServiceName: service.Name}))
	var texts []string
	for _, slice := range slices {
		for _, endpoint := range slice.Endpoints {
			texts = append(texts, endpoint.Addresses...)
		}
	}
	return parsed(texts), true
}

func parsed(texts []string) []netip.Addr {
	var addresses []netip.Addr
	for _, text := range texts {
		if address, err := netip.ParseAddr(text); err == nil && address.Is4() {
			addresses = append(addresses, address)
		}
	}
	return addresses
}
