module cni-tools

go 1.24.0

require (
	github.com/containernetworking/cni v1.3.0
	golang.org/x/sys v0.36.0
)
