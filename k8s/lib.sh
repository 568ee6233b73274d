# What deploy, undeploy, emit, watch and e2e share; sourced. Settings come from the environment, as `make deploy NAME=value` gives them.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
# shellcheck source=k8s/versions.env
. k8s/versions.env

CLUSTER=${CLUSTER:-kind}         # kind: a cluster of its own. existing: the one that kubectl talks to
NAMESPACE=${NAMESPACE:-wadi}
export KIND_CLUSTER_NAME=wadi     # kind reads it too
# As kind-config.yaml maps the node ports 31080 and 31081.
INGRESS=http://127.0.0.1:9080
BROKER_INGRESS=http://127.0.0.1:9081

started=$SECONDS
say() { printf '%4ds  %s\n' "$((SECONDS - started))" "$*"; }
die() { printf 'wadi: %s\n' "$*" >&2; exit 1; }

case $CLUSTER in kind | existing) ;; *) die "CLUSTER is $CLUSTER: write kind, or existing for the cluster that kubectl talks to" ;; esac

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || die "$tool is not on the path: install it (https://kind.sigs.k8s.io lists docker, kind and kubectl; https://helm.sh has helm)"
  done
}

# Chooses the cluster: `kube` and `helm_` talk to it and to no other, whatever kubectl's current context is.
kubeconfig=()
use_cluster() {
  [ "$CLUSTER" = kind ] || return 0
  local file
  file=$(mktemp)
  # shellcheck disable=SC2064
  trap "rm -f '$file'" EXIT
  kind get kubeconfig --name "$KIND_CLUSTER_NAME" >"$file"
  kubeconfig=(--kubeconfig "$file")
}
kind_is_up() { kind get clusters 2>/dev/null | grep -x "$KIND_CLUSTER_NAME" >/dev/null; }
kube() { kubectl ${kubeconfig[@]+"${kubeconfig[@]}"} "$@"; }
helm_() { helm ${kubeconfig[@]+"${kubeconfig[@]}"} "$@"; }
has() { kube get "$@" >/dev/null 2>&1; }

# manifest FILE: with the versions filled in.
manifest() { sed -e "s#\${KAFKA_IMAGE}#$KAFKA_IMAGE#" -e "s#\${REDIS_IMAGE}#$REDIS_IMAGE#" "$1"; }
