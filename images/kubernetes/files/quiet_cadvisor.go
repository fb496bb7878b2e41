package main

import (
	"context"
	"runtime"
	"time"

	cadvisorapi "github.com/google/cadvisor/info/v1"
	cadvisorapiv2 "github.com/google/cadvisor/info/v2"
	"golang.org/x/sys/unix"
	"k8s.io/kubernetes/pkg/kubelet/cadvisor"
)

// What stays of cAdvisor when nothing watches cgroups: the size of the machine and of the file system.
type quietCadvisor struct {
	root string // the kubelet's directory
}

var _ cadvisor.Interface = quietCadvisor{}

func (quietCadvisor) Start() error { return nil }

func (quietCadvisor) ContainerInfoV2(string, cadvisorapiv2.RequestOptions) (map[string]cadvisorapiv2.ContainerInfo, error) {
	return map[string]cadvisorapiv2.ContainerInfo{}, nil
}

func (quietCadvisor) GetRequestedContainersInfo(string, cadvisorapiv2.RequestOptions) (map[string]*cadvisorapi.ContainerInfo, error) {
	return map[string]*cadvisorapi.ContainerInfo{}, nil
}

func (quietCadvisor) MachineInfo() (*cadvisorapi.MachineInfo, error) {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return nil, err
	}
	return &cadvisorapi.MachineInfo{
		Timestamp: time.Now(), NumCores: runtime.NumCPU(), NumSockets: 1, NumPhysicalCores: runtime.NumCPU(),
		MemoryCapacity: info.Totalram * uint64(info.Unit)}, nil
}

func (quietCadvisor) VersionInfo() (*cadvisorapi.VersionInfo, error) {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return nil, err
	}
	return &cadvisorapi.VersionInfo{KernelVersion: unix.ByteSliceToString(name.Release[:])}, nil
}

func (q quietCadvisor) ImagesFsInfo(context.Context) (cadvisorapiv2.FsInfo, error) {
	return q.GetDirFsInfo(q.root)
}

func (q quietCadvisor) RootFsInfo() (cadvisorapiv2.FsInfo, error) { return q.GetDirFsInfo(q.root) }

func (q quietCadvisor) ContainerFsInfo(context.Context) (cadvisorapiv2.FsInfo, error) {
	return q.GetDirFsInfo(q.root)
}

func (quietCadvisor) GetDirFsInfo(path string) (cadvisorapiv2.FsInfo, error) {
	var info unix.Statfs_t
	if err := unix.Statfs(path, &info); err != nil {
		return cadvisorapiv2.FsInfo{}, err
	}
	size := uint64(info.Bsize)
	inodes, free := info.Files, info.Ffree
	return cadvisorapiv2.FsInfo{
		Timestamp: time.Now(), Mountpoint: path, Capacity: info.Blocks * size, Available: info.Bavail * size,
		Usage: (info.Blocks - info.Bfree) * size, Inodes: &inodes, InodesFree: &free}, nil
}
