package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
)

// writeImage prints this program as an image: one layer with one file, in the format of `docker save`, which needs no
// registry, no digest of a manifest and no index (https://github.com/moby/docker-image-spec).
func writeImage(to io.Writer, name string) error {
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return err
	}
	var layer bytes.Buffer
	files := tar.NewWriter(&layer)
	if err := add(files, "pod", 0755, program); err != nil {
		return err
	}
	// For what resolves names and users; a kubelet mounts its own hosts and resolv.conf over them.
	for _, file := range []struct{ name, text string }{
		{"etc/passwd", "root:x:0:0:root:/:/pod\n"}, {"etc/hosts", "127.0.0.1 localhost\n"}, {"etc/resolv.conf", ""}} {
		if err := add(files, file.name, 0644, []byte(file.text)); err != nil {
			return err
		}
	}
	if err := files.Close(); err != nil {
		return err
	}
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH, "os": runtime.GOOS,
		"config": map[string]any{"Entrypoint": []string{"/pod"}, "Cmd": []string{"pause"}, "Env": []string{"PATH=/"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{fmt.Sprintf("sha256:%x", sha256.Sum256(layer.Bytes()))}},
	})
	if err != nil {
		return err
	}
	manifest, err := json.Marshal([]map[string]any{
		{"Config": "config.json", "RepoTags": []string{name}, "Layers": []string{"layer.tar"}}})
	if err != nil {
		return err
	}
	image := tar.NewWriter(to)
	for _, file := range []struct {
		name    string
		content []byte
	}{{"config.json", config}, {"layer.tar", layer.Bytes()}, {"manifest.json", manifest}} {
		if err := add(image, file.name, 0644, file.content); err != nil {
			return err
		}
	}
	return image.Close()
}

func add(archive *tar.Writer, name string, mode int64, content []byte) error {
	header := &tar.Header{Name: name, Mode: mode, Size: int64(len(content)), Typeflag: tar.TypeReg}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err := archive.Write(content)
	return err
}
