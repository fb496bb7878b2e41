package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/pflag"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	logsapi "k8s.io/component-base/logs/api/v1"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	apiserveroptions "k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	controlleroptions "k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	scheduleroptions "k8s.io/kubernetes/cmd/kube-scheduler/app/options"
)

const (
	betweenProbes = 100 * time.Millisecond
	probeWithin   = 2 * time.Second
	partEndsIn    = 2 * time.Second
)

// What `server` runs, in the order in which it starts them: each begins when the one before it answers.
type part struct {
	name  string
	run   func(ctx context.Context) error
	ready func(ctx context.Context) bool // nil: at once
}

// The order of the options matters: those of the controllers change the default of a feature, which is refused once others
// have made flags of the features.
func parts(c cluster, kubeletFlags []string) ([]part, error) {
	controllers, err := newControllers(c)
	if err != nil {
		return nil, fmt.Errorf("controllers: %w", err)
	}
	apiserver, err := newAPIServer(c)
	if err != nil {
		return nil, fmt.Errorf("apiserver: %w", err)
	}
	scheduler, err := newScheduler(c)
	if err != nil {
		return nil, fmt.Errorf("scheduler: %w", err)
	}
	return []part{
		{"datastore", func(ctx context.Context) error { return runDatastore(ctx, c.file("etcd")) }, datastoreAnswers},
		{"apiserver", apiserver, func(ctx context.Context) bool { return apiServerIsReady(ctx, c) }},
		{"controllers", controllers, nil},
		{"scheduler", scheduler, nil},
		{"services", func(ctx context.Context) error { return runServiceProxy(ctx, c) }, nil},
		{"dns", func(ctx context.Context) error { return runDNS(ctx, c) }, nil},
		{"kubelet", func(ctx context.Context) error { return runKubelet(ctx, c.kubeletFlags(kubeletFlags), false) }, nil},
	}, nil
}

// serve runs the parts as threads of this process until one of them ends or ctx does.
func serve(ctx context.Context, arguments []string) error {
	var c cluster
	flags := c.flags("server")
	without := flags.StringSlice("without", nil, "parts that are left out")
	kubeletFlags := flags.StringArray("kubelet-arg", nil, "a flag for the kubelet: cgroups-per-qos=false")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	// Several components set up the one logger of this process, all in the same way.
	logsapi.ReapplyHandling = logsapi.ReapplyHandlingIgnoreUnchanged
	all, err := parts(c, *kubeletFlags)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	var running []runningPart
	for _, p := range all {
		if slices.Contains(*without, p.name) {
			continue
		}
		running = append(running, startPart(p, stop))
		waitUntil(ctx, p.ready)
	}
	fmt.Println("ready")
	<-ctx.Done()
	// At once: while they end without the one that failed, the others say a lot, and controllers even panic.
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	for _, r := range slices.Backward(running) {
		r.end()
	}
	return nil
}

type runningPart struct {
	stop  context.CancelFunc
	ended chan struct{}
}

// startPart runs a part until its own end, which the end of all others is too: they need each other.
func startPart(p part, failed context.CancelCauseFunc) runningPart {
	ctx, stop := context.WithCancel(context.Background())
	r := runningPart{stop, make(chan struct{})}
	go func() {
		defer close(r.ended)
		err := p.run(ctx)
		if err == nil && ctx.Err() == nil {
			err = errors.New("ended by itself")
		}
		if err != nil {
			failed(fmt.Errorf("%s: %w", p.name, err))
		}
	}()
	return r
}

// end asks a part to end while those before it still answer. It has a deadline, since some parts never return.
func (r runningPart) end() {
	r.stop()
	select {
	case <-r.ended:
	case <-time.After(partEndsIn):
	}
}

// waitUntil returns when ready holds or ctx ends. Who waits for the server has a deadline of its own.
func waitUntil(ctx context.Context, ready func(ctx context.Context) bool) {
	for ready != nil && ctx.Err() == nil && !ready(ctx) {
		select {
		case <-ctx.Done():
		case <-time.After(betweenProbes):
		}
	}
}

func datastoreAnswers(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, datastoreAddress+"/health", nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

func apiServerIsReady(ctx context.Context, c cluster) bool {
	client, err := c.client()
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error() == nil
}

func parseInto(name string, arguments []string, sets map[string]*pflag.FlagSet) error {
	all := pflag.NewFlagSet(name, pflag.ContinueOnError)
	for _, set := range sets {
		all.AddFlagSet(set)
	}
	return all.Parse(arguments)
}

func newAPIServer(c cluster) (func(ctx context.Context) error, error) {
	options := apiserveroptions.NewServerRunOptions()
	sets := options.Flags()
	if err := parseInto("kube-apiserver", []string{
		"--etcd-servers=" + datastoreAddress,
		"--tls-cert-file=" + c.file("apiserver.crt"), "--tls-private-key-file=" + c.file("apiserver.key"),
		"--service-account-key-file=" + c.file("accounts.key"), "--service-account-signing-key-file=" + c.file("accounts.key"),
		"--service-account-issuer=https://kubernetes.default.svc." + clusterDomain,
		"--token-auth-file=" + c.file("tokens.csv"), "--authorization-mode=AlwaysAllow",
		"--bind-address=0.0.0.0", "--advertise-address=" + c.address, fmt.Sprintf("--secure-port=%d", apiPort),
		"--service-cluster-ip-range=" + serviceNetwork, "--kubelet-preferred-address-types=InternalIP", "--allow-privileged=true",
	}, sets.FlagSets); err != nil {
		return nil, err
	}
	if err := options.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return nil, err
	}
	if err := logsapi.ValidateAndApply(options.Logs, utilfeature.DefaultFeatureGate); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		completed, err := options.Complete(ctx)
		if err != nil {
			return err
		}
		if errs := completed.Validate(); len(errs) != 0 {
			return utilerrors.NewAggregate(errs)
		}
		return apiserver.Run(ctx, completed)
	}, nil
}

func newControllers(c cluster) (func(ctx context.Context) error, error) {
	options, err := controlleroptions.NewKubeControllerManagerOptions()
	if err != nil {
		return nil, err
	}
	known, disabled, aliases := controllers.KnownControllers(), controllers.ControllersDisabledByDefault(), controllers.ControllerAliases()
	sets := options.Flags(known, disabled, aliases)
	options.ParsedFlags = &sets
	if err := parseInto("kube-controller-manager", []string{
		"--kubeconfig=" + c.file("kubeconfig"), "--authentication-kubeconfig=" + c.file("kubeconfig"),
		"--authorization-kubeconfig=" + c.file("kubeconfig"), "--leader-elect=false", "--bind-address=127.0.0.1",
		"--service-account-private-key-file=" + c.file("accounts.key"), "--root-ca-file=" + c.file("apiserver.crt"),
		// They set up the driver of CSI volumes, of which there is one in a process, as if there were no kubelet in it.
		"--controllers=*,-persistentvolume-attach-detach-controller,-persistentvolume-expander-controller",
	}, sets.FlagSets); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		config, err := options.Config(ctx, known, disabled, aliases)
		if err != nil {
			return err
		}
		return controllers.Run(ctx, config.Complete())
	}, nil
}

func newScheduler(c cluster) (func(ctx context.Context) error, error) {
	options := scheduleroptions.NewOptions()
	if err := parseInto("kube-scheduler", []string{
		"--kubeconfig=" + c.file("kubeconfig"), "--authentication-kubeconfig=" + c.file("kubeconfig"),
		"--authorization-kubeconfig=" + c.file("kubeconfig"), "--leader-elect=false", "--bind-address=127.0.0.1",
	}, options.Flags.FlagSets); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		completed, made, err := scheduler.Setup(ctx, options)
		if err != nil {
			return err
		}
		return scheduler.Run(ctx, completed, made)
	}, nil
}
