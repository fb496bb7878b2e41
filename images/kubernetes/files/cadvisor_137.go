//go:build kube137

package main

import (
	cadvisorapi "github.com/google/cadvisor/lib/model"
	"k8s.io/klog/v2"
)

// cAdvisor as the kubelet of 1.37 imports it: a module of its own, with one set of types.
type (
	containerInfo    = cadvisorapi.ContainerInfo
	fsInfo           = cadvisorapi.FsInfo
	machineInfo      = cadvisorapi.MachineInfo
	requestOptions   = cadvisorapi.RequestOptions
	versionInfo      = cadvisorapi.VersionInfo
	watchedContainer = cadvisorapi.ContainerInfo
)

func (quietCadvisor) MachineInfo(klog.Logger) (*machineInfo, error) { return machine() }
