{{/* Prefix of all names, and name of the ServiceAccount. */}}
{{- define "sallyport-agent.name" -}}
{{- .Values.nameOverride | default .Release.Name -}}
{{- end }}

{{- define "sallyport-agent.selectorLabels" -}}
app.kubernetes.io/name: sallyport-agent
app.kubernetes.io/instance: {{ include "sallyport-agent.name" . }}
{{- end }}

{{- define "sallyport-agent.labels" -}}
{{ include "sallyport-agent.selectorLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
sallyport.dev/cluster: {{ required "clusterId is needed: `sallyport clusters register NAME --output helm` prints it" .Values.clusterId }}
{{- end }}

{{- define "sallyport-agent.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end -}}
{{- end -}}
{{- end }}

{{/* Groups that may be impersonated, as JSON. */}}
{{- define "sallyport-agent.groups" -}}
{{- $groups := list -}}
{{- if eq .Values.upstreamMode "impersonate" -}}
{{- range .Values.ceiling }}{{ $groups = append $groups (printf "sallyport:%s" .) }}{{ end -}}
{{- end -}}
{{- append $groups "sallyport:inventory" | toJson -}}
{{- end }}

{{/* Names of the bindings that the agent keeps for people, to the given ClusterRoles, as JSON. */}}
{{- define "sallyport-agent.accessNames" -}}
{{- $names := list -}}
{{- range .roles }}{{ $names = append $names (printf "%s-access-%s" $.name .) }}{{ end -}}
{{- toJson $names -}}
{{- end }}

{{/* The right to find and remove the bindings of people by their fixed names, whichever mode or ceiling left them. */}}
{{- define "sallyport-agent.sweeping" -}}
- apiGroups: [rbac.authorization.k8s.io]
  resources: [rolebindings, clusterrolebindings]
  resourceNames: {{ include "sallyport-agent.accessNames" (dict "name" (include "sallyport-agent.name" .) "roles" (list "view" "edit" "admin" "cluster-admin")) }}
  verbs: [get, list, delete]
{{- end }}

{{/* ClusterRoleBindings that this chart may have made, whichever values it was installed with, as JSON. */}}
{{- define "sallyport-agent.clusterRoleBindings" -}}
{{- $name := include "sallyport-agent.name" . -}}
{{- $bindings := list (printf "%s-impersonate" $name) -}}
{{- $present := ternary .Values.ceiling list (eq .Values.upstreamMode "impersonate") -}}
{{- range $present }}{{ $bindings = append $bindings (printf "%s-%s" $name .) }}{{ end -}}
{{- $bindings = append $bindings (printf "%s-inventory" $name) -}}
{{- range list "view" "edit" "admin" "cluster-admin" -}}
{{- if not (has . $present) }}{{ $bindings = append $bindings (printf "%s-%s" $name .) }}{{ end -}}
{{- end -}}
{{- toJson (dict "names" $bindings) -}}
{{- end }}

{{/* Secrets that this chart makes, as JSON. */}}
{{- define "sallyport-agent.secrets" -}}
{{- $name := include "sallyport-agent.name" . -}}
{{- $secrets := list (printf "%s-identity" $name) -}}
{{- if not .Values.existingJoinSecret }}{{ $secrets = append $secrets (printf "%s-join" $name) }}{{ end -}}
{{- toJson (dict "names" $secrets) -}}
{{- end }}
