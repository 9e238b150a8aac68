{{/* The name of everything: that of the release. 45 characters leave room for what a Job puts behind it. */}}
{{- define "loadforge.name" -}}
{{- ternary .Release.Name (printf "loadforge-%s" .Release.Name) (contains "loadforge" .Release.Name) | trunc 45 | trimSuffix "-" }}
{{- end }}

{{- define "loadforge.selector" -}}
app.kubernetes.io/name: loadforge
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "loadforge.labels" -}}
{{ include "loadforge.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "loadforge.secret" -}}
{{ .Values.existingSecret | default (include "loadforge.name" .) }}
{{- end }}

{{- define "loadforge.claim" -}}
{{ .Values.results.existingClaim | default (printf "%s-results" (include "loadforge.name" .)) }}
{{- end }}

{{- define "loadforge.image" -}}
image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{/* What both kinds of Pods have. Service links would be variables that begin with LOADFORGE_, and so settings of the run. */}}
{{- define "loadforge.pod" -}}
restartPolicy: Never
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "loadforge.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "loadforge.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}
