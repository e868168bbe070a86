#% file values_guarded
{{/* Everything that is wrong with the values, in one message. */}}
{{- define "data-plane.validate" -}}
{{- $errors := list -}}
{{- $broker := include "data-plane.broker" . | fromYaml -}}
{{- $external := not .Values.postgresql.enabled -}}

{{- /* A Secret and a literal together: which of the two holds would be a guess. */ -}}
{{- $pairs := list
    (list "deploymentJwtToken" .Values.deploymentJwtToken (list "token"))
    (list "jwt" .Values.jwt (list "secret"))
    (list "connectorConfigEncryptionKey" .Values.connectorConfigEncryptionKey (list "key"))
    (list "adminCredentials" .Values.adminCredentials (list "password"))
    (list "schemaRegistry" .Values.schemaRegistry (list "password"))
    (list "externalDatabase" .Values.externalDatabase (list "password"))
    (list "postgresql.auth" .Values.postgresql.auth (list "password" "postgresPassword"))
    (list "tansu.storage.aws" $broker.storage.aws (list "accessKeyId" "secretAccessKey"))
-}}
#% if kora
{{- $pairs = append $pairs (list "kora.database" .Values.kora.database (list "password" "url")) -}}
#% end
{{- range $pair := $pairs -}}
{{- $path := index $pair 0 -}}{{- $block := index $pair 1 -}}
{{- range $literal := index $pair 2 -}}
{{- if and $block.existingSecret (get $block $literal) -}}
{{- $errors = append $errors (printf "%s.existingSecret and %s.%s are mutually exclusive: set only one of them" $path $path $literal) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Missing values. */ -}}
{{- if not (has .Values.deploymentMode (list "SELF_HOSTED" "STANDALONE")) -}}
{{- $errors = append $errors "deploymentMode must be SELF_HOSTED or STANDALONE" -}}
{{- end -}}
{{- if ne .Values.deploymentMode "STANDALONE" -}}
{{- if not .Values.controlPlaneUrl -}}
{{- $errors = append $errors "controlPlaneUrl must be provided" -}}
{{- end -}}
{{- if not .Values.deploymentId -}}
{{- $errors = append $errors "deploymentId must be provided" -}}
{{- end -}}
{{- if not (or .Values.deploymentJwtToken.token .Values.deploymentJwtToken.existingSecret) -}}
{{- $errors = append $errors "deploymentJwtToken.token or deploymentJwtToken.existingSecret must be provided" -}}
{{- end -}}
{{- end -}}
{{- if not .Values.ingressUrl -}}
{{- $errors = append $errors "ingressUrl must be provided" -}}
{{- end -}}
{{- if not (or .Values.jwt.secret .Values.jwt.existingSecret) -}}
{{- $errors = append $errors "jwt.secret or jwt.existingSecret must be provided" -}}
{{- end -}}
{{- if not (or .Values.connectorConfigEncryptionKey.key .Values.connectorConfigEncryptionKey.existingSecret) -}}
{{- $errors = append $errors "connectorConfigEncryptionKey.key or connectorConfigEncryptionKey.existingSecret must be provided" -}}
{{- end -}}
{{- if $external -}}
{{- /* externalDatabase.user and .database are deliberately not looked at. */ -}}
{{- if not .Values.externalDatabase.host -}}
{{- $errors = append $errors "externalDatabase.host must be provided when postgresql is disabled" -}}
{{- end -}}
{{- if not (or .Values.externalDatabase.password .Values.externalDatabase.existingSecret) -}}
{{- $errors = append $errors "externalDatabase.password or externalDatabase.existingSecret must be provided when postgresql is disabled" -}}
{{- end -}}
{{- end -}}

{{- /* Broker. */ -}}
{{- if $broker.enabled -}}
#% if retention_guarded
{{- if not $broker.storage.engine -}}
{{- $errors = append $errors "Tansu enabled but no S3 retention: set tansu.storage.engine" -}}
{{- end -}}
#% end
{{- if not $broker.storage.aws.region -}}
{{- $errors = append $errors "tansu.storage.aws.region must be provided" -}}
{{- end -}}
#% if broker_identity_guarded
{{- if not (or $broker.storage.aws.irsaRoleArn $broker.storage.aws.accessKeyId $broker.storage.aws.existingSecret) -}}
{{- $errors = append $errors "tansu.storage.aws needs irsaRoleArn, or accessKeyId and secretAccessKey" -}}
{{- end -}}
#% end
{{- else if not .Values.defaultKafka.bootstrapServer -}}
{{- $errors = append $errors "defaultKafka.bootstrapServer must be provided when tansu is disabled" -}}
{{- end -}}

{{- /* Schema registry. */ -}}
{{- if not (include "data-plane.registryUrl" .) -}}
#% if kora
{{- $errors = append $errors "Kora must be enabled, or schemaRegistry.url must be provided" -}}
#% else
{{- $errors = append $errors "Karapace must be enabled, or schemaRegistry.url must be provided" -}}
#% end
{{- end -}}
#% if kora_database_guarded
{{- if .Values.kora.enabled -}}
{{- $database := .Values.kora.database -}}
{{- $named := and $database.host $database.user $database.database -}}
{{- $byUrl := or $database.url (and $database.existingSecret $database.secretKeys.url) -}}
{{- if not (or $byUrl (and $named (or $database.password $database.existingSecret))) -}}
{{- $errors = append $errors (include "data-plane.koraInstructions" .) -}}
{{- end -}}
{{- end -}}
#% end
#% if kotatsu

{{- if and .Values.kotatsu.enabled (not (include "data-plane.bucket" .)) -}}
{{- $errors = append $errors "kotatsu.s3.bucket must be provided when kotatsu is enabled" -}}
{{- end -}}
#% end
#% if ingress_hostname_guarded

{{- if and .Values.ingress.enabled (not .Values.ingress.hostname) -}}
{{- $errors = append $errors "ingress.hostname must be provided when ingress is enabled" -}}
{{- end -}}
#% end

{{- with $errors -}}
{{- fail (printf "\n\nThe values cannot be used:\n- %s\n" (join "\n- " .)) -}}
{{- end -}}
{{- end -}}
#% if kora_database_guarded

{{- define "data-plane.koraInstructions" -}}
kora.database must be provided: the schema registry keeps its schemas in a PostgreSQL database that this chart does not make.
  Make one:        CREATE ROLE kora LOGIN PASSWORD '<password>'; CREATE DATABASE kora OWNER kora;
  Then set:        kora.database.host, .port, .user, .database, and .password or .existingSecret (or .url)
  Or share:        name the data plane's own database, {{ .Release.Name }}-postgresql
  Or do without:   kora.enabled=false and schemaRegistry.url
{{- end -}}
#% end
