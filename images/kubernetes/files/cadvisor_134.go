//go:build !kube137

package main

import (
	cadvisorapi "github.com/google/cadvisor/info/v1"
	cadvisorapiv2 "github.com/google/cadvisor/info/v2"
)

// cAdvisor as the kubelet of 1.34 imports it.
type (
	containerInfo    = cadvisorapi.ContainerInfo
	fsInfo           = cadvisorapiv2.FsInfo
	machineInfo      = cadvisorapi.MachineInfo
	requestOptions   = cadvisorapiv2.RequestOptions
	versionInfo      = cadvisorapi.VersionInfo
	watchedContainer = cadvisorapiv2.ContainerInfo
)

func (quietCadvisor) MachineInfo() (*machineInfo, error) { return machine() }
