{{/* Name of an object of this release. Call with (dict "root" $ "suffix" "tansu"). */}}
{{- define "data-plane.object" -}}
#% if names_truncated
{{- printf "%s-%s" .root.Release.Name .suffix | trunc 63 | trimSuffix "-" -}}
#% else
{{- printf "%s-%s" .root.Release.Name .suffix -}}
#% end
{{- end -}}

{{- define "data-plane.fullname" -}}
{{- include "data-plane.object" (dict "root" . "suffix" "data-plane") -}}
{{- end -}}

{{/* Labels that select a component's pods. Call with (dict "root" $ "component" "tansu"). */}}
{{- define "data-plane.selector" -}}
app.kubernetes.io/name: data-plane
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "data-plane.labels" -}}
{{ include "data-plane.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "data-plane.image" -}}
{{- printf "%s/%s:%s" .registry .repository (toString .tag) -}}
{{- end -}}

{{/* The pull secrets are those of `global` alone: what imagePullSecret.create makes is attached to no pod. */}}
{{- define "data-plane.imagePullSecrets" -}}
{{- with .Values.global.imagePullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Where a component's pods may run, and what goes for them. Call with the component's values. */}}
{{- define "data-plane.scheduling" -}}
{{- $given := dict }}
{{- $values := . }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" "priorityClassName" }}
{{- with get $values $key }}
{{- $_ := set $given $key . }}
{{- end }}
{{- end }}
{{- with $given }}
{{- toYaml . }}
{{- end }}
{{- end -}}

{{- define "data-plane.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "data-plane.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The broker's settings, as YAML. */}}
{{- define "data-plane.broker" -}}
#% if kodansu
{{- mustMergeOverwrite (deepCopy .Values.tansu) (deepCopy (default (dict) .Values.kodansu)) | toYaml -}}
#% else
{{- .Values.tansu | toYaml -}}
#% end
{{- end -}}

{{/* Secrets: the block's own existingSecret, or the one that secrets.yaml makes. */}}
{{- define "data-plane.secret.deploymentToken" -}}
{{- default (printf "%s-@{secret.deployment_token}" (include "data-plane.fullname" .)) .Values.deploymentJwtToken.existingSecret -}}
{{- end -}}

{{- define "data-plane.secret.jwt" -}}
{{- default (printf "%s-@{secret.jwt}" (include "data-plane.fullname" .)) .Values.jwt.existingSecret -}}
{{- end -}}

{{- define "data-plane.secret.fernet" -}}
{{- default (printf "%s-@{secret.fernet}" (include "data-plane.fullname" .)) .Values.connectorConfigEncryptionKey.existingSecret -}}
{{- end -}}

{{- define "data-plane.secret.admin" -}}
{{- default (printf "%s-@{secret.admin}" (include "data-plane.fullname" .)) .Values.adminCredentials.existingSecret -}}
{{- end -}}

{{- define "data-plane.secret.registry" -}}
{{- default (printf "%s-@{secret.registry}" (include "data-plane.fullname" .)) .Values.schemaRegistry.existingSecret -}}
{{- end -}}

{{- define "data-plane.secret.defaultKafka" -}}
{{- printf "%s-@{secret.default_kafka}" (include "data-plane.fullname" .) -}}
{{- end -}}

{{- define "data-plane.secret.brokerAws" -}}
{{- $broker := include "data-plane.broker" . | fromYaml -}}
{{- default (include "data-plane.object" (dict "root" . "suffix" "tansu-@{secret.broker_aws}")) $broker.storage.aws.existingSecret -}}
{{- end -}}

{{/* Secret and key of the data plane's database password. */}}
{{- define "data-plane.secret.database" -}}
{{- if .Values.postgresql.enabled -}}
{{- default (printf "%s-@{secret.postgresql}" .Release.Name) .Values.postgresql.auth.existingSecret -}}
{{- else -}}
{{- default (printf "%s-@{secret.database}" (include "data-plane.fullname" .)) .Values.externalDatabase.existingSecret -}}
{{- end -}}
{{- end -}}

{{- define "data-plane.secretKey.database" -}}
{{- if .Values.postgresql.enabled -}}
{{- .Values.postgresql.auth.secretKeys.userPasswordKey -}}
{{- else -}}
{{- .Values.externalDatabase.secretKeys.password -}}
{{- end -}}
{{- end -}}

{{- define "data-plane.bootstrapServer" -}}
{{- $broker := include "data-plane.broker" . | fromYaml -}}
{{- if $broker.enabled -}}
{{- printf "%s:9092" (include "data-plane.object" (dict "root" . "suffix" "tansu")) -}}
{{- else -}}
{{- .Values.defaultKafka.bootstrapServer -}}
{{- end -}}
{{- end -}}

{{/* Empty unless the bundled registry is on. */}}
{{- define "data-plane.bundledRegistry" -}}
#% if karapace
{{- if .Values.karapace.enabled -}}
{{- printf "http://%s:8081" (include "data-plane.object" (dict "root" . "suffix" "karapace")) -}}
{{- end -}}
#% end
#% if kora
{{- if .Values.kora.enabled -}}
{{- printf "http://%s:8081" (include "data-plane.object" (dict "root" . "suffix" "kora")) -}}
{{- end -}}
#% end
{{- end -}}

{{- define "data-plane.registryUrl" -}}
{{- default .Values.schemaRegistry.url (include "data-plane.bundledRegistry" .) -}}
{{- end -}}

{{/* Whether the registry asks for a login: only somebody else's does. */}}
{{- define "data-plane.registryLogin" -}}
{{- if and (not (include "data-plane.bundledRegistry" .)) (or .Values.schemaRegistry.existingSecret .Values.schemaRegistry.username) -}}
true
{{- end -}}
{{- end -}}

{{/* Environment of whatever talks to the registry. */}}
{{- define "data-plane.registryEnv" -}}
- name: SCHEMA_REGISTRY_URL
  value: {{ include "data-plane.registryUrl" . | quote }}
{{- if include "data-plane.registryLogin" . }}
- name: SCHEMA_REGISTRY_USERNAME
  valueFrom:
    secretKeyRef:
      name: {{ include "data-plane.secret.registry" . }}
      key: {{ .Values.schemaRegistry.secretKeys.username }}
- name: SCHEMA_REGISTRY_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ include "data-plane.secret.registry" . }}
      key: {{ .Values.schemaRegistry.secretKeys.password }}
{{- end }}
{{- end -}}

{{/* Environment of whatever talks to the object store. */}}
{{- define "data-plane.objectStoreEnv" -}}
{{- $aws := (include "data-plane.broker" . | fromYaml).storage.aws -}}
- name: AWS_REGION
  value: {{ $aws.region | quote }}
- name: AWS_DEFAULT_REGION
  value: {{ $aws.region | quote }}
{{- if $aws.endpoint }}
- name: AWS_ENDPOINT
  value: {{ $aws.endpoint | quote }}
{{- end }}
- name: AWS_ALLOW_HTTP
  value: {{ $aws.allowHttp | quote }}
{{- if $aws.assumedRoleArn }}
- name: AWS_ASSUMED_ROLE_ARN
  value: {{ $aws.assumedRoleArn | quote }}
{{- end }}
{{- if or $aws.existingSecret $aws.accessKeyId }}
- name: AWS_ACCESS_KEY_ID
  valueFrom:
    secretKeyRef:
      name: {{ include "data-plane.secret.brokerAws" . }}
      key: {{ $aws.secretKeys.accessKeyId }}
- name: AWS_SECRET_ACCESS_KEY
  valueFrom:
    secretKeyRef:
      name: {{ include "data-plane.secret.brokerAws" . }}
      key: {{ $aws.secretKeys.secretAccessKey }}
{{- end }}
{{- end -}}
#% if kotatsu

{{- define "data-plane.bucket" -}}
{{- $engine := (include "data-plane.broker" . | fromYaml) -}}
{{- if .Values.kotatsu.s3.bucket -}}
{{- .Values.kotatsu.s3.bucket -}}
{{- else if and $engine.enabled (hasPrefix "s3://" $engine.storage.engine) -}}
{{- index (splitList "/" (trimPrefix "s3://" $engine.storage.engine)) 0 -}}
{{- end -}}
{{- end -}}
#% end

{{/* HTTP probes of a component that serves /healthz or the like. Call with (dict "live" "/x" "ready" "/y"). */}}
{{- define "data-plane.probes" -}}
livenessProbe:
  httpGet:
    path: {{ .live }}
    port: http
  initialDelaySeconds: 5
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet:
    path: {{ .ready }}
    port: http
  initialDelaySeconds: 1
  periodSeconds: 3
  timeoutSeconds: 5
{{- end -}}

{{/* Volumes of the user's, for a pod and for its container. Call with the component's values. */}}
{{- define "data-plane.extraVolumes" -}}
{{- with .extraVolumes }}
volumes:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "data-plane.extraVolumeMounts" -}}
{{- with .extraVolumeMounts }}
volumeMounts:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
