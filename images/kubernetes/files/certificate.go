package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"

	certutil "k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

const (
	certificateFor = 365 * 24 * time.Hour
	clocksDiffer   = time.Minute // by this much without anybody noticing
)

// One certificate for all ways to the API server, with the authority that signed it behind it. It is valid from
// c.validFrom on, seen from now: what the maker's clock is ahead by.
func (c cluster) writeCertificate() error {
	from := time.Now().Add(c.validFrom - clocksDiffer)
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	authority, err := certutil.NewSelfSignedCACert(certutil.Config{CommonName: "cluster", NotBefore: from}, authorityKey)
	if err != nil {
		return fmt.Errorf("making an authority: %w", err)
	}
	key, err := c.writeKey("apiserver.key")
	if err != nil {
		return err
	}
	signed, err := x509.CreateCertificate(rand.Reader, c.certificateRequest(from), authority, key.Public(), authorityKey)
	if err != nil {
		return fmt.Errorf("making a certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(signed)
	if err != nil {
		return err
	}
	chain, err := certutil.EncodeCertificates(certificate, authority)
	if err != nil {
		return err
	}
	return os.WriteFile(c.file("apiserver.crt"), chain, 0o644)
}

func (c cluster) writeKey(name string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	pem, err := keyutil.MarshalPrivateKeyToPEM(key)
	if err != nil {
		return nil, err
	}
	return key, os.WriteFile(c.file(name), pem, 0o600)
}

func (c cluster) certificateRequest(from time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "kube-apiserver"},
		NotBefore:    from,
		NotAfter:     from.Add(certificateFor),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + clusterDomain},
		IPAddresses:  []net.IP{net.ParseIP("127.0.0.1"), net.ParseIP(apiService), net.ParseIP(c.address)},
	}
}
