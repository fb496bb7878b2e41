#!/bin/sh
# Stands in for the program of k3s where that cannot be had: its command line and its names of things, before the Kubernetes of
# images/kubernetes, which the scenario has to bring. A flag that k3s does not have ends it as it would end k3s.
program=$(basename "$0")
if [ "$program" = k3s ]; then program=$1; shift; fi
case $program in
  kubectl) KUBECONFIG=/etc/rancher/k3s/kubeconfig exec kubernetes kubectl "$@" ;;
  --version) echo "k3s version v0.0.0+standin (none)"; exit ;;
  server) ;;
  *) echo "No help topic for '$program'" >&2; exit 3 ;;
esac

for flag; do
  value=${flag#*=}
  case $flag in
    --node-name=*) node=$value ;;
    --node-ip=*) address=$value ;;
    --container-runtime-endpoint=unix://*) ;;
    --flannel-backend=none | --disable=*) ;;
    --disable-network-policy | --disable-kube-proxy | --disable-cloud-controller | --disable-helm-controller) ;;
    --kubelet-arg=*) kubelet="$kubelet --kubelet-arg $value" ;;
    *) echo "Incorrect Usage: flag provided but not defined: -$(echo "$flag" | sed 's/^-*//; s/=.*//')" >&2; exit 1 ;;
  esac
done
kubernetes prepare --dir /etc/rancher/k3s --address "$address" --node "$node" || exit
ln -s /etc/rancher/k3s/kubeconfig /run/cluster/kubeconfig  # for the kubectl that comes with images/kubernetes
# shellcheck disable=SC2086  # a list of flags
exec kubernetes server --dir /etc/rancher/k3s --address "$address" --node "$node" $kubelet
