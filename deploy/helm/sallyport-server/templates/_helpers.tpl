{{/* Prefix of all names. */}}
{{- define "sallyport-server.name" -}}
{{- .Values.nameOverride | default .Release.Name -}}
{{- end }}

{{- define "sallyport-server.selectorLabels" -}}
app.kubernetes.io/name: sallyport-server
app.kubernetes.io/instance: {{ include "sallyport-server.name" . }}
{{- end }}

{{- define "sallyport-server.labels" -}}
{{ include "sallyport-server.selectorLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "sallyport-server.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end -}}
{{- end -}}
{{- end }}

{{- define "sallyport-server.serviceAccount" -}}
{{- .Values.serviceAccount.existing | default (include "sallyport-server.name" .) -}}
{{- end }}

{{/* Not empty where there may be more than one replica. */}}
{{- define "sallyport-server.isSeveral" -}}
{{- if or .Values.autoscaling.enabled (gt (int .Values.replicas) 1) }}yes{{ end -}}
{{- end }}

{{/* Configuration of the server: what the chart decides, laid over `config`. */}}
{{- define "sallyport-server.config" -}}
{{- $own := dict
  "listen" "0.0.0.0:7443"
  "publicUrl" (required "publicUrl is needed: the https address by which people, kubectl and agents reach the server" .Values.publicUrl)
  "stateDir" "/var/lib/sallyport"
  "drainTimeout" (printf "%ds" (int .Values.drainSeconds))
  "peers" (dict "listen" "0.0.0.0:7445")
  "encryptionKeyFile" "/etc/sallyport/secrets/encryption-key/key" -}}
{{- if .Values.agents.enabled }}{{ $_ := set $own "agents" (merge (dict "listen" "0.0.0.0:7444") (.Values.config.agents | default dict)) }}{{ end -}}
{{- if .Values.metrics.enabled }}{{ $_ := set $own "metrics" (dict "listen" "0.0.0.0:9464") }}{{ end -}}
{{- if .Values.secrets.database.name }}{{ $_ := set $own "databaseUrlFile" "/etc/sallyport/secrets/database/url" }}{{ end -}}
{{- if and .Values.secrets.database.name .Values.secrets.database.directKey }}{{ $_ := set $own "databaseDirectUrlFile" "/etc/sallyport/secrets/database/direct-url" }}{{ end -}}
{{- if .Values.tls.existingSecret }}{{ $_ := set $own "tls" (dict "certFile" "/etc/sallyport/secrets/tls/tls.crt" "keyFile" "/etc/sallyport/secrets/tls/tls.key") }}{{ end -}}
{{- merge $own .Values.config | toYaml -}}
{{- end }}

{{/* Fails for values that can't go together. */}}
{{- define "sallyport-server.check" -}}
{{- if not .Values.secrets.encryptionKey.name }}
{{- fail "secrets.encryptionKey.name is needed: a Secret with a key of 32 bytes in base64 (openssl rand -base64 32)" }}
{{- end }}
{{- if and (include "sallyport-server.isSeveral" .) (not .Values.secrets.database.name) }}
{{- fail "several replicas need PostgreSQL: set secrets.database.name to a Secret with its address" }}
{{- end }}
{{- if and (not .Values.secrets.database.name) (not .Values.persistence.enabled) }}
{{- fail "the embedded database needs persistence.enabled: without it, everything would be lost with the pod" }}
{{- end }}
{{- if and .Values.ingress.enabled (not .Values.agents.enabled) }}
{{- fail "ingress.enabled needs agents.enabled: agents can't get through what ends TLS, so they need a port of their own" }}
{{- end }}
{{- end }}

{{/* The pod, for StatefulSet and Deployment. */}}
{{- define "sallyport-server.pod" -}}
{{- $name := include "sallyport-server.name" . -}}
metadata:
  annotations:
    # The server reads its configuration when it starts.
    checksum/config: {{ include "sallyport-server.config" . | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- include "sallyport-server.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "sallyport-server.serviceAccount" . }}
  # The server asks nothing of the cluster that it runs in.
  automountServiceAccountToken: false
  enableServiceLinks: false
  # The pause, the drain, and the time to hand over what is left of the audit log.
  terminationGracePeriodSeconds: {{ add (int .Values.preStopSeconds) (int .Values.drainSeconds) 20 }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .Values.affinity }}
  affinity: {{- toYaml .Values.affinity | nindent 4 }}
  {{- else }}
  affinity:
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 100
          podAffinityTerm:
            topologyKey: kubernetes.io/hostname
            labelSelector:
              matchLabels: {{- include "sallyport-server.selectorLabels" . | nindent 16 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.hostAliases }}
  hostAliases: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: { type: RuntimeDefault }
  containers:
    - name: server
      image: {{ include "sallyport-server.image" . | quote }}
      {{- with .Values.image.pullPolicy }}
      imagePullPolicy: {{ . }}
      {{- end }}
      args: [server, start, --config, /etc/sallyport/server.yaml]
      env:
        - name: POD_IP
          valueFrom: { fieldRef: { fieldPath: status.podIP } }
        # Where the other servers on the same database reach this one.
        - name: SALLYPORT_PEER_ADDRESS
          value: $(POD_IP):7445
        {{- if .Values.ca.existingConfigMap }}
        - name: NODE_EXTRA_CA_CERTS
          value: /etc/sallyport/ca/ca.crt
        {{- end }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        - { name: https, containerPort: 7443 }
        {{- if .Values.agents.enabled }}
        - { name: agents, containerPort: 7444 }
        {{- end }}
        - { name: peers, containerPort: 7445 }
        {{- if .Values.metrics.enabled }}
        - { name: metrics, containerPort: 9464 }
        {{- end }}
      # A first start makes keys and the database's tables, an upgrade changes them.
      startupProbe:
        httpGet: { path: /healthz, port: https, scheme: HTTPS }
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 60
      livenessProbe:
        httpGet: { path: /healthz, port: https, scheme: HTTPS }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /readyz, port: https, scheme: HTTPS }
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 2
      lifecycle:
        preStop:
          # The image has no shell, and no sleep.
          exec: { command: [/usr/local/bin/node, --eval, 'setTimeout(() => {}, {{ mul (int .Values.preStopSeconds) 1000 }})'] }
      resources: {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        runAsNonRoot: true
        capabilities: { drop: [ALL] }
      volumeMounts:
        - { name: config, mountPath: /etc/sallyport/server.yaml, subPath: server.yaml, readOnly: true }
        - { name: encryption-key, mountPath: /etc/sallyport/secrets/encryption-key, readOnly: true }
        {{- if .Values.secrets.database.name }}
        - { name: database, mountPath: /etc/sallyport/secrets/database, readOnly: true }
        {{- end }}
        {{- if .Values.tls.existingSecret }}
        - { name: tls, mountPath: /etc/sallyport/secrets/tls, readOnly: true }
        {{- end }}
        {{- range $folder, $secret := .Values.secrets.files }}
        - { name: {{ printf "secret-%s" $folder }}, mountPath: {{ printf "/etc/sallyport/secrets/%s" $folder }}, readOnly: true }
        {{- end }}
        {{- if .Values.ca.existingConfigMap }}
        - { name: ca, mountPath: /etc/sallyport/ca, readOnly: true }
        {{- end }}
        - { name: state, mountPath: /var/lib/sallyport }
        - { name: tmp, mountPath: /tmp }
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: config
      configMap: { name: {{ $name }}-config }
    - name: encryption-key
      secret:
        secretName: {{ .Values.secrets.encryptionKey.name }}
        defaultMode: 0440
        items: [{ key: {{ .Values.secrets.encryptionKey.key | quote }}, path: key }]
    {{- with .Values.secrets.database }}
    {{- if .name }}
    - name: database
      secret:
        secretName: {{ .name }}
        defaultMode: 0440
        items:
          - { key: {{ quote .key }}, path: url }
          {{- with .directKey }}
          - { key: {{ quote . }}, path: direct-url }
          {{- end }}
    {{- end }}
    {{- end }}
    {{- with .Values.tls.existingSecret }}
    - name: tls
      secret: { secretName: {{ . }}, defaultMode: 0440 }
    {{- end }}
    {{- range $folder, $secret := .Values.secrets.files }}
    - name: {{ printf "secret-%s" $folder }}
      secret: { secretName: {{ $secret }}, defaultMode: 0440 }
    {{- end }}
    {{- with .Values.ca }}
    {{- if .existingConfigMap }}
    - name: ca
      configMap: { name: {{ .existingConfigMap }}, items: [{ key: {{ quote .key }}, path: ca.crt }] }
    {{- end }}
    {{- end }}
    {{- if not .Values.persistence.enabled }}
    - name: state
      emptyDir: {}
    {{- end }}
    - name: tmp
      emptyDir: {}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
