package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

const (
	defaultFolder  = "/run/cluster"
	serviceNetwork = "10.43.0.0/16"
	apiService     = "10.43.0.1" // the first address of the service network is the API server's
	apiPort        = 6443
	clusterDomain  = "cluster.local"
)

// A cluster of one node, all of whose files lie in one folder.
type cluster struct {
	folder    string
	address   string // of the node
	image     string // of the container that holds a pod's namespaces
	node      string
	plugins   string        // the folder of CNI plugins
	dns       string        // the address at which pods ask for names
	validFrom time.Duration // of the certificate, seen from now
}

func (c cluster) file(name string) string { return filepath.Join(c.folder, name) }

func (c *cluster) flags(name string) *pflag.FlagSet {
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	flags.StringVar(&c.folder, "dir", defaultFolder, "where the cluster's files are")
	flags.StringVar(&c.address, "address", "127.0.0.1", "the node's address")
	flags.StringVar(&c.node, "node", "node", "the node's name")
	return flags
}

func prepare(_ context.Context, arguments []string) error {
	var c cluster
	flags := c.flags("prepare")
	flags.StringVar(&c.image, "pause-image", "docker.io/testbed/pod:1", "the image of the container that holds a pod's namespaces")
	flags.StringVar(&c.plugins, "cni-bin", "", "the folder of CNI plugins [/opt/cni/bin]")
	flags.StringVar(&c.dns, "cluster-dns", "10.42.0.1", "the address at which pods ask for names: the node's in their network")
	flags.DurationVar(&c.validFrom, "valid-from", 0, "the certificate is valid from then on, seen from now: 2h, as if the clock it was made by were ahead")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if c.plugins == "" {
		c.plugins = "/opt/cni/bin"
	}
	if err := os.MkdirAll(c.folder, 0o755); err != nil {
		return err
	}
	for _, step := range []func() error{c.writeCertificate, c.writeAccountKey, c.writeCredentials} {
		if err := step(); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{
		"kubelet.yaml": c.kubeletConfiguration(), "containerd.toml": c.containerdConfiguration()} {
		if err := os.WriteFile(c.file(name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (c cluster) writeAccountKey() error {
	_, err := c.writeKey("accounts.key")
	return err
}

func (c cluster) writeCredentials() error {
	secret := make([]byte, 16)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	token := hex.EncodeToString(secret)
	if err := os.WriteFile(c.file("tokens.csv"), []byte(token+",admin,admin,system:masters\n"), 0o600); err != nil {
		return err
	}
	authority, err := os.ReadFile(c.file("apiserver.crt"))
	if err != nil {
		return err
	}
	config := clientcmdapi.NewConfig()
	config.Clusters["cluster"] = &clientcmdapi.Cluster{
		Server: fmt.Sprintf("https://127.0.0.1:%d", apiPort), CertificateAuthorityData: authority}
	config.AuthInfos["admin"] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts["cluster"] = &clientcmdapi.Context{Cluster: "cluster", AuthInfo: "admin"}
	config.CurrentContext = "cluster"
	return clientcmd.WriteToFile(*config, c.file("kubeconfig"))
}

// The defaults, but for what a sandbox has no counterpart of. Everything that an approach switches is a flag of the kubelet.
func (c cluster) kubeletConfiguration() string {
	return strings.Join([]string{
		"apiVersion: kubelet.config.k8s.io/v1beta1",
		"kind: KubeletConfiguration",
		"containerRuntimeEndpoint: unix:///run/containerd/containerd.sock",
		"cgroupDriver: cgroupfs",
		"failSwapOn: false",
		"failCgroupV1: false",
		"authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}",
		"authorization: {mode: AlwaysAllow}",
		"clusterDomain: " + clusterDomain,
		"clusterDNS: [" + c.dns + "]",
		"serializeImagePulls: false",
		"imageGCHighThresholdPercent: 100", // never: the images here cannot be pulled again
		"imageGCLowThresholdPercent: 99",
		"registerNode: true",
		""}, "\n")
}

// `native`: overlays need an upper layer that several versions of gVisor refuse.
func (c cluster) containerdConfiguration() string {
	return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "` + c.image + `"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "` + c.plugins + `"
    conf_dir = "/etc/cni/net.d"
`
}
