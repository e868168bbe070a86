#% file kora
{{- define "kora.fullname" -}}
{{- printf "%s-kora" .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "kora.selector" -}}
app.kubernetes.io/name: kora
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "kora.labels" -}}
{{ include "kora.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "kora.secretName" -}}
{{- default (printf "%s-@{secret.kora}" (include "kora.fullname" .)) .Values.database.existingSecret -}}
{{- end -}}
