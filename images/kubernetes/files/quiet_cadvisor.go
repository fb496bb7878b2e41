package main

import (
	"context"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
	"k8s.io/kubernetes/pkg/kubelet/cadvisor"
)

// What stays of cAdvisor when nothing watches cgroups: the size of the machine and of the file system.
type quietCadvisor struct {
	root string // the kubelet's directory
}

var _ cadvisor.Interface = quietCadvisor{}

func (quietCadvisor) Start() error { return nil }

func (quietCadvisor) ContainerInfoV2(string, requestOptions) (map[string]watchedContainer, error) {
	return map[string]watchedContainer{}, nil
}

func (quietCadvisor) GetRequestedContainersInfo(string, requestOptions) (map[string]*containerInfo, error) {
	return map[string]*containerInfo{}, nil
}

func machine() (*machineInfo, error) {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return nil, err
	}
	return &machineInfo{
		Timestamp: time.Now(), NumCores: runtime.NumCPU(), NumSockets: 1, NumPhysicalCores: runtime.NumCPU(),
		MemoryCapacity: info.Totalram * uint64(info.Unit)}, nil
}

func (quietCadvisor) VersionInfo() (*versionInfo, error) {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return nil, err
	}
	return &versionInfo{KernelVersion: unix.ByteSliceToString(name.Release[:])}, nil
}

func (q quietCadvisor) ImagesFsInfo(context.Context) (fsInfo, error) {
	return q.GetDirFsInfo(q.root)
}

func (q quietCadvisor) RootFsInfo() (fsInfo, error) { return q.GetDirFsInfo(q.root) }

func (q quietCadvisor) ContainerFsInfo(context.Context) (fsInfo, error) {
	return q.GetDirFsInfo(q.root)
}

func (quietCadvisor) GetDirFsInfo(path string) (fsInfo, error) {
	var info unix.Statfs_t
	if err := unix.Statfs(path, &info); err != nil {
		return fsInfo{}, err
	}
	size := uint64(info.Bsize)
	inodes, free := info.Files, info.Ffree
	return fsInfo{
		Timestamp: time.Now(), Mountpoint: path, Capacity: info.Blocks * size, Available: info.Bavail * size,
		Usage: (info.Blocks - info.Bfree) * size, Inodes: &inodes, InodesFree: &free}, nil
}
