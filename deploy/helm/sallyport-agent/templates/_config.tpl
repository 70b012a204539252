{{/* What the agent removes when its cluster is deregistered, as packages/agent/src/manifest-uninstall.ts plans it. */}}
{{- define "sallyport-agent.uninstallPlan" -}}
{{- $name := include "sallyport-agent.name" . }}
{{- $namespace := .Release.Namespace }}
{{- $rbac := "/apis/rbac.authorization.k8s.io/v1" }}
{{- $inside := printf "%s/namespaces/%s" $rbac $namespace }}
{{- $core := printf "/api/v1/namespaces/%s" $namespace }}
{{- $clusterPaths := list }}
{{- range get (include "sallyport-agent.clusterRoleBindings" . | fromJson) "names" | reverse }}
{{- $clusterPaths = append $clusterPaths (printf "%s/clusterrolebindings/%s" $rbac .) }}
{{- end }}
{{- $clusterPaths = append $clusterPaths (printf "%s/clusterroles/%s-inventory" $rbac $name) }}
{{- $clusterPaths = append $clusterPaths (printf "%s/clusterroles/%s-impersonate" $rbac $name) }}
{{- $paths := list }}
{{- if eq .Values.upstreamMode "serviceAccounts" }}
{{- $paths = append $paths (printf "%s/serviceaccounts/%s-inventory" $core $name) }}
{{- end }}
{{- range get (include "sallyport-agent.secrets" . | fromJson) "names" }}
{{- $paths = append $paths (printf "%s/secrets/%s" $core .) }}
{{- end }}
{{- $paths = append $paths (printf "%s/configmaps/%s-config" $core $name) }}
{{- $paths = append $paths (printf "%s/rolebindings/%s-identity" $inside $name) }}
{{- $paths = append $paths (printf "%s/roles/%s-identity" $inside $name) }}
{{- $paths = append $paths (printf "/apis/apps/v1/namespaces/%s/deployments/%s" $namespace $name) }}
{{- $lists := list }}
{{- range list "pods" "services" "configmaps" "serviceaccounts" "persistentvolumeclaims" }}
{{- $lists = append $lists (printf "%s/%s" $core .) }}
{{- end }}
{{- range list "apps/deployments" "apps/statefulsets" "apps/daemonsets" "batch/jobs" "networking.k8s.io/ingresses" }}
{{- $lists = append $lists (printf "/apis/%s/v1/namespaces/%s/%s" (dir .) $namespace (base .)) }}
{{- end }}
{{- dict
  "namespacePath" (printf "/api/v1/namespaces/%s" $namespace)
  "labels" (dict "app.kubernetes.io/managed-by" .Release.Service "sallyport.dev/cluster" .Values.clusterId)
  "identityPath" (printf "%s/secrets/%s-identity" $core $name)
  "clusterPaths" $clusterPaths
  "namespacedPaths" $paths
  "listPaths" $lists
  "rights" (dict
    "clusterRolePath" (printf "%s/clusterroles/%s-uninstall" $rbac $name)
    "clusterRoleBindingPath" (printf "%s/clusterrolebindings/%s-uninstall" $rbac $name)
    "namespacedPaths" (list
      (printf "%s/rolebindings/%s-uninstall" $inside $name)
      (printf "%s/roles/%s-uninstall" $inside $name)
      (printf "%s/serviceaccounts/%s" $core $name)))
  | toPrettyJson }}
{{- end }}

{{/* Configuration of the agent, which reads its file as YAML. */}}
{{- define "sallyport-agent.config" -}}
{{- $name := include "sallyport-agent.name" . -}}
server: {{ required "server.url is needed" .Values.server.url | quote }}
serverCaFile: /etc/sallyport/server-ca.crt
clusterId: {{ .Values.clusterId | quote }}
capabilityKeysFile: /etc/sallyport/capability-keys.json
joinTokenFile: /var/run/secrets/sallyport/join/token
identitySecret: {{ .Release.Namespace }}/{{ $name }}-identity
tunnelTokenFile: /var/run/secrets/sallyport/tunnel/token
uninstallPlanFile: /etc/sallyport/uninstall.json
ceiling: {{ include "sallyport-agent.groups" . }}
upstreamMode: {{ .Values.upstreamMode }}
{{- if .Values.constrainedImpersonation }}
constrainedImpersonation: 'true'
{{- end }}
{{- if .Values.generatedRules }}
generatedRules: 'true'
{{- end }}
clusterRoles: {{ toJson .Values.ceiling }}
installation: {{ .Release.Namespace }}/{{ $name }}
health: 0.0.0.0:8081
{{- with .Values.tunnelLink }}
tunnelLink: {{ . }}
{{- end }}
{{- with .Values.proxy.url }}
proxy: {{ quote . }}
{{- end }}
{{- if .Values.proxy.existingSecret }}
proxyUserNameFile: /var/run/secrets/sallyport/proxy/userName
proxyPasswordFile: /var/run/secrets/sallyport/proxy/password
{{- end }}
{{- end }}

{{- define "sallyport-agent.configData" -}}
agent.yaml: |
  {{- include "sallyport-agent.config" . | nindent 2 }}
server-ca.crt: {{ required "server.ca is needed" .Values.server.ca | quote }}
capability-keys.json: {{ toJson .Values.capabilityKeys | quote }}
uninstall.json: |
  {{- include "sallyport-agent.uninstallPlan" . | nindent 2 }}
{{- end }}
