{{- define "wadi.labels" -}}
app.kubernetes.io/name: wadi
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Also on pods: what does not change with each version of the chart, or every pod would. */}}
{{- define "wadi.selector" -}}
app.kubernetes.io/name: wadi
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "wadi.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/*
A scalar of the values as text, given with its name as (dict "name" ... "value" ...). Helm reads each number of a values file as
a float64: printed as such it becomes 1.073741824e+09, which Kafka does not read, and beyond 2^53 it is another number.
*/}}
{{- define "wadi.text" -}}
{{- if kindIs "string" .value }}{{ .value }}
{{- else if kindIs "bool" .value }}{{ .value }}
{{- else if or (gt (float64 .value) 9007199254740991.0) (lt (float64 .value) -9007199254740991.0) }}
{{- fail (printf "%s: a number this large loses its last digits in Helm; write it in quotes" .name) }}
{{- else }}{{ toJson .value }}{{ end }}
{{- end }}

{{/* The pipeline files, by file name, as JSON. */}}
{{- define "wadi.pipelineFiles" -}}
{{- $files := dict }}
{{- if .Values.pipelines.files }}
{{- range $name, $text := .Values.pipelines.files }}{{ $_ := set $files (printf "%s.yaml" (trimSuffix ".yaml" $name)) $text }}{{ end }}
{{- else }}
{{- range $path, $_ := .Files.Glob "pipelines/*.yaml" }}{{ $_ := set $files (base $path) ($.Files.Get $path) }}{{ end }}
{{- end }}
{{- if not $files }}{{ fail "there is no pipeline: put one into pipelines/, or give pipelines.files" }}{{ end }}
{{- toJson $files }}
{{- end }}

{{/*
Their revision, the name of their ConfigMap, and of the one that is deployed ("" for none), as JSON; found once a rendering, for the time goes on meanwhile.

A ConfigMap is never changed and outlives its release: a pod of an older revision that starts now must find the files it was
made for. The newest one tells whether the files are still the same. A new revision is the time, not the release's number:
that begins at 1 again where a release is installed anew, beside a store that has seen greater ones.
*/}}
{{- define "wadi.pipelines" -}}
{{- if not (hasKey .Values "foundPipelines") }}
{{- $sum := include "wadi.pipelineFiles" . | sha256sum | trunc 12 }}
{{- $revision := .Values.pipelines.revision }}
{{- /* A number of a file is a float here. */}}
{{- if not (kindIs "string" $revision) }}{{ $revision = $revision | int64 | toString }}{{ end }}
{{- $newest := 0 }}{{ $newestSum := "" }}{{ $deployed := "" }}
{{- range (lookup "v1" "ConfigMap" .Release.Namespace "").items }}
{{- $labels := .metadata.labels | default dict }}
{{- $found := index $labels "wadi.dev/pipeline-revision" | default "0" | int64 }}
{{- if and (eq (index $labels "app.kubernetes.io/instance" | default "") $.Release.Name) (gt $found (int64 $newest)) }}
{{- $newest = $found }}{{ $newestSum = index $labels "wadi.dev/pipelines" }}{{ $deployed = .metadata.name }}
{{- end }}
{{- end }}
{{- if eq $revision "auto" }}
{{- if eq $newestSum $sum }}{{ $revision = $newest | toString }}
{{- else }}{{ $revision = max (now | unixEpoch | int64) (add1 $newest) | toString }}{{ end }}
{{- end }}
{{- $name := ternary (printf "pipelines-%s" $sum) (printf "pipelines-%s" $revision) (eq $revision "store") }}
{{- $_ := set .Values "foundPipelines" (dict "sum" $sum "revision" $revision "name" $name "deployed" $deployed) }}
{{- end }}
{{- toJson .Values.foundPipelines }}
{{- end }}

{{- define "wadi.brokerUrl" -}}
{{- $host := "kafka-broker-ingress.knative-eventing" }}
{{- if eq .Values.broker.class "KafkaNamespaced" }}{{ $host = printf "kafka-broker-ingress.%s" .Release.Namespace }}{{ end }}
{{- if eq .Values.broker.class "MTChannelBasedBroker" }}{{ $host = "broker-ingress.knative-eventing" }}{{ end }}
{{- .Values.broker.url | default (printf "http://%s.svc.cluster.local/%s/%s" $host .Release.Namespace .Values.broker.name) }}
{{- end }}

{{/* Where a Trigger's dead letters go. */}}
{{- define "wadi.deadLetterSink" -}}
{{- if .Values.deadLetters.sink -}}
{{ toYaml .Values.deadLetters.sink }}
{{- else if hasPrefix "Kafka" .Values.broker.class -}}
ref: { apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead-letters }
{{- else -}}
ref: { apiVersion: sinks.knative.dev/v1alpha1, kind: JobSink, name: dead-letters }
{{- end }}
{{- end }}

{{- define "wadi.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
capabilities: { drop: [ALL] }
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{/* The settings of a function or of the check, apart from its store. */}}
{{- define "wadi.settings" -}}
- { name: WADI_PIPELINES, value: /etc/wadi/pipelines }
- { name: WADI_LOG_LEVEL, value: {{ .Values.logLevel | quote }} }
- { name: WADI_LOG_RETENTION_HOURS, value: {{ .Values.retention.logHours | int64 | quote }} }
- { name: WADI_DEAD_LETTER_RETENTION_HOURS, value: {{ .Values.retention.deadLetterHours | int64 | quote }} }
{{- $revision := (include "wadi.pipelines" . | fromJson).revision }}
{{- if ne $revision "store" }}
- { name: WADI_PIPELINE_REVISION, value: {{ $revision | quote }} }
{{- end }}
{{- end }}

{{- define "wadi.storeSettings" -}}
{{- if .Values.store.secret.name }}
- name: WADI_STORE
  valueFrom: { secretKeyRef: { name: {{ .Values.store.secret.name }}, key: {{ .Values.store.secret.key }} } }
{{- else }}
- { name: WADI_STORE, value: {{ .Values.store.url | quote }} }
{{- end }}
{{- if .Values.store.caSecret.name }}
- { name: NODE_EXTRA_CA_CERTS, value: /etc/wadi/store-ca/{{ .Values.store.caSecret.key }} }
{{- end }}
{{- end }}

{{- define "wadi.storeMount" -}}
{{- if .Values.store.caSecret.name }}
- { name: store-ca, mountPath: /etc/wadi/store-ca, readOnly: true }
{{- end }}
{{- end }}

{{- define "wadi.storeVolume" -}}
{{- if .Values.store.caSecret.name }}
- { name: store-ca, secret: { secretName: {{ .Values.store.caSecret.name }} } }
{{- end }}
{{- end }}

{{/* What Kubernetes lets any pod have; Knative, behind a flag. */}}
{{- define "wadi.placement" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: [{{ range $i, $name := . }}{{ if $i }}, {{ end }}{ name: {{ $name }} }{{ end }}]
{{- end }}
{{- with .Values.pod.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .Values.pod.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- with .Values.pod.affinity }}
affinity: {{ toJson . }}
{{- end }}
{{- with .Values.pod.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/*
What Knative's webhooks would refuse is refused before anything is changed, with the way to do it. A dict of `value` (its name in
the values), `was` (in the cluster; "" where it is not there, or where the chart is rendered without a cluster), `is`, `cure`.
*/}}
{{- define "wadi.unchanging" -}}
{{- if and .was (ne (.was | toString) (.is | toString)) }}
{{- fail (printf "%s is %v in the cluster, and Knative allows no change of it to %v: %s" .value .was .is .cure) }}
{{- end }}
{{- end }}

{{- define "wadi.brokerAnew" -}}
set it back; or wait until lag is 0 (wadi status --cluster) and redrive the dead letters, then helm -n {{ .Release.Namespace }} uninstall {{ .Release.Name }}, which deletes the topics of the Broker and of the dead letters, and install anew: what was learned stays in the store
{{- end }}

{{/* The Broker's Kafka with the names that the Broker has there. */}}
{{- define "wadi.kafkaAddress" -}}
{{- $topic := .Values.deadLetters.topic | default (printf "%s-dead-letters" .Release.Namespace) }}
{{- printf "%s?namespace=%s&broker=%s&deadLetters=%s" .Values.kafka.bootstrapServers .Release.Namespace .Values.broker.name $topic }}
{{- end }}

{{/* Where the archive is, for those who read it. */}}
{{- define "wadi.archivePlace" -}}
{{- if hasPrefix "s3://" .Values.archive.location }}
- { name: WADI_ARCHIVE, value: {{ .Values.archive.location | quote }} }
{{- with .Values.archive.s3 }}
{{- if .region }}
- { name: AWS_REGION, value: {{ .region | quote }} }
{{- end }}
{{- if .endpoint }}
- { name: AWS_ENDPOINT_URL_S3, value: {{ .endpoint | quote }} }
{{- end }}
{{- $secret := .secret }}
{{- range list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" }}
- name: {{ . }}
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: {{ . }} } }
{{- end }}
- name: AWS_SESSION_TOKEN
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: AWS_SESSION_TOKEN, optional: true } }
{{- end }}
{{- else }}
- { name: WADI_ARCHIVE, value: {{ printf "/var/lib/wadi/archive/%s" .Values.archive.location | quote }} }
{{- end }}
{{- end }}
