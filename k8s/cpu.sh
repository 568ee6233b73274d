# What the nodes have left for Wadi, in thousandths of a CPU; sourced by deploy. Kubernetes places a pod by what it asks for, not by
# what it uses: on a node of four CPUs that Knative, Kafka and Redis have asked for no step would ever start.

# What each part asks for, as seen with the versions of versions.env. The dispatcher asks from the first Trigger on.
CPU_SERVING=600 CPU_INGRESS=400 CPU_EVENTING=325 CPU_BROKER=520 CPU_DISPATCHER=1000 CPU_SERVICES=200
# All that it needs on a machine of one's own.
CPU_DISPATCHER_LEAST=200
# Each step in four pods, which is the most that the chart's values let it have, and the dashboard; and in two, one of each revision,
# in an upgrade.
CPU_WADI=1250 CPU_WADI_LEAST=700

# cpu_sum: of the quantities on its input, one a line or with commas: 950m, 2, 0.5.
cpu_sum() {
  tr ', ' '\n\n' | awk '/^[0-9.]+m$/ { sum += $0 } /^[0-9.]+$/ { sum += 1000 * $0 } END { printf "%d\n", sum }'
}

# cpu_plan ROOM DISPATCHER: what to do with so much room for the dispatcher, which asks for DISPATCHER, and for Wadi:
# keep, lower or refuse.
cpu_plan() {
  if [ "$1" -ge $(($2 + CPU_WADI)) ]; then echo keep
  elif [ "$2" -le "$CPU_DISPATCHER_LEAST" ] && [ "$1" -ge $(($2 + CPU_WADI_LEAST)) ]; then echo keep
  elif [ "$1" -ge $((CPU_DISPATCHER_LEAST + CPU_WADI_LEAST)) ] && [ "$2" -gt "$CPU_DISPATCHER_LEAST" ]; then echo lower
  else echo refuse
  fi
}

cpu_of_nodes() { kube get nodes -o 'jsonpath={range .items[*]}{.status.allocatable.cpu}{"\n"}{end}' | cpu_sum; }

# Of all pods but Wadi's own and the dispatcher's, which are counted apart. One that still waits for a node will ask, too.
cpu_asked() {
  kube get pods -A --field-selector=status.phase!=Succeeded,status.phase!=Failed \
    -o 'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {range .spec.containers[*]}{.resources.requests.cpu},{end}{"\n"}{end}' |
    awk -v own="$NAMESPACE/" 'index($1, own) != 1 && $1 !~ /^knative-eventing\/kafka-broker-dispatcher-/ { print $2 }' | cpu_sum
}

# 0 where it is not there.
dispatcher_asks() {
  kube -n knative-eventing get statefulset kafka-broker-dispatcher --ignore-not-found \
    -o 'jsonpath={.spec.template.spec.containers[*].resources.requests.cpu}' | cpu_sum
}

cpu_to_come() {
  local sum=0
  is_there knative-serving serving services.serving.knative.dev || sum=$((sum + CPU_SERVING))
  has_ingress || sum=$((sum + CPU_INGRESS))
  is_there knative-eventing eventing brokers.eventing.knative.dev || sum=$((sum + CPU_EVENTING))
  is_there knative-eventing kafka-broker kafkasinks.eventing.knative.dev || sum=$((sum + CPU_BROKER))
  has statefulset kafka -n kafka || sum=$((sum + CPU_SERVICES / 2))
  has statefulset redis -n redis || sum=$((sum + CPU_SERVICES / 2))
  echo "$sum"
}

# Before anything is installed: is there room for all of it? Sets dispatcher_cpu where the dispatcher is to ask for less.
dispatcher_cpu=""
plan_cpu() {
  local nodes asked room dispatcher
  # Who may not look at nodes and at everybody's pods has others to care for them.
  nodes=$(cpu_of_nodes 2>/dev/null) && asked=$(cpu_asked 2>/dev/null) && [ "$nodes" -gt 0 ] || return 0
  room=$((nodes - asked))
  if [ "$CLUSTER" != kind ]; then
    [ "$room" -ge "$CPU_WADI_LEAST" ] || say "CPU: the nodes have ${room}m left, and Wadi's steps ask for ${CPU_WADI_LEAST}m in an upgrade: pods may stay Pending"
    return 0
  fi
  room=$((room - $(cpu_to_come)))
  dispatcher=$(dispatcher_asks)
  is_there knative-eventing kafka-broker kafkasinks.eventing.knative.dev || dispatcher=$CPU_DISPATCHER
  case $(cpu_plan "$room" "$dispatcher") in
    lower) dispatcher_cpu=${CPU_DISPATCHER_LEAST}m
      say "CPU: of the node's ${nodes}m Wadi and the Kafka Broker's dispatcher can have ${room}m: the dispatcher will ask for $dispatcher_cpu instead of ${dispatcher}m (a node of 6 CPUs has room for both)" ;;
    refuse) die "the node has ${nodes}m of CPU, and after what else is there and to be installed ${room}m are left, where Wadi and the Kafka Broker's dispatcher need $((CPU_DISPATCHER_LEAST + CPU_WADI_LEAST))m: give the node at least 4 CPUs, better 6 (Docker Desktop: Settings, Resources), then run make deploy again" ;;
  esac
}

lower_dispatcher() {
  [ -n "$dispatcher_cpu" ] || return 0
  patiently kube -n knative-eventing set resources statefulset kafka-broker-dispatcher "--requests=cpu=$dispatcher_cpu"
}
