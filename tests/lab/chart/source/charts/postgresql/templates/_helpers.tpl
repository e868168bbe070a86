{{- define "postgresql.fullname" -}}
{{- printf "%s-postgresql" .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "postgresql.headless" -}}
{{- printf "%s-hl" (include "postgresql.fullname" . | trunc 60 | trimSuffix "-") -}}
{{- end -}}

{{- define "postgresql.selector" -}}
app.kubernetes.io/name: postgresql
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: primary
{{- end -}}

{{- define "postgresql.labels" -}}
{{ include "postgresql.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "postgresql.secretName" -}}
{{- default (printf "%s-@{secret.postgresql}" .Release.Name) .Values.auth.existingSecret -}}
{{- end -}}

{{/*
A password, in base64: the given one, or else what the release's Secret already holds, or else a random one.
Call with (dict "root" $ "given" password "key" key).
*/}}
{{- define "postgresql.password" -}}
{{- $held := (lookup "v1" "Secret" .root.Release.Namespace (include "postgresql.secretName" .root)).data -}}
{{- if .given -}}
{{- .given | toString | b64enc -}}
{{- else if and $held (hasKey $held .key) -}}
{{- get $held .key -}}
{{- else -}}
{{- randAlphaNum 20 | b64enc -}}
{{- end -}}
{{- end -}}
