{{- define "redactor.name" -}}
{{- printf "%s" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "redactor.labels" -}}
{{ include "redactor.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "redactor.selector" -}}
app.kubernetes.io/name: redactor
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* redactor.yaml: what values.yaml says, and over it the paths that the chart mounts. A key that config.keys binds is left as it is. */ -}}
{{- define "redactor.config" -}}
{{- $c := deepCopy .Values.config -}}
{{- $_ := set $c "policy" "/etc/redactor-policy/policy.yaml" -}}
{{- $_ := set $c "admin" (mergeOverwrite (deepCopy (get $c "admin" | default dict)) (dict "listen" (printf "0.0.0.0:%v" .Values.admin.port) "token_file" "/run/redactor/admin/token")) -}}
{{- $_ := set $c "audit" (dict "file" "/var/lib/redactor/audit.jsonl") -}}
{{- $_ := set $c "state" (dict "dir" "/var/lib/redactor/state") -}}
{{- $keys := dict -}}
{{- range .Values.keys.names -}}{{- $_ := set $keys . (dict "file" (printf "/run/redactor/keys/%s" .)) -}}{{- end -}}
{{- range $name, $bound := (get $c "keys" | default dict) -}}{{- $_ := set $keys $name $bound -}}{{- end -}}
{{- $_ := set $c "keys" $keys -}}
{{- $kafka := get $c "kafka" -}}
{{- if .Values.tls.secret -}}
{{- $_ := set $kafka "tls" (dict "ca" "/run/redactor/tls/ca.crt" "cert" "/run/redactor/tls/tls.crt" "key" "/run/redactor/tls/tls.key") -}}
{{- end -}}
{{- if .Values.sasl.secret -}}
{{- $_ := set $kafka "sasl" (dict "mechanism" .Values.sasl.mechanism "username" .Values.sasl.username "password_file" "/run/redactor/sasl/password") -}}
{{- end -}}
{{- toYaml $c -}}
{{- end -}}
