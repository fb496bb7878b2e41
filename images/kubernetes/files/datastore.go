package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

const datastoreAddress = "http://127.0.0.1:2379"

const datastoreWithin = 60 * time.Second

// An etcd of one member. It never waits for the disk: what is in it is gone with the sandbox anyway.
func startDatastore(folder string) (*embed.Etcd, error) {
	config := embed.NewConfig()
	config.Dir = folder
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	client, _ := url.Parse(datastoreAddress)
	peer, _ := url.Parse("http://127.0.0.1:2380")
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*client}, []url.URL{*client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{*peer}, []url.URL{*peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	store, err := embed.StartEtcd(config)
	if err != nil {
		return nil, fmt.Errorf("starting etcd in %s: %w", folder, err)
	}
	select {
	case <-store.Server.ReadyNotify():
		return store, nil
	case err := <-store.Err():
		return nil, fmt.Errorf("etcd in %s: %w", folder, err)
	case <-time.After(datastoreWithin):
		store.Close()
		return nil, fmt.Errorf("etcd in %s was not ready within %s", folder, datastoreWithin)
	}
}

func runDatastore(ctx context.Context, folder string) error {
	store, err := startDatastore(folder)
	if err != nil {
		return err
	}
	defer store.Close()
	select {
	case <-ctx.Done():
		return nil
	case err := <-store.Err():
		return err
	case <-store.Server.StopNotify():
		return errors.New("etcd stopped by itself")
	}
}

func runDatastoreAlone(ctx context.Context, arguments []string) error {
	var c cluster
	if err := c.flags("etcd").Parse(arguments); err != nil {
		return err
	}
	return runDatastore(ctx, c.file("etcd"))
}
